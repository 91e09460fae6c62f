"""Starting and ending the app."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netstudio.gui.app import show_exceptions
from netstudio.gui.window import MainWindow

ENDS_BY_ITSELF = """
import sys
from PySide6.QtCore import QTimer
from netstudio.gui import app
QTimer.singleShot(200, app.application().closeAllWindows)
print("started")
sys.exit(app.main([]))  # 0, whether or not something is still imported beside the window
"""
BEFORE_THE_ENGINE = """
import sys
from netstudio.gui.app import create_window
window = create_window()
window.show()
print([name for name in ("numba", "sklearn", "polars") if name in sys.modules])
"""


def run(code: str, folder: Path) -> str:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_the_app_starts_and_ends(tmp_path: Path) -> None:
    assert run(ENDS_BY_ITSELF, tmp_path) == "started\n"


def test_the_window_comes_up_before_the_engine(tmp_path: Path) -> None:
    assert run(BEFORE_THE_ENGINE, tmp_path) == "[]\n"


def test_what_a_slot_raises_is_shown(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: printed.append(args[1]))
    show_exceptions(window)
    error = ValueError("boom")
    sys.excepthook(ValueError, error, None)
    assert printed == [error]
    assert "ValueError: boom" in window.log.toPlainText()
