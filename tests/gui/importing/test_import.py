"""From a file or a folder to a trained model, by mouse and keyboard alone."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from netstudio.augmentations.pipeline import misfits
from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.graph.tensor import TensorSpec
from netstudio.gui.importing.augment_page import PLAIN, SAMPLES, Samples, suggested
from netstudio.gui.importing.columns_model import HEADS
from netstudio.gui.importing.dialog import ImportDialog
from netstudio.gui.importing.draft import Draft
from netstudio.gui.importing.source_page import SourcePage
from netstudio.gui.window import MainWindow
from tests.gui.toys import real_window

SLOW_MS = 120_000  # where kernels are still to be compiled
LEFT = Qt.MouseButton.LeftButton
# Lists that open are windows of their own, which a screen that is none can neither raise nor give the keyboard.
pytestmark = pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = real_window(qtbot, 1400, 900)
    QApplication.processEvents()
    return made


@pytest.fixture
def iris(tmp_path: Path) -> Path:
    """Semicolons, decimal commas, a row number, and a cell that is empty: as a spreadsheet writes it."""
    data = load("sklearn:iris")
    path = tmp_path / "iris.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(["id", *data.columns, "kind"])
        for i, (row, kind) in enumerate(zip(data.fields["features"], data.fields["label"])):
            cells = [f"{v:.1f}".replace(".", ",") for v in row]
            table.writerow([i + 1, *(["", *cells[1:]] if i == 7 else cells), data.classes["label"][kind]])
    return path


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    data = load("sklearn:digits")
    for i, (pixels, label) in enumerate(zip(data.fields["image"][:600], data.fields["label"])):
        folder = tmp_path / "digits" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(pixels[:, :, 0] * 255).astype(np.uint8)).save(folder / f"{i}.png")
    return tmp_path / "digits"


def drop(window: MainWindow, path: Path) -> None:
    """Drop a file on the window, as Qt tells of it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(200, 200), copy, data, LEFT, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(200, 200), copy, data, LEFT, none))


def opened(window: MainWindow, qtbot: QtBot) -> ImportDialog:
    """The dialog, when it has read its source."""
    dialog = next(d for d in window.findChildren(ImportDialog) if d.isVisible())
    qtbot.waitUntil(lambda: settled(dialog), timeout=SLOW_MS)
    return dialog


def settled(dialog: ImportDialog) -> bool:
    return not (dialog.draft.busy or dialog.split_page.counter.busy or dialog.augment_page.worker.busy)


def press(qtbot: QtBot, dialog: ImportDialog, name: str) -> None:
    button = dialog.findChild(QPushButton, f"import.{name}")
    assert button is not None, name
    assert button.isEnabled(), name
    qtbot.mouseClick(button, LEFT)


def click_cell(qtbot: QtBot, dialog: ImportDialog, column: str, setting: str) -> None:
    page = dialog.columns_page
    y = [f.name for f in page.model.facts].index(column)
    rect = page.view.visualRect(page.model.index(y, HEADS.index(setting)))
    qtbot.mouseClick(page.view.viewport(), LEFT, pos=rect.center())


def choose(qtbot: QtBot, dialog: ImportDialog, column: str, setting: str, option: str) -> None:
    """Click a cell of the table of columns, and choose in its list by key."""
    click_cell(qtbot, dialog, column, setting)
    box = dialog.columns_page.view.findChild(QComboBox, f"columns.{column}.{HEADS.index(setting)}")
    assert box is not None
    box.setCurrentIndex(box.findText(option))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: settled(dialog), timeout=SLOW_MS)


def run(window: MainWindow, qtbot: QtBot) -> None:
    button = window.toolbar.widgetForAction(window.actions_by_id["training.run"])
    assert isinstance(button, QToolButton)
    qtbot.mouseClick(button, LEFT)
    session = window.session
    qtbot.waitUntil(lambda: session.training_state == "idle" and bool(session.history.history), timeout=SLOW_MS)


def test_a_table_is_dropped_looked_at_used_and_learnt(window: MainWindow, qtbot: QtBot, iris: Path) -> None:
    drop(window, iris)
    dialog = opened(window, qtbot)
    assert "separated by semicolon" in dialog.source_page.told.text()
    assert "Predicts kind (3 classes) from 4 numbers" in dialog.outcome.text()
    press(qtbot, dialog, "next")
    assert dialog.steps.currentWidget() is dialog.columns_page
    press(qtbot, dialog, "next")
    assert dialog.split_page.told.text() == "training 120 · validation 30"
    assert set(dialog.split_page.plot.bars()) == {"training", "validation"}
    press(qtbot, dialog, "use")

    session = window.session
    assert session.graph.name == "iris"
    assert not session.problems
    assert session.undo_stack.count() == 1
    run(window, qtbot)
    assert session.history.history["val_accuracy"][-1] > 0.9
    session.undo()
    assert not session.graph.nodes


