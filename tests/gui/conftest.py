"""What every test of the window shares: no screen, private settings, and nothing left behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
DEBIAN = "libegl1 libgl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1 fonts-dejavu-core"

try:
    import PySide6.QtWidgets  # noqa: F401
except ImportError as missing:
    reason = f"Qt can't be loaded ({missing}); on Debian: apt install {DEBIAN}"
    if os.environ.get("NETSTUDIO_REQUIRE_GUI") == "1":
        raise RuntimeError(reason) from missing
    pytest.skip(reason, allow_module_level=True)

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from netstudio.gui.session import Session
from tests.gui.toys import CATALOGUE, FakeTrainer


@pytest.fixture(autouse=True)
def _private_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests are neither read nor written."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture(autouse=True)
def _nothing_is_left(qapp: QApplication) -> Iterator[None]:
    """A test fails where it leaves a thread or a running timer behind."""
    threads = set(threading.enumerate())
    timers = set(_running_timers(qapp))
    yield
    for thread in set(threading.enumerate()) - threads:
        thread.join(1.0)
    left = [t.name for t in set(threading.enumerate()) - threads]
    assert not left, f"threads left running: {left}"
    gc.collect()
    qapp.processEvents()
    running = set(_running_timers(qapp)) - timers
    assert not running, f"timers left running: {running}"


def _running_timers(app: QApplication) -> Iterator[QTimer]:
    """The running timers of every widget that is still there."""
    for widget in app.topLevelWidgets():
        for timer in widget.findChildren(QTimer):
            if timer.isActive() and not timer.isSingleShot():
                yield timer


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    """A session on the toy catalogue whose trainer trains nothing, fast."""
    made = Session(CATALOGUE, FakeTrainer())
    yield made
    assert made.training.wait(3)
