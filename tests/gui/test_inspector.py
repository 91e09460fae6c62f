"""The inspector: editing parameters by keyboard and mouse."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from netstudio.catalogue import CATALOGUE as REAL
from netstudio.graph import edits
from netstudio.graph.edits import SetTraining
from netstudio.gui.forms.form import Form
from netstudio.gui.panels.inspector import InspectorPanel
from netstudio.gui.session import Session
from tests.gui.toys import regression

W = TypeVar("W", bound=QWidget)


@pytest.fixture
def inspector(session: Session, qtbot: QtBot) -> InspectorPanel:
    session.open_graph(regression())
    session.select(("dense",))
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def child(panel: QWidget, kind: type[W], name: str) -> W:
    found = panel.findChildren(kind, name)
    assert len(found) == 1, f"{len(found)} of {name}"
    return found[0]


def params(panel: InspectorPanel) -> dict[str, Any]:
    return dict(panel.session.graph.nodes["dense"].params)


def typed(qtbot: QtBot, widget: QWidget, text: str) -> None:
    """Replace the text of a field by typing."""
    widget.setFocus()
    qtbot.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(widget, text)


def test_typing_changes_the_graph_in_one_undo_step(inspector: InspectorPanel, qtbot: QtBot) -> None:
    typed(qtbot, child(inspector, QSpinBox, "param.units"), "128")
    assert params(inspector) == {"units": 128}
    assert inspector.session.undo_stack.count() == 1
    inspector.session.undo()
    assert params(inspector) == {"units": 1}
    assert child(inspector, QSpinBox, "param.units").value() == 1


def test_leaving_a_field_begins_another_undo_step(inspector: InspectorPanel, qtbot: QtBot) -> None:
    units = child(inspector, QSpinBox, "param.units")
    typed(qtbot, units, "12")
    child(inspector, QLineEdit, "param.note").setFocus()
    typed(qtbot, units, "34")
    inspector.session.undo()
    assert params(inspector) == {"units": 12}


def test_a_wrong_value_is_told_while_typing_and_the_graph_keeps_the_last_good_one(
    inspector: InspectorPanel, qtbot: QtBot
) -> None:
    units = child(inspector, QSpinBox, "param.units")
    error = child(inspector, QLabel, "error.units")
    typed(qtbot, units, "7x")
    assert error.isVisible()
    assert "an integer of 1 or more" in error.text()
    assert params(inspector) == {"units": 7}
    assert units.property("state") == "error"
    child(inspector, QLineEdit, "param.note").setFocus()
    assert units.text() == "7"
    assert not error.isVisible()


def test_a_value_out_of_range_is_told(inspector: InspectorPanel, qtbot: QtBot) -> None:
    typed(qtbot, child(inspector, QWidget, "param.rate"), "7")
    assert "below 1" in child(inspector, QLabel, "error.rate").text()
    assert "rate" not in params(inspector)


def test_defaults_are_grey_until_changed_and_the_arrow_takes_them_back(inspector: InspectorPanel, qtbot: QtBot) -> None:
    bias = child(inspector, QCheckBox, "param.use_bias")
    arrow = child(inspector, QToolButton, "reset.use_bias")
    assert bias.property("state") == "default"
    assert not arrow.isVisible()
    qtbot.mouseClick(bias, Qt.MouseButton.LeftButton, pos=QPoint(8, bias.height() // 2))
    assert params(inspector) == {"units": 1, "use_bias": False}
    assert bias.property("state") == "set"
    qtbot.mouseClick(arrow, Qt.MouseButton.LeftButton)
    assert params(inspector) == {"units": 1}
    assert bias.isChecked()
    assert bias.property("state") == "default"


def test_typing_the_default_is_the_same_as_resetting(inspector: InspectorPanel, qtbot: QtBot) -> None:
    note = child(inspector, QLineEdit, "param.note")
    typed(qtbot, note, "x")
    assert params(inspector)["note"] == "x"
    qtbot.keyClick(note, Qt.Key.Key_Backspace)
    assert "note" not in params(inspector)


@pytest.mark.parametrize(("text", "value"), [("5", 5), ("2, 7", [2, 7]), ("2×7", [2, 7])])
def test_a_tuple_is_written_with_commas(inspector: InspectorPanel, qtbot: QtBot, text: str, value: Any) -> None:
    typed(qtbot, child(inspector, QLineEdit, "param.size"), text)
    assert params(inspector)["size"] == value


def test_a_choice_is_chosen_by_keyboard(inspector: InspectorPanel, qtbot: QtBot) -> None:
    mode = child(inspector, QComboBox, "param.mode")
    mode.setFocus()
    qtbot.keyClick(mode, Qt.Key.Key_Down)
    assert params(inspector)["mode"] == "same"


def test_a_number_that_may_be_missing(inspector: InspectorPanel, qtbot: QtBot) -> None:
    seed = child(inspector, QLineEdit, "param.seed")
    typed(qtbot, seed, "3")
    assert params(inspector)["seed"] == 3
    qtbot.keyClick(seed, Qt.Key.Key_Backspace)
    assert "seed" not in params(inspector)


def test_label_and_frozen(inspector: InspectorPanel, qtbot: QtBot) -> None:
    typed(qtbot, child(inspector, QLineEdit, "node.label"), "scores")
    frozen = child(inspector, QCheckBox, "node.frozen")
    frozen.setFocus()
    qtbot.keyClick(frozen, Qt.Key.Key_Space)
    node = inspector.session.graph.nodes["dense"]
    assert (node.label, node.frozen) == ("scores", True)


def test_what_is_known_of_the_node_is_shown(inspector: InspectorPanel) -> None:
    text = " ".join(label.text() for label in inspector.findChildren(QLabel))
    assert "8×1" in text  # the kernel
    assert "More about it." in text  # the documentation


def test_several_nodes_are_set_together_in_one_step(inspector: InspectorPanel, qtbot: QtBot) -> None:
    inspector.session.select(("x", "y"))
    typed(qtbot, child(inspector, QLineEdit, "param.shape"), "3, 4")
    nodes = inspector.session.graph.nodes
    assert nodes["x"].params == nodes["y"].params == {"shape": [3, 4]}
    inspector.session.undo()
    assert inspector.session.graph.nodes["x"].params == {"shape": [8]}


def test_the_run_settings_stand_there_when_nothing_is_selected(inspector: InspectorPanel, qtbot: QtBot) -> None:
    inspector.session.select(())
    typed(qtbot, child(inspector, QSpinBox, "param.epochs"), "25")
    typed(qtbot, child(inspector, QLineEdit, "param.source"), "sklearn:iris")
    assert inspector.session.graph.training == {"epochs": 25}
    assert inspector.session.graph.data == {"source": "sklearn:iris"}


def test_a_learning_rate_that_follows_a_schedule(inspector: InspectorPanel, qtbot: QtBot) -> None:
    """A number, a schedule with its own form, and the number again; each one step to undo."""
    inspector.session.select(())
    choice = child(inspector, QComboBox, "param.optimizer.learning_rate.type")
    field = child(inspector, QWidget, "param.optimizer.learning_rate")
    typed(qtbot, field, "0.02")

    def choose(name: str | None) -> None:
        choice.setCurrentIndex(choice.findData(name))
        choice.activated.emit(choice.currentIndex())

    def rate() -> Any:
        return inspector.session.graph.training["optimizer"]["params"]["learning_rate"]

    choose("CosineDecay")
    assert rate() == "CosineDecay"
    assert field.isHidden()
    typed(qtbot, child(inspector, QSpinBox, "param.optimizer.learning_rate.decay_steps"), "50")
    assert rate() == {"type": "CosineDecay", "params": {"decay_steps": 50}}
    choose(None)
    assert rate() == 0.02
    assert not field.isHidden()
    inspector.session.undo()
    assert rate() == {"type": "CosineDecay", "params": {"decay_steps": 50}}
    assert choice.currentText() == "CosineDecay"


def test_a_parameter_of_the_optimizer(inspector: InspectorPanel, qtbot: QtBot) -> None:
    inspector.session.select(())
    typed(qtbot, child(inspector, QWidget, "param.optimizer.learning_rate"), "0.02")
    assert inspector.session.graph.training == {"optimizer": {"type": "Adam", "params": {"learning_rate": 0.02}}}


def test_a_chosen_layer_begins_with_what_it_must_be_told(qtbot: QtBot) -> None:
    form = Form(REAL["Bidirectional"].declared)
    qtbot.addWidget(form)
    form.show_values(REAL["Bidirectional"].initial_params())
    with qtbot.waitSignal(form.changed) as told:
        choice = child(form, QComboBox, "param.layer.type")
        choice.activated.emit(choice.findData("GRU"))
    assert told.args[:2] == ["layer", {"type": "GRU", "params": {"units": 64}}]


def test_metrics_are_added_and_taken_away(inspector: InspectorPanel, qtbot: QtBot) -> None:
    inspector.session.select(())
    add = child(inspector, QComboBox, "param.metrics.add")
    add.setFocus()
    qtbot.keyClick(add, Qt.Key.Key_Down)
    assert inspector.session.graph.training == {"metrics": ["accuracy"]}
    qtbot.mouseClick(child(inspector, QToolButton, "param.metrics.0.remove"), Qt.MouseButton.LeftButton)
    assert inspector.session.graph.training == {}


def test_accuracy_keeps_its_name(inspector: InspectorPanel) -> None:
    """It stands for the accuracy that suits the loss, so it must not turn into one of them."""
    inspector.session.apply(SetTraining({"metrics": ["accuracy"]}))
    inspector.session.select(())
    assert child(inspector, QComboBox, "param.metrics.0.type").currentText() == "accuracy"


@pytest.mark.parametrize("name", sorted(REAL.members))
def test_the_page_of_every_type_fits_the_narrowest_inspector(name: str, qtbot: QtBot) -> None:
    session = Session()
    session.apply(edits.AddNode(name))
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.resize(panel.minimumWidth(), 400)
    panel.show()
    session.select(tuple(session.graph.nodes))
    assert session.selection
    assert panel.page.minimumSizeHint().width() <= panel.viewport().width()


def test_long_names_leave_the_run_settings_within_the_panel(inspector: InspectorPanel) -> None:
    session, long = inspector.session, "Ebene mit einem Namen, den niemand kürzt <b>und</b> & so"
    session.apply(edits.SetName(long))
    session.apply(edits.SetLabel("x", long))
    session.select(())
    page = inspector.page
    assert page.minimumSizeHint().width() <= inspector.viewport().width()
    assert child(inspector, QLineEdit, "graph.name").cursorPosition() == 0
    editor = child(inspector, QLineEdit, "param.bind.x")
    assert editor.accessibleName() == long
    cut = [one.text() for one in page.findChildren(QLabel) if one.toolTip() == long]
    assert cut
    assert all(text.endswith("…") for text in cut)
    session.apply(edits.SetLabel("x", "short"))
    assert child(inspector, QLineEdit, "param.bind.x").accessibleName() == "short"


@pytest.mark.parametrize("text", ["5, 7", "5 7", "5x7", "5 × 7", "(5, 7)", "[5,7]", "5 * 7", "5;7"])
def test_sizes_are_read_however_people_write_them(inspector: InspectorPanel, qtbot: QtBot, text: str) -> None:
    field = child(inspector, QLineEdit, "param.size")
    if text.isascii():  # QTest can type no other letters
        typed(qtbot, field, text)
    else:
        field.setText(text)
        field.textEdited.emit(text)
    assert params(inspector)["size"] == [5, 7]


def test_a_size_that_is_left_open_gets_advice(inspector: InspectorPanel, qtbot: QtBot) -> None:
    inspector.session.select(("x",))
    typed(qtbot, child(inspector, QLineEdit, "param.shape"), "None, 28")
    error = child(inspector, QLabel, "error.shape")
    assert "expected a list of integers of 1 or more. Every size is said here" in error.text()
    assert inspector.session.graph.nodes["x"].params["shape"] == [8]
