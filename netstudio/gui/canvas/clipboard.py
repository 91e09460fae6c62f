"""Copying parts of a graph by way of the system's clipboard, between graphs and programs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from netstudio.errors import DocumentError
from netstudio.graph.edits import AddNodes
from netstudio.graph.fragment import Fragment
from netstudio.gui.canvas.view import CanvasView

STEP = 24.0  # scene units between the pastes of one copy


class GraphClipboard:
    """Copy and paste for one canvas."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self._text = ""
        self._pastes = 0  # of this text, so that each lands beside the last

    def copy(self) -> bool:
        """Put the selected nodes on the clipboard; False where none is selected."""
        selected = self.view.session.selection
        if not selected:
            return False
        self._text = Fragment.of(self.view.session.graph, selected).to_text()
        self._pastes = 0
        QGuiApplication.clipboard().setText(self._text)
        return True

    def paste(self) -> None:
        """Add what is on the clipboard, near where it was or, out of sight, in the middle of the view."""
        text = QGuiApplication.clipboard().text()
        try:
            part = Fragment.parse(text)
        except DocumentError as error:
            self.view.session.message.emit("warning", self.view.tr("Nothing to paste: {0}").format(error))
            return
        if not part.nodes:
            self.view.session.message.emit("warning", self.view.tr("Nothing to paste: the graph has no nodes"))
            return
        if text != self._text:
            self._text, self._pastes = text, 0
        self._pastes += 1
        self._add(part, self._offset(part), "paste")

    def duplicate(self) -> None:
        """Copies of the selected nodes beside them, the clipboard left alone."""
        part = Fragment.of(self.view.session.graph, self.view.session.selection)
        if part.nodes:
            self._add(part, QPointF(STEP, STEP), "duplicate")

    def _add(self, part: Fragment, offset: QPointF, title: str) -> None:
        self.view.apply_and_select(AddNodes(part.nodes, part.wires, (offset.x(), offset.y()), title))

    def _offset(self, part: Fragment) -> QPointF:
        by = QPointF(STEP, STEP) * self._pastes
        corner = QPointF(*part.corner)
        seen = self.view.seen()
        if seen.contains(QRectF(corner + by, corner + by + QPointF(STEP, STEP))):
            return by
        middle = seen.center() - QPointF(72, 32)
        there = QPointF(round(middle.x()), round(middle.y())) + QPointF(STEP, STEP) * (self._pastes - 1)
        return there - corner
