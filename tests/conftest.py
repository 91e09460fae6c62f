"""What all tests share."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
DEBIAN = "libegl1 libgl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1 fonts-dejavu-core"


def _why_no_qt() -> str | None:
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as missing:
        return f"Qt can't be loaded ({missing}); on Debian: apt-get install {DEBIAN}"
    return None


NO_QT = _why_no_qt()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Without Qt, pytest-qt ends the whole run when it is configured: take it out before that."""
    if NO_QT and os.environ.get("NETSTUDIO_REQUIRE_GUI") == "1":
        raise pytest.UsageError(NO_QT)
    if NO_QT and (plugin := pluginmanager.get_plugin("pytest-qt")):
        pluginmanager.unregister(plugin)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NO_QT:
        terminalreporter.write_line(f"the window's tests were skipped: {NO_QT}", yellow=True)
