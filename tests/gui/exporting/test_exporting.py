"""Taking the model away by mouse and keyboard: files, and code to look at, to copy and to save."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCharFormat
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

import netstudio as ns
from netstudio.errors import ExportError
from netstudio.graph import Node
from netstudio.gui.documents import kinds_of
from netstudio.gui.exporting.code_dialog import CodeDialog
from netstudio.gui.exporting.work import FILES, PROGRAMS, module_name
from netstudio.gui.theme import current_theme
from netstudio.gui.window import MainWindow
from tests.exports.keras.models import graph_of

SLOW_MS = 30_000


@pytest.fixture(scope="module")
def model() -> Any:
    nodes = [Node("x", "Input", {"shape": [4]}), Node("hidden", "Dense", {"units": 3}), Node("y", "Output")]
    return ns.compile(graph_of(nodes, "x > hidden", "hidden > y"), seed=0)


@pytest.fixture
def trained(window: MainWindow, model: Any) -> MainWindow:
    window.session.document.model = model
    window.refresh_actions()
    return window


def opened(window: MainWindow, qtbot: QtBot) -> CodeDialog:
    """The dialog, with the first program written out."""
    window.actions_by_id["file.exportCode"].trigger()
    dialog = window.findChild(CodeDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: bool(dialog.code.toPlainText()), timeout=SLOW_MS)
    return dialog


def click(dialog: CodeDialog, name: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(dialog.findChild(QPushButton, f"code.{name}"), Qt.MouseButton.LeftButton)


def test_there_is_nothing_to_take_before_a_run(window: MainWindow) -> None:
    assert not window.actions_by_id["file.exportModel"].isEnabled()
    assert not window.actions_by_id["file.exportCode"].isEnabled()


@pytest.mark.parametrize("suffix", [form.suffixes[0] for form in FILES])
def test_a_model_is_written_as_its_suffix_says(trained: MainWindow, qtbot: QtBot, tmp_path: Path, suffix: str) -> None:
    kinds: list[str] = []

    def pick(_start: str, offered: str) -> str:
        kinds.append(offered)
        return str(tmp_path / f"m{suffix}")

    trained.documents.pick_save = pick
    with qtbot.waitSignal(trained.documents.exporter.written, timeout=SLOW_MS):
        trained.actions_by_id["file.exportModel"].trigger()
    assert (tmp_path / f"m{suffix}").stat().st_size > 100
    assert f"(*{suffix})" in kinds[0]


def test_why_it_was_not_written_is_told(trained: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    trained.documents.pick_save = lambda _start, _kinds: str(tmp_path / "m.xyz")
    with qtbot.waitSignal(trained.session.message, check_params_cb=lambda level, _text: level == "error") as told:
        trained.actions_by_id["file.exportModel"].trigger()
    assert "can't export to '.xyz'; there are npz" in told.args[1]
    assert list(tmp_path.glob("m.*")) == []


def test_closing_the_window_lets_an_export_end(trained: MainWindow, tmp_path: Path) -> None:
    trained.documents.pick_save = lambda _start, _kinds: str(tmp_path / "m.npz")
    trained.actions_by_id["file.exportModel"].trigger()
    trained.close()
    assert [path.name for path in tmp_path.glob("*m.npz*")] == ["m.npz"]


def test_nothing_chosen_writes_nothing(trained: MainWindow) -> None:
    trained.documents.pick_save = lambda _start, _kinds: ""
    trained.actions_by_id["file.exportModel"].trigger()
    assert not trained.documents.exporter.worker.busy


def test_code_of_each_library_can_be_read_and_copied(trained: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(trained, qtbot)
    seen = set()
    for tab, form in enumerate(PROGRAMS):
        qtbot.mouseClick(
            dialog.forms, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, dialog.forms.tabRect(tab).center()
        )
        assert dialog.form is form
        qtbot.waitUntil(lambda: bool(dialog.code.toPlainText()), timeout=SLOW_MS)
        click(dialog, "copy", qtbot)
        code = QGuiApplication.clipboard().text()
        ast.parse(code)
        assert "def load" in code or "def predict" in code
        seen.add(code)
    assert len(seen) == len(PROGRAMS)
    click(dialog, "close", qtbot)


def test_code_is_saved_with_its_weights(trained: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    trained.documents.pick_save = lambda _start, _kinds: str(tmp_path / "net")
    dialog = opened(trained, qtbot)
    shown = dialog.code.toPlainText()
    with qtbot.waitSignal(trained.documents.exporter.written, timeout=SLOW_MS):
        click(dialog, "save", qtbot)
    assert {path.name for path in tmp_path.glob("net*")} == {"net.py", "net.weights.npz"}
    assert dialog.said.text() == f"The model is in {tmp_path / 'net.py'}, its weights in net.weights.npz."
    saved = (tmp_path / "net.py").read_text(encoding="utf-8")
    assert saved.splitlines()[-1] == shown.splitlines()[-1]
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_what_a_library_can_not_say_stands_in_the_dialog(
    trained: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, to: str | None = None) -> tuple[Path, ...]:
        raise ExportError("node g: there is no such thing there")

    monkeypatch.setattr(trained.session.document.model, "export", refuse)
    trained.actions_by_id["file.exportCode"].trigger()
    dialog = trained.findChild(CodeDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.said.text() == "node g: there is no such thing there", timeout=SLOW_MS)
    assert not dialog.save_button.isEnabled()
    dialog.reject()


def test_python_is_shown_in_colours(trained: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(trained, qtbot)
    theme = current_theme()

    def colour_of(words: str) -> str:
        cursor = dialog.code.document().find(words)
        at = cursor.selectionStart() - cursor.block().position()
        block: list[Any] = list(cursor.block().layout().formats())
        look: QTextCharFormat = next(f.format for f in block if f.start <= at < f.start + f.length)
        return look.foreground().color().name()

    assert colour_of("# Written") == theme.hex("muted")
    assert colour_of("import keras") == theme.curves[3]
    assert colour_of("The weights are in") == theme.hex("success")  # within a text of several lines
    assert colour_of("build_model") == theme.hex("accent")
    dialog.reject()


def test_names() -> None:
    assert module_name("Digits: a transformer") == "digits_a_transformer"
    assert module_name("3 ways") == "model"
    assert kinds_of(FILES[:1]) == "NetStudio model (*.npz)"
