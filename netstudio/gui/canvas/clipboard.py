"""Copying parts of a graph by way of the system's clipboard, between graphs and programs."""

from __future__ import annotations

import json
from contextlib import suppress

from PySide6.QtCore import QMimeData, QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from netstudio.errors import DocumentError
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Graph, Wire
from netstudio.graph.edits import AddNodes
from netstudio.graph.fragment import corner, incoming, part
from netstudio.gui.canvas.view import CanvasView

STEP = 24.0  # scene units between the pastes of one copy
INCOMING_MIME = "application/x-netstudio-incoming"  # JSON: what fed the copied nodes, as wires of a document


class GraphClipboard:
    """Copy and paste for one canvas."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self._text = ""
        self._pastes = 0  # of this text, so that each lands beside the last

    def copy(self) -> bool:
        """Put the selected nodes on the clipboard; False where none is selected."""
        graph, selected = self.view.session.here.graph, self.view.session.selection
        if not selected:
            return False
        self._text = dump_graph(part(graph, selected))
        self._pastes = 0
        data = QMimeData()
        data.setText(self._text)
        wires = [[str(w.source), str(w.target)] for w in incoming(graph, selected)]
        data.setData(INCOMING_MIME, json.dumps(wires).encode())
        QGuiApplication.clipboard().setMimeData(data)
        return True

    def paste(self, with_incoming: bool = False) -> None:
        """Add what is on the clipboard, near where it was or, out of sight, in the middle of the view.

        `with_incoming`: the copies are fed by what fed the originals, as far as that is in this graph.
        """
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
        if not self.view.session.is_open:
            self.view.session.new()
        self._add(copied, self._offset(copied), "paste", _incoming() if with_incoming else ())

    def duplicate(self) -> None:
        """Copies of the selected nodes beside them, the clipboard left alone."""
        selected = part(self.view.session.here.graph, self.view.session.selection)
        if selected.nodes:
            self._add(selected, QPointF(STEP, STEP), "duplicate")

    def _add(self, copied: Graph, offset: QPointF, title: str, into: tuple[Wire, ...] = ()) -> None:
        nodes = tuple(copied.nodes.values())
        self.view.apply_and_select(AddNodes(nodes, copied.wires, (offset.x(), offset.y()), title, into))

    def _offset(self, copied: Graph) -> QPointF:
        by = QPointF(STEP, STEP) * self._pastes
        start = QPointF(*corner(copied))
        seen = self.view.seen()
        if seen.contains(QRectF(start + by, start + by + QPointF(STEP, STEP))):
            return by
        middle = seen.center() - QPointF(72, 32)
        there = QPointF(round(middle.x()), round(middle.y())) + QPointF(STEP, STEP) * (self._pastes - 1)
        return there - start


def _incoming() -> tuple[Wire, ...]:
    """The wires into the copied nodes that the clipboard tells of; none where it tells of none that can be read."""
    data = QGuiApplication.clipboard().mimeData().data(INCOMING_MIME)
    with suppress(ValueError, TypeError):
        return tuple(Wire.parse(source, target) for source, target in json.loads(bytes(data.data())))
    return ()
