"""The problems: what is wrong, where it is, and buttons that mend it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from netstudio.graph import Problem, Repair
from netstudio.gui.icons import picture
from netstudio.gui.look import emptied, muted
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme

ICON = 18  # pixels
MOST = 200  # rows; more would only slow the window down


class ProblemsPanel(QScrollArea):
    """A row a problem. A press selects its node; a repair is one undoable step whose button says what it does."""

    node_wanted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.problems")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.session = session
        self._shown: tuple[Problem, ...] | None = None
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(2)
        self._column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(body)
        session.problems_changed.connect(self._update)
        self._update()

    def apply_theme(self, theme: Theme) -> None:
        self._shown = None
        self._update()

    def rows(self) -> list[ProblemRow]:
        items = (self._column.itemAt(i) for i in range(self._column.count()))
        return [row for i in items if i is not None and isinstance(row := i.widget(), ProblemRow)]

    def _update(self) -> None:
        problems = self.session.problems
        if problems == self._shown:
            return
        self._shown = problems
        emptied(self._column)
        for problem in problems[:MOST]:
            self._column.addWidget(ProblemRow(problem, self._go_to, self._repair))
        if len(problems) > MOST:
            self._column.addWidget(muted(self.tr("… and {} more").format(len(problems) - MOST)))
        if not problems:
            self._column.addWidget(muted(self.tr("No problems.")))

    def _go_to(self, problem: Problem) -> None:
        if problem.node is not None:
            *blocks, node = (problem.node, *problem.inside)
            self.session.go_to(tuple(blocks), (node,))
            self.node_wanted.emit(node)

    def _repair(self, repair: Repair) -> None:
        if self.session.apply(repair.edit):
            self.session.message.emit("info", self.tr("Done: {}.").format(repair.title))


class ProblemRow(QWidget):
    """One problem."""

    def __init__(self, problem: Problem, go_to: Callable[[Problem], None], repair: Callable[[Repair], None]) -> None:
        super().__init__()
        self.problem, self._go_to = problem, go_to
        self.setObjectName(f"problem.{problem.node or ''}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if problem.node else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(str(problem))
        sign = QLabel()
        ink = current_theme().hex(problem.severity)
        sign.setPixmap(picture(problem.severity, ink, ICON, sign.devicePixelRatioF()))
        text = QLabel(problem.message)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        self.buttons = [QPushButton(r.title[:1].upper() + r.title[1:]) for r in problem.repairs]
        for button, one in zip(self.buttons, problem.repairs):
            button.setToolTip(self.tr("One step, which Undo takes back"))
            button.clicked.connect(lambda _checked=False, one=one: repair(one))
        self._lay_out(sign, text)

    def _lay_out(self, sign: QLabel, text: QLabel) -> None:
        """The sign and the buttons stand beside the text's first line."""
        line = text.fontMetrics().height()
        high = max(ICON, line, *(button.sizeHint().height() for button in self.buttons))
        sign.setFixedHeight(high)
        text.setContentsMargins(0, (high - line) // 2, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(10)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1, Qt.AlignmentFlag.AlignTop)
        for button in self.buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go_to(self.problem)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go_to(self.problem)
        else:
            super().keyPressEvent(event)
