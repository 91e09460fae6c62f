"""The start page: the sample graphs as pictures, recent files, New and Open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from netstudio.errors import NetStudioError
from netstudio.graph import Catalogue, Graph, analyse
from netstudio.gui.figures import duration, number
from netstudio.gui.look import emptied, heading, muted
from netstudio.gui.theme import Theme, current_theme
from netstudio.gui.thumbnail import thumbnail
from netstudio.resources import SAMPLES, sample_seconds

AFTER_SHOW_MS = 20  # the window is painted first
PICTURE = QSize(208, 92)
COLUMN_WIDTH = PICTURE.width() + 16


class StartPage(QScrollArea):
    """`sample_chosen` and `file_chosen` carry a Path."""

    sample_chosen = Signal(object)
    file_chosen = Signal(object)
    new_wanted = Signal()
    open_wanted = Signal()
    data_wanted = Signal()

    def __init__(
        self,
        catalogue: Catalogue,
        recent: Callable[[], list[Path]],
        parent: QWidget | None = None,
        samples: Path = SAMPLES,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page.start")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.catalogue, self.recent = catalogue, recent
        self.folder = samples
        self.samples: list[tuple[Path, Graph]] = []
        self.cards: list[Card] = []
        self._columns = 0
        body = QWidget()
        body.setProperty("role", "page")
        column = QVBoxLayout(body)
        column.setContentsMargins(32, 24, 32, 24)
        column.setSpacing(16)
        column.addLayout(self._head())
        column.addWidget(heading(self.tr("Samples: open one and press Run")))
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addLayout(self._grid)
        self._recent_title = heading(self.tr("Recent"))
        column.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        column.addLayout(self._recent)
        column.addStretch(1)
        self.setWidget(body)

    def apply_theme(self, theme: Theme) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Show the recent files as they are now, and the samples in the theme's colours."""
        emptied(self._recent)
        recent = self.recent()
        for path in recent:
            button = QPushButton(f"{path.name}   —   {path.parent}")
            button.setFlat(True)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _checked=False, path=path: self.file_chosen.emit(path))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._recent_title.setVisible(bool(recent))
        emptied(self._grid)
        self.cards = [Card(path, graph, self.catalogue) for path, graph in self.samples]
        for card in self.cards:
            card.chosen.connect(self.sample_chosen)
        self._columns = 0
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """The samples are read when the window has come up."""
        super().showEvent(event)
        QTimer.singleShot(AFTER_SHOW_MS, self, self._load)

    def _load(self) -> None:
        if not self.samples:
            self.samples = _samples(self.folder, self.catalogue)
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = max(1, (self.viewport().width() - 64 + 16) // (COLUMN_WIDTH + 16))
        if columns != self._columns:
            self._columns = columns
            for i, card in enumerate(self.cards):
                self._grid.addWidget(card, i // columns, i % columns)

    def _head(self) -> QHBoxLayout:
        data = QPushButton(self.tr("Start from data …"))
        data.setObjectName("start.data")
        data.setDefault(True)
        data.setToolTip(self.tr("A table, a folder of images, arrays: yours, or one that comes along"))
        data.clicked.connect(self.data_wanted)
        new = QPushButton(self.tr("New graph"))
        new.setObjectName("start.new")
        new.clicked.connect(self.new_wanted)
        open_ = QPushButton(self.tr("Open …"))
        open_.setObjectName("start.open")
        open_.clicked.connect(self.open_wanted)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(muted(self.tr("Wire a network, press Run, watch it learn, take the model away.")), 1)
        row.addWidget(data)
        row.addWidget(new)
        row.addWidget(open_)
        return row


class Card(QFrame):
    """One sample: a picture, its name, what it learns and on what."""

    chosen = Signal(object)

    def __init__(self, path: Path, graph: Graph, catalogue: Catalogue) -> None:
        super().__init__()
        self.path = path
        self.setObjectName(f"sample.{path.stem}")
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(graph.name)
        self.setFixedWidth(COLUMN_WIDTH)
        picture = QLabel()
        picture.setPixmap(thumbnail(graph, catalogue, current_theme(), PICTURE, self.devicePixelRatioF()))
        title = QLabel(graph.name, textFormat=Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 10)
        column.setSpacing(4)
        column.addWidget(picture)
        column.addWidget(title)
        column.addWidget(muted(described(graph, catalogue, sample_seconds().get(path.stem))))
        column.addStretch(1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # so that the release comes here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.path)
        else:
            super().keyPressEvent(event)


def described(graph: Graph, catalogue: Catalogue, seconds: float | None = None) -> str:
    """What a graph learns, on what, how large it is and about how long it trains, in a line or two."""
    losses = [n.type for n in graph.nodes.values() if _is_loss(n.type, catalogue)]
    goals = dict.fromkeys(_tr("classes") if "rossentropy" in loss else _tr("numbers") for loss in losses)
    learns = _tr("Learns {}").format(_tr(" and ").join(goals) or _tr("nothing yet"))
    source = str(graph.data.get("source", "")) or _tr("no data yet")
    weights = _tr("{} parameters").format(number(analyse(graph, catalogue).parameters))
    takes = [] if seconds is None else [_tr("about {}").format(duration(max(1, seconds)))]
    return f"{learns} · {source}\n{' · '.join([weights, *takes])}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("StartPage", text)


def _is_loss(type_name: str, catalogue: Catalogue) -> bool:
    kind = catalogue.members.get(type_name)
    return kind is not None and kind.category == "loss"


def _samples(folder: Path, catalogue: Catalogue) -> list[tuple[Path, Graph]]:
    """The documents of the folder that can be read."""
    from netstudio.files.documents import load_graph

    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append((path, load_graph(path, catalogue)))
        except NetStudioError:
            continue  # a sample of another version is no reason not to start
    return sorted(
        found, key=lambda pair: str(pair[1].data.get("source", "")).startswith("generated")
    )  # real data first
