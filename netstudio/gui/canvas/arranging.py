"""Nodes put in order: aligned, spread out, laid out. They glide to where they go."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject

from netstudio.graph.edits import MoveNodes, SetParams, Several
from netstudio.graph.fragment import part
from netstudio.graph.layout import layout
from netstudio.gui.canvas.align import Box, Places, align, distribute
from netstudio.gui.canvas.escort import escorted
from netstudio.gui.canvas.glide import Glide
from netstudio.gui.canvas.view import CanvasView


class Arranging(QObject):
    """Arranges what a view shows; each arrangement is one undoable step."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.view, self.session = view, view.session
        self.glide = Glide(view.graph_scene, self)

    def align_selected(self, edge: str) -> None:
        """Give the selected nodes a common edge: "left", "right", "top", "bottom", "middle" or "row"."""
        if self.session.selection:
            self._put(self.tr("align {0} nodes"), align(boxes_of(self.view, self.session.selection), edge))

    def distribute_selected(self, across: bool) -> None:
        """Make the gaps between the selected nodes even, from left to right or from top to bottom."""
        self._put(self.tr("distribute {0} nodes"), distribute(boxes_of(self.view, self.session.selection), across))

    def lay_out(self) -> None:
        """Lay the graph out, as one undoable step; the nodes glide to their new places."""
        graph, nodes = self.session.here.graph, self.view.graph_scene.nodes
        silent = {id: nodes[id].is_frame for id, n in graph.nodes.items() if self.session.catalogue.is_annotation(n)}
        boxes = boxes_of(self.view, graph.nodes)
        start = {id: node.pos for id, node in graph.nodes.items()}
        sizes = {id: (box.width, box.height) for id, box in boxes.items()}
        end = layout(part(graph, graph.nodes.keys() - silent), sizes)
        frames = {id for id in silent if silent[id]}
        along = escorted(boxes, frames, silent.keys() - frames, end)
        end.update((id, (box.x, box.y)) for id, box in along.items())
        fitted = [SetParams(i, {"size": [int(b.width), int(b.height)]}) for i, b in along.items() if i in frames]
        changed = [e for e in fitted if e.values["size"] != [int(n) for n in sizes[e.id]]]
        if end == start or not self.session.apply_here(Several(self.tr("lay out"), (MoveNodes(end), *changed))):
            return
        self.view.show_whole()
        self.glide.run(start, end)

    def _put(self, title: str, places: Places) -> None:
        """Move the selected nodes as one step; they glide to where they go."""
        start = {id: self.session.here.graph.nodes[id].pos for id in places}
        if places != start and self.session.apply_here(Several(title.format(len(places)), (MoveNodes(places),))):
            self.glide.run(start, places)


def boxes_of(view: CanvasView, ids: Iterable[str]) -> dict[str, Box]:
    """Where the cards of these nodes stand in the document, with their sizes as they are shown."""
    nodes, shown = view.session.here.graph.nodes, view.graph_scene.nodes
    return {id: Box(*nodes[id].pos, shown[id].card.width(), shown[id].card.height()) for id in ids}
