"""Copies for after a crash, files that other programs change, windows on the same file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from netstudio.files.documents import dump_graph, load_graph, save_graph
from netstudio.graph import Graph, Node, edits
from netstudio.gui import safety
from netstudio.gui.session import Session
from netstudio.gui.settings import Settings
from netstudio.gui.window import MainWindow
from tests.gui.test_window import act
from tests.gui.toys import CATALOGUE, FakeTrainer, MakeWindow, regression

CRASH = """
import os, sys
from netstudio.graph import edits
from netstudio.gui.app import create_window
window = create_window(sys.argv[1])
window.show()
window.session.apply(edits.SetName("not saved"))
window.safety.keep()
print("kept", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "netstudio"


def copies(folder: Path) -> list[Path]:
    return sorted((folder / "recovery").glob("*.json"))


def notice(window: MainWindow, subject: str) -> QFrame:
    found = [n for n in window.findChildren(QFrame, f"notice.{subject}") if n.isVisible()]
    assert len(found) == 1, window.notices.subjects
    return found[0]


def text(frame: QFrame) -> str:
    return frame.findChildren(QLabel)[0].text()


def answer(frame: QFrame, label: str, qtbot: QtBot) -> None:
    button = next(b for b in frame.findChildren(QPushButton) if b.text() == label)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def plain(name: str) -> Graph:
    return Graph(name, {"f": Node("f", "Flatten", {}, (10.0, 20.0))})


def crash(path: Path) -> None:
    """A window in a program of its own, killed while it has unsaved changes."""
    run = subprocess.Popen([sys.executable, "-c", CRASH, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stdout.readline().strip() == b"kept"
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()


def test_what_a_killed_program_had_not_saved_is_restored(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    save_graph(plain("saved"), path)
    crash(path)
    window = make_window(graph=plain("another"))
    qtbot.waitUntil(lambda: "recovery" in window.notices.subjects)
    assert "1 graph with unsaved changes" in text(notice(window, "recovery"))
    answer(notice(window, "recovery"), "Restore", qtbot)
    assert window.session.graph.name == "not saved"
    assert window.session.path == path
    assert window.session.modified
    act(window, "file.save").trigger()
    assert load_graph(path, CATALOGUE).name == "not saved"
    window.close_now()
    again = make_window()
    qtbot.wait(20)
    assert "recovery" not in again.notices.subjects, "what was restored is not offered again"


def test_copies_that_are_not_wanted_are_discarded(
    make_window: MakeWindow, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    (folder / "recovery").mkdir(parents=True)
    left = folder / "recovery" / "1-1-1.json"  # process 1 did not begin in 1970
    left.write_text("{")
    window = make_window()
    qtbot.waitUntil(lambda: "recovery" in window.notices.subjects)
    answer(notice(window, "recovery"), "Restore", qtbot)
    assert left.exists(), "what can't be read is not thrown away"
    assert "line 1" in window.log.toPlainText()
    window.safety.offer()
    answer(notice(window, "recovery"), "Discard", qtbot)
    assert not left.exists()


def test_changes_are_kept_after_a_while_and_at_every_run(
    make_window: MakeWindow, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "KEEP_AFTER_MS", 50)
    window = make_window(FakeTrainer(epochs=1))
    assert copies(folder) == []
    window.session.apply(edits.SetName("changed"))
    qtbot.waitUntil(lambda: bool(copies(folder)))
    assert json.loads(copies(folder)[0].read_text())["graph"]["name"] == "changed"
    window.session.apply(edits.SetName("changed again"))
    window.session.run()
    assert json.loads(copies(folder)[0].read_text())["graph"]["name"] == "changed again"
    qtbot.waitUntil(lambda: window.session.training_state == "idle")


def test_what_is_saved_or_closed_leaves_no_copy(window: MainWindow, folder: Path, tmp_path: Path) -> None:
    window.session.apply(edits.SetName("changed"))
    window.safety.keep()
    assert len(copies(folder)) == 1
    assert copies(folder)[0].stat().st_mode & 0o077 == 0 or copies(folder)[0].parent.stat().st_mode & 0o077 == 0
    window.session.files.save(tmp_path / "saved.json")
    assert copies(folder) == []
    window.session.apply(edits.SetName("changed again"))
    window.safety.keep()
    window.session.close()
    assert copies(folder) == []
    assert window.safety.recovery.left() == []


def test_a_copy_that_can_not_be_kept_is_told_once(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recovery").write_text("a file in the way")
    told: list[str] = []
    window.session.message.connect(lambda _level, text: told.append(text))
    for name in ("first", "second"):
        window.session.apply(edits.SetName(name))
        window.safety.keep()
    assert len(told) == 1
    assert told[0].startswith(f"No copies for after a crash can be kept in {folder / 'recovery'}: ")
    assert "make that folder writable" in told[0]


def test_without_a_folder_for_locks_files_open_all_the_same(
    make_window: MakeWindow, folder: Path, tmp_path: Path
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file in the way")
    save_graph(plain("mine"), tmp_path / "mine.json")
    window = make_window()
    window.documents.open(tmp_path / "mine.json")
    assert window.session.graph.name == "mine"
    assert window.notices.subjects == []
    (tmp_path / "mine.json").write_text("changed")
    window.safety.files.check()
    assert window.notices.subjects == ["file.mine.json"]


def test_a_file_changed_by_another_program_is_noticed_and_read_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.json"
    window.session.files.save(path)
    qtbot.wait(30)
    assert window.notices.subjects == [], "what is saved here is no news"
    save_graph(plain("from elsewhere"), path)
    qtbot.waitUntil(lambda: "file.mine.json" in window.notices.subjects)
    assert act(window, "file.save").trigger() is None
    assert load_graph(path, CATALOGUE).name == "from elsewhere", "nothing is written over unasked"
    answer(notice(window, "file.mine.json"), "Read it again", qtbot)
    assert window.session.graph.name == "from elsewhere"
    assert not window.session.modified


def test_mine_is_kept_and_saved_over_the_other(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    window.session.files.save(path)
    path.write_text(dump_graph(plain("from elsewhere")))
    qtbot.waitUntil(lambda: "file.mine.json" in window.notices.subjects)
    answer(notice(window, "file.mine.json"), "Keep mine", qtbot)
    act(window, "file.save").trigger()
    assert load_graph(path, CATALOGUE).name == "toy"
    path.unlink()
    qtbot.waitUntil(lambda: "file.mine.json" in window.notices.subjects)
    assert "removed or renamed" in text(notice(window, "file.mine.json"))
    act(window, "file.save").trigger()
    assert path.exists()


def test_what_is_closed_or_saved_elsewhere_needs_no_notice(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    window.session.files.save(path)
    save_graph(plain("from elsewhere"), path)
    qtbot.waitUntil(lambda: "file.mine.json" in window.notices.subjects)
    window.session.files.save(tmp_path / "other.json")
    assert window.notices.subjects == []
    save_graph(plain("from elsewhere"), tmp_path / "other.json")
    qtbot.waitUntil(lambda: "file.other.json" in window.notices.subjects)
    window.session.close()
    assert window.notices.subjects == []


def test_a_second_window_on_a_file_is_warned(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    first = make_window()
    first.session.files.save(path)
    second = make_window()
    second.documents.open(path)
    said = text(notice(second, "elsewhere.mine.json"))
    assert f"process {os.getpid()}" in said
    first.close_now()
    second.session.close()
    third = make_window()
    third.documents.open(path)
    assert third.notices.subjects == []


def test_a_window_that_was_killed_warns_nobody(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    save_graph(plain("saved"), path)
    crash(path)
    window = make_window()
    window.documents.open(path)
    assert not [s for s in window.notices.subjects if s.startswith("elsewhere")]


@pytest.mark.parametrize(
    "content", [b"\x00\xff" * 50, b"[General]\nsnap=@Variant(\x00", b"shortcuts={\nadded=\nfavourites=@@"]
)
def test_corrupt_settings_never_stop_the_start(qtbot: QtBot, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(content)
    settings = Settings(path)
    window = MainWindow(Session(make_trainer=FakeTrainer()), settings)
    qtbot.addWidget(window)
    window.show()
    window.session.open_graph(regression())
    assert not window.canvas.view.snaps
    window.settings.theme = "light"
    assert Settings(path).theme in ("light", None)


def test_settings_that_can_not_be_a_file_do_not_stop_the_start(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "window.ini").mkdir()
    window = MainWindow(Session(make_trainer=FakeTrainer()), Settings(tmp_path / "window.ini"))
    qtbot.addWidget(window)
    window.show()
    assert window.settings.recent == []
