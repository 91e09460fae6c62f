"""Nodes that are added: in the middle of the view, where the mouse asked for one, blocks, notes and frames."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF

from netstudio.annotations import Frame, Note
from netstudio.graph import Graph, Node
from netstudio.graph.document import Position
from netstudio.graph.edits import AddNode
from netstudio.gui.canvas import placing
from netstudio.gui.canvas.arranging import boxes_of
from netstudio.gui.canvas.escort import around
from netstudio.gui.canvas.geometry import card_rect, port_offset
from netstudio.gui.canvas.search import Choice, everything, fitting
from netstudio.gui.canvas.search_popup import SearchPopup
from netstudio.gui.canvas.view import CanvasView, NodeWanted

Aside = Callable[[Graph, Position], Position]  # where a card goes instead of where others stand


class Adding(QObject):
    """Adds nodes to what a view shows and selects them; `search` asks which."""

    def __init__(self, view: CanvasView, search: SearchPopup) -> None:
        super().__init__(view)
        self.view, self.session, self.search = view, view.session, search

    def add_at_center(self, type_name: str) -> bool:
        """Add a node in the middle of the view, aside from nodes that stand there; False where it is refused."""
        return self._put(type_name, self.view.seen().center())

    def add_block(self, block: Node) -> None:
        """Add a copy of a block in the middle of the view, aside from nodes that stand there."""
        ports = self.session.catalogue.ports(block)
        corner = placing.centred(self.view.seen().center().toTuple(), *map(len, ports))
        corner = placing.free_spot(self.session.here.graph, corner)
        self.view.apply_and_select(placing.add_block(self.session.here.graph, block, corner))

    def add_note(self) -> None:
        """Add a note in the middle of the view, and write on it."""
        if self.add_at_center(Note.name):
            self.view.rename_wanted.emit(self.session.selection[0])

    def add_frame(self) -> None:
        """Put a frame around the selected nodes, or an empty one in the middle of the view, and ask for its title."""
        chosen = boxes_of(self.view, self.session.selection)
        if chosen:
            box = around(chosen.values())
            edit = AddNode(Frame.name, {"size": [int(box.width), int(box.height)]}, (box.x, box.y))
        else:
            middle = self.view.seen().center()
            width, height = Frame.size.default
            corner = float(round(middle.x() - width / 2)), float(round(middle.y() - height / 2))
            edit = AddNode(Frame.name, pos=corner)
        if self.view.apply_and_select(edit):
            self.view.rename_wanted.emit(self.session.selection[0])

    def ask(self, wanted: NodeWanted) -> None:
        """Ask which node is to go where one is wanted, and add it."""
        session, loose, wire = self.session, wanted.loose, wanted.wire
        title, choices = self.tr("Add a node"), everything(session.catalogue)
        if loose is not None:
            title = (
                self.tr("Connect {0} to").format(loose.end) if loose.output else self.tr("Feed {0}").format(loose.end)
            )
            spec = session.here.analysis.spec(loose.end) if loose.output else None
            fit = fitting(session.catalogue, session.here.graph, loose, spec)
            choices = [*fit, *(c for c in choices if c.type not in [f.type for f in fit])] if wanted.anything else fit
        elif wire is not None:
            title = self.tr("Insert into {0}").format(wire)
            choices = [c for c in choices if placing.can_insert(session.catalogue, c.type.name)]
        at = self.view.viewportTransform().map(wanted.at).toPoint()
        self.search.ask(title, at, choices, lambda choice: self._take(choice, wanted))

    def _take(self, choice: Choice, wanted: NodeWanted) -> None:
        """Add the node that was chosen in the search; what it should join may be gone by now."""
        graph, type, loose, wire = self.session.here.graph, choice.type, wanted.loose, wanted.wire
        if loose is not None and choice.port is not None and loose.node in graph.nodes:
            corner = self._corner_by_port(choice, wanted.at, loose.output)
            corner = placing.clear_spot(graph, corner) if wanted.anything else corner
            self.view.apply_and_select(placing.add_wired(graph, type.name, corner, choice.port, loose))
        elif wire is not None and wire in graph.wires:
            corner = placing.centred(wanted.at.toTuple(), len(type.inputs), len(type.outputs))
            self.view.apply_and_select(placing.insert(graph, wire, type.name, corner))
        else:
            self._put(type.name, wanted.at, placing.clear_spot if wanted.anything else placing.free_spot)
        for id in self.session.selection if wanted.anything else ():
            self.view.reveal(self.view.graph_scene.nodes[id].scene_rect)

    def _put(self, type_name: str, at: QPointF, aside: Aside = placing.free_spot) -> bool:
        ports = (0, 0)
        if type_name in self.session.catalogue:
            declared = self.session.catalogue[type_name]
            ports = len(declared.inputs), len(declared.outputs)
        corner = aside(self.session.here.graph, placing.centred(at.toTuple(), *ports))
        return self.view.apply_and_select(AddNode(type_name, pos=corner))

    def _corner_by_port(self, choice: Choice, at: QPointF, input: bool) -> Position:
        """Where a card stands whose port of choice is at `at`."""
        ports = [p.name for p in (choice.type.inputs if input else choice.type.outputs)]
        rect = card_rect(len(choice.type.inputs), len(choice.type.outputs))
        offset = port_offset(ports.index(choice.port or ""), len(ports), rect, not input)
        return float(round(at.x() - offset.x())), float(round(at.y() - offset.y()))
