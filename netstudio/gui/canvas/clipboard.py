"""Copying parts of a graph by way of the system's clipboard, between graphs and programs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from netstudio.errors import DocumentError
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Graph
from netstudio.graph.edits import AddNodes
from netstudio.graph.fragment import corner, part
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
        self._text = dump_graph(part(self.view.session.graph, selected))
        self._pastes = 0
        QGuiApplication.clipboard().setText(self._text)
        return True

    def paste(self) -> None:
        """Add what is on the clipboard, near where it was or, out of sight, in the middle of the view."""
        text = QGuiApplication.clipboard().text()
        try:
            copied = parse_graph(text, "the clipboard", self.view.session.catalogue)
        except DocumentError as error:
            self.view.session.message.emit("warning", self.view.tr("Nothing to paste: {0}").format(error))
            return
        if not copied.nodes:
            self.view.session.message.emit("warning", self.view.tr("Nothing to paste: the graph has no nodes"))
            return
        if text != self._text:
            self._text, self._pastes = text, 0
        self._pastes += 1
        self._add(copied, self._offset(copied), "paste")

    def duplicate(self) -> None:
        """Copies of the selected nodes beside them, the clipboard left alone."""
        selected = part(self.view.session.graph, self.view.session.selection)
        if selected.nodes:
            self._add(selected, QPointF(STEP, STEP), "duplicate")

    def _add(self, copied: Graph, offset: QPointF, title: str) -> None:
        self.view.apply_and_select(
            AddNodes(tuple(copied.nodes.values()), copied.wires, (offset.x(), offset.y()), title)
        )

    def _offset(self, copied: Graph) -> QPointF:
        by = QPointF(STEP, STEP) * self._pastes
        start = QPointF(*corner(copied))
        seen = self.view.seen()
        if seen.contains(QRectF(start + by, start + by + QPointF(STEP, STEP))):
            return by
        middle = seen.center() - QPointF(72, 32)
        there = QPointF(round(middle.x()), round(middle.y())) + QPointF(STEP, STEP) * (self._pastes - 1)
        return there - start
