"""The fixtures of the window's tests. They need Qt, so conftest.py imports them only where Qt is."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from netstudio.graph import Graph
from netstudio.gui.session import Session
from netstudio.gui.settings import Settings
from netstudio.gui.window import MainWindow
from netstudio.gui.worker import MakeTrainer
from tests.gui.toys import CATALOGUE, FakeTrainer, MakeSession, MakeWindow, regression

__all__ = ["make_session", "make_window", "nothing_is_left", "private_folders", "session", "window"]


@pytest.fixture(autouse=True)
def private_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests are neither read nor written."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def nothing_is_left(qapp: QApplication) -> Iterator[None]:
    """A test fails where it leaves a thread or a running timer behind."""
    threads = set(threading.enumerate())
    timers = set(_running_timers(qapp))
    yield
    delete_now(qapp)
    for thread in set(threading.enumerate()) - threads:
        _wait_for(thread)
    left = [t.name for t in set(threading.enumerate()) - threads]
    assert not left, f"threads left running: {left}"
    gc.collect()
    delete_now(qapp)
    running = set(_running_timers(qapp)) - timers
    assert not running, f"timers left running: {running}"


def _wait_for(thread: threading.Thread) -> None:
    """An import beside the window, or a pool's thread, ends by itself, if late on a busy machine."""
    while not thread.is_alive() and thread in threading.enumerate():  # it is about to start, or to go
        time.sleep(0.01)
    if thread.is_alive():
        thread.join(60.0)


def delete_now(app: QApplication) -> None:
    """Delete what `deleteLater` marked: processing events alone leaves it."""
    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _running_timers(app: QApplication) -> Iterator[QTimer]:
    """The repeating timers that run in any widget that is still there."""
    for widget in app.topLevelWidgets():
        for timer in widget.findChildren(QTimer):
            if timer.isActive() and not timer.isSingleShot():
                yield timer


@pytest.fixture
def make_session(qtbot: QtBot) -> Iterator[MakeSession]:
    """Makes sessions on the toy catalogue with a given trainer, and ends their runs."""
    made: list[Session] = []

    def make(trainer: MakeTrainer | None = None) -> Session:
        made.append(Session(CATALOGUE, trainer or FakeTrainer()))
        return made[-1]

    yield make
    assert all(s.training.wait(3) for s in made)


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    """A session whose trainer trains nothing, fast."""
    return make_session()


@pytest.fixture
def make_window(make_session: MakeSession, qtbot: QtBot, tmp_path: Path) -> Iterator[MakeWindow]:
    """Makes windows on the toy catalogue that show the toy graph, and closes them without questions."""
    made: list[MainWindow] = []

    def make(trainer: MakeTrainer | None = None, graph: Graph | None = None) -> MainWindow:
        window = MainWindow(make_session(trainer), Settings(tmp_path / "window.ini"))
        window.session.open_graph(graph or regression())
        window.resize(1100, 700)
        window.show()
        qtbot.waitExposed(window)
        made.append(window)
        return window

    yield make
    for window in made:
        window.close_now()
        window.deleteLater()


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    """A window whose trainer trains nothing, fast."""
    return make_window()