def test_another_column_is_predicted_by_a_click(window: MainWindow, qtbot: QtBot, iris: Path) -> None:
    window.import_data(iris)
    dialog = opened(window, qtbot)
    dialog.steps.setCurrentWidget(dialog.columns_page)
    choose(qtbot, dialog, "petal width (cm)", "role", "target")
    assert "Predicts petal width (cm) (a number)" in dialog.outcome.text()
    choose(qtbot, dialog, "kind", "encode", "integer")
    assert "Embedding" in dialog.outcome.text()
    press(qtbot, dialog, "use")
    assert not window.session.problems
    types = {n.type for n in window.session.graph.nodes.values()}
    assert types >= {"Embedding", "Concatenate", "MeanSquaredError"}
    run(window, qtbot)
    losses = window.session.history.history["val_loss"]
    assert losses[-1] < 0.1 < losses[0]  # of a deviation of 1


def test_what_is_chosen_holds_for_all_selected_lines(window: MainWindow, qtbot: QtBot, iris: Path) -> None:
    window.import_data(iris)
    dialog = opened(window, qtbot)
    dialog.steps.setCurrentWidget(dialog.columns_page)
    dialog.columns_page.view.selectAll()
    choose(qtbot, dialog, "petal width (cm)", "scale", "robust")
    scales = {name: said.get("scale") for name, said in dialog.draft.block["columns"].items()}
    assert [scales.pop("id"), scales.pop("kind")] == [None, None]  # neither is a feature with a scale
    assert set(scales.values()) == {"robust"}
    dialog.reject()


def test_a_missing_cell_that_is_an_error_is_told_and_mended(window: MainWindow, qtbot: QtBot, iris: Path) -> None:
    window.import_data(iris)
    dialog = opened(window, qtbot)
    dialog.steps.setCurrentWidget(dialog.columns_page)
    choose(qtbot, dialog, "sepal length (cm)", "missing", "error")
    assert "line 9" in dialog.outcome.text()
    assert not dialog.use_button.isEnabled()
    choose(qtbot, dialog, "sepal length (cm)", "missing", "mean")
    assert dialog.use_button.isEnabled()
    choose(qtbot, dialog, "sepal length (cm)", "missing", "constant")
    click_cell(qtbot, dialog, "sepal length (cm)", "fill")
    line = dialog.columns_page.view.findChild(QLineEdit, "columns.sepal length (cm).fill")
    assert line is not None
    qtbot.keyClicks(line, "5.8")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    said = "sepal length (cm)"
    qtbot.waitUntil(lambda: dialog.draft.block["columns"][said].get("fill") == 5.8)
    qtbot.waitUntil(lambda: settled(dialog), timeout=SLOW_MS)
    assert dialog.use_button.isEnabled()
    dialog.reject()
    assert not window.session.is_open


def test_a_folder_of_images_is_learnt(window: MainWindow, qtbot: QtBot, digits: Path) -> None:
    drop(window, digits)
    dialog = opened(window, qtbot)
    assert "Predicts label (10 classes) from image 8×8×1" in dialog.outcome.text()
    assert not dialog.columns_page.useful
    press(qtbot, dialog, "use")
    run(window, qtbot)
    assert window.session.history.history["val_accuracy"][-1] > 0.9


def test_the_start_page_leads_to_a_set_that_comes_along(window: MainWindow, qtbot: QtBot) -> None:
    start = window.findChild(QPushButton, "start.data")
    assert start is not None
    qtbot.mouseClick(start, LEFT)
    dialog = opened(window, qtbot)
    assert not dialog.use_button.isEnabled()
    wine = dialog.findChild(QPushButton, "choose.wine")
    assert wine is not None
    qtbot.mouseClick(wine, LEFT)
    opened(window, qtbot)
    assert "3 classes) from 13 numbers" in dialog.outcome.text()
    dialog.source_page.source.clear()
    qtbot.keyClicks(dialog.source_page.source, "sklearn:diabetes")
    qtbot.keyClick(dialog.source_page.source, Qt.Key.Key_Return)
    opened(window, qtbot)
    assert "a number) from 10 numbers" in dialog.outcome.text()
    press(qtbot, dialog, "use")
    settings = DataSettings(**window.session.graph.data)
    assert settings.columns["bmi"].scale == settings.columns["target"].scale == "standardize"


def test_what_cannot_be_read_is_told(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3\n")
    drop(window, tmp_path / "a.csv")
    dialog = opened(window, qtbot)
    assert "a.csv" in dialog.outcome.text()
    assert not dialog.use_button.isEnabled()
    dialog.reject()


def test_images_of_different_sizes_come_to_one_that_can_be_changed(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    for i, size in enumerate([(8, 8), (8, 6), (8, 8), (7, 8)] * 5):
        folder = tmp_path / "photos" / "ab"[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", size, 10 * i).save(folder / f"{i}.png")
    window.import_data(tmp_path / "photos")
    dialog = opened(window, qtbot)
    assert "from image 8×8×1" in dialog.outcome.text()
    size_of = dialog.findChild(QLineEdit, "import.image.size")
    assert size_of is not None
    assert size_of.text() == "8, 8"
    size_of.selectAll()
    qtbot.keyClicks(size_of, "6, 7")
    qtbot.waitUntil(lambda: settled(dialog) and "from image 6×7×1" in dialog.outcome.text(), timeout=SLOW_MS)
    assert dialog.use_button.isEnabled()
    dialog.reject()


def test_a_graph_that_is_there_takes_the_data_and_their_shape(window: MainWindow, qtbot: QtBot, iris: Path) -> None:
    window.import_data(iris)
    dialog = opened(window, qtbot)
    press(qtbot, dialog, "use")
    before = window.session.graph
    window.import_data(iris)
    dialog = opened(window, qtbot)
    dialog.steps.setCurrentWidget(dialog.columns_page)
    choose(qtbot, dialog, "petal width (cm)", "role", "ignore")
    press(qtbot, dialog, "use")
    after = window.session.graph
    assert after.nodes.keys() == before.nodes.keys()
    assert after.nodes["features"].params["shape"] == [3]
    assert not window.session.problems
    window.session.undo()
    assert window.session.graph == before


def test_a_column_of_texts_is_learnt(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    words = {"yes": ["lovely", "superb", "great"], "no": ["awful", "dull", "poor"]}
    with (tmp_path / "films.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["review", "liked"])
        for _ in range(200):
            liked = str(draw.choice(["yes", "no"]))
            told = [*draw.choice(words[liked], 2), *draw.choice(["the", "film", "was", "a", "story"], 10)]
            table.writerow([" ".join(draw.permutation(told)), liked])
    window.import_data(tmp_path / "films.csv")
    dialog = opened(window, qtbot)
    assert "tokens)" in dialog.outcome.text()
    press(qtbot, dialog, "use")
    run(window, qtbot)
    assert window.session.history.history["val_accuracy"][-1] > 0.9


def test_a_time_series_is_cut_into_windows_by_a_click(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [f"{np.sin(i / 5):.4f},{np.cos(i / 5):.4f}" for i in range(300)]
    (tmp_path / "waves.csv").write_text("\n".join(["a,b", *rows]))
    window.import_data(tmp_path / "waves.csv")
    dialog = opened(window, qtbot)
    wanted = dialog.findChild(QCheckBox, "import.window.wanted")
    assert wanted is not None
    wanted.click()
    qtbot.waitUntil(lambda: settled(dialog), timeout=SLOW_MS)
    assert "Predicts b (a number) from 24×2 numbers" in dialog.outcome.text()
    assert dialog.augment_page.useful
    press(qtbot, dialog, "use")
    assert not window.session.problems
    types = [n.type for n in window.session.graph.nodes.values()]
    assert "LSTM" in types


def test_augmentation_is_looked_at_on_samples_of_ones_own(window: MainWindow, qtbot: QtBot, digits: Path) -> None:
    window.import_data(digits)
    dialog = opened(window, qtbot)
    page = dialog.augment_page
    dialog.steps.setCurrentWidget(page)
    assert page.gallery.count() == PLAIN
    offered = page.suggestions.findChildren(QPushButton)
    assert "Rotate, shift and zoom" in [button.text() for button in offered]
    add = dialog.findChild(QComboBox, "import.augment.add")
    assert add is not None
    add.setCurrentIndex(add.findText("Flip"))
    add.activated.emit(add.currentIndex())
    qtbot.waitUntil(lambda: settled(dialog), timeout=SLOW_MS)
    assert page.gallery.count() == 7 * SAMPLES
    assert not page.suggestions.isVisible()
    assert dialog.draft.block["augment"] == ["Flip"]
    first = page.gallery.item(1).icon().pixmap(72, 72).toImage()
    seen = {tuple(first.pixel(x, y) for x in range(72) for y in range(0, 72, 9))}
    for _ in range(4):
        press(qtbot, dialog, "again")
        qtbot.waitUntil(lambda: settled(dialog), timeout=SLOW_MS)
        image = page.gallery.item(1).icon().pixmap(72, 72).toImage()
        seen.add(tuple(image.pixel(x, y) for x in range(72) for y in range(0, 72, 9)))
    assert len(seen) == 2  # as it was, and in a mirror
    press(qtbot, dialog, "use")
    assert window.session.graph.data["augment"] == ["Flip"]


def test_usual_changes_are_taken_at_a_click_and_can_be_taken_back(
    window: MainWindow, qtbot: QtBot, digits: Path
) -> None:
    window.import_data(digits)
    dialog = opened(window, qtbot)
    page = dialog.augment_page
    dialog.steps.setCurrentWidget(page)
    offered = page.suggestions.findChildren(QPushButton)
    qtbot.mouseClick(next(b for b in offered if b.text() == "Rotate, shift and zoom"), LEFT)
    qtbot.waitUntil(lambda: settled(dialog) and page.gallery.count() == 7 * SAMPLES, timeout=SLOW_MS)
    assert dialog.draft.block["augment"] == ["Rotate", "Shift", "Zoom"]
    for _ in range(3):
        remove = dialog.findChild(QToolButton, "import.augment.0.remove")
        assert remove is not None
        qtbot.mouseClick(remove, LEFT)
        qtbot.waitUntil(lambda: settled(dialog), timeout=SLOW_MS)
    assert page.suggestions.isVisible()
    assert page.gallery.count() == PLAIN


@pytest.mark.parametrize(
    ("field", "shape"), [("image", (8, 8, 1)), ("sound", (30, 24, 1)), ("features", (24, 1))], ids=str
)
def test_what_is_offered_suits_the_samples(field: str, shape: tuple[int, ...]) -> None:
    samples = Samples(field, np.zeros((2, *shape), np.float32), ["", ""])
    for augment in suggested(samples).values():
        steps = DataSettings(augment=augment).augment
        assert not list(misfits(steps, {"x": TensorSpec(shape)}))


def test_what_may_be_meant_in_two_ways_can_be_said(qtbot: QtBot, tmp_path: Path) -> None:
    """The first line may hold names or numbers: the form stays at hand beside the message that asks."""
    path = tmp_path / "t.csv"
    path.write_text("1,2,3\n" + "7,8,0\n9,8,1\n" * 20)
    draft = Draft({}, None)
    page = SourcePage(draft)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    draft.open(str(path))
    qtbot.waitUntil(lambda: bool(draft.error), timeout=SLOW_MS)
    assert '"header"' in draft.error
    editor = page.form.rows["read"].editor.form.rows["header"].editor
    assert editor.isVisible()
    draft.set("read", {"header": False})
    qtbot.waitUntil(lambda: draft.found is not None, timeout=SLOW_MS)
    assert draft.found is not None
    assert draft.found.dataset.rows == 41
    draft.wait(10)


def test_a_column_that_can_not_be_read_is_missed_aloud(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    rows = [f"{20 + i % 50},{i * 1.5},{'yes' if i % 2 else 'no'}" for i in range(60)]
    path.write_text("\n".join(["age,sales,stays", *rows[:40], "old,1.5,no", *rows[40:]]) + "\n")
    drop(window, path)
    dialog = opened(window, qtbot)
    assert dialog.outcome.text().startswith("Predicts stays (2 classes) from 1 number; without age: see Columns")
    model = dialog.columns_page.model
    told = model.data(model.index(0, HEADS.index("for example")))
    assert "line 42" in told
    assert "'old'" in told
    assert model.data(model.index(1, HEADS.index("for example"))) == "0, 1.5, 3"
    press(qtbot, dialog, "next")
    assert dialog.columns_page.wrong.isVisible()
    assert dialog.columns_page.wrong.text() == told
    dialog.reject()
