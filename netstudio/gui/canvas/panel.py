"""The canvas panel: the view with what lies over it, and the commands that actions call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from weakref import WeakKeyDictionary

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from netstudio.annotations import Frame, Note
from netstudio.graph import Graph, Node
from netstudio.graph.document import Position
from netstudio.graph.edits import AddNode, Bypass, MoveNodes, SetParams, Several
from netstudio.graph.fragment import incoming, part
from netstudio.graph.inside import Path as Inner
from netstudio.graph.layout import layout
from netstudio.graph.nested import COMPOSITE, Group, Ungroup
from netstudio.gui.canvas import placing
from netstudio.gui.canvas.align import Box, Places, align, distribute
from netstudio.gui.canvas.breadcrumbs import Breadcrumbs
from netstudio.gui.canvas.clipboard import GraphClipboard
from netstudio.gui.canvas.escort import around, escorted
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.geometry import HEADER, card_rect, port_offset
from netstudio.gui.canvas.glide import Glide
from netstudio.gui.canvas.hint import HintLabel
from netstudio.gui.canvas.minimap import Minimap
from netstudio.gui.canvas.note_edit import NoteEdit
from netstudio.gui.canvas.pan_zoom import Place
from netstudio.gui.canvas.rename import RenameEdit
from netstudio.gui.canvas.search import Choice, everything, fitting
from netstudio.gui.canvas.search_popup import SearchPopup
from netstudio.gui.canvas.view import CanvasView, NodeWanted
from netstudio.gui.document import Document
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme

Aside = Callable[[Graph, Position], Position]  # where a card goes instead of where others stand
_ZOOM_STEP = 1.25
_MARGIN = 12  # around what lies in the corners


class CanvasPanel(QWidget):
    """The graph of a session, to look at and to work on. Coordinates it gives are those of `viewport()`."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.canvas")
        self.session = session
        theme = current_theme()
        self.view = CanvasView(session, theme, self)
        self.setFocusProxy(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.minimap = Minimap(self.view, self)
        self.hint = HintLabel(theme, self)
        self.search = SearchPopup(theme, self)
        self.rename = RenameEdit(session, self)
        self.note = NoteEdit(session, self)
        self.breadcrumbs = Breadcrumbs(session, self)
        self.breadcrumbs.move(_MARGIN, _MARGIN)
        self._clipboard = GraphClipboard(self.view)
        self._glide = Glide(self.view.graph_scene, self)
        self._synced: tuple[object, ...] = (None, None, None)
        self._shown: tuple[Document, Inner] | None = None
        self._places: WeakKeyDictionary[Document, dict[Inner, Place]] = WeakKeyDictionary()  # what of it was seen
        self._connect()
        self._sync()

    def _connect(self) -> None:
        self.session.graph_changed.connect(self._sync)
        self.session.problems_changed.connect(self._sync)
        self.session.selection_changed.connect(self.view.graph_scene.choose)
        self.view.node_wanted.connect(self._ask_for_node)
        self.view.hinted.connect(self.hint.show_hint)
        self.view.rename_wanted.connect(self._rename)
        self.search.closed.connect(lambda: self.view.show_loose_wire(None, None))

    def _sync(self) -> None:
        """Show what the session holds; it tells of the graph and of its problems one after the other."""
        state = (self.session.here.graph, self.session.here.analysis, self.session.run_problems)
        if all(new is old for new, old in zip(state, self._synced)):
            return
        self._synced = state
        self._glide.finish()
        self.view.sync()
        if self._shown != (self.session.document, self.session.here.path):
            self._turn_to(self.session.document, self.session.here.path)
        self.minimap.refresh()

    def _turn_to(self, document: Document, path: Inner) -> None:
        """Another graph is shown: go back to where it was left, or see all of it."""
        self.rename.leave()
        self.note.leave()
        self.search.hide()
        before, self._shown = self._shown, (document, path)
        if before is None:
            return  # the panel is being made
        self._places.setdefault(before[0], {})[before[1]] = self.view.place
        seen = self._places.get(document, {})
        if path in seen:
            self.view.return_to(seen[path])
        else:
            self.fit_all()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.minimap.fit_into(self.size())
        corner = self.rect().bottomRight() - QPoint(_MARGIN, _MARGIN)
        self.minimap.move(corner - self.minimap.rect().bottomRight())

    def apply_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self.view.set_theme(theme)
        self.hint.set_theme(theme)
        self.search.set_theme(theme)
        self.minimap.refresh()

    # Where things are

    def viewport(self) -> QWidget:
        """The widget that takes the mouse."""
        return self.view.viewport()

    def node_rect(self, id: str) -> QRectF:
        """The card of a node, in the viewport's pixels; KeyError where there is no such node."""
        return self.view.viewportTransform().mapRect(self.view.graph_scene.nodes[id].scene_rect)

    def port_pos(self, id: str, port: str) -> QPointF:
        """The middle of a port, in the viewport's pixels; KeyError where there is no such node or port."""
        face = self.view.graph_scene.nodes[id].face
        for output in (False, True):
            if port in [p.name for p in face.ports(output)]:
                at = self.view.graph_scene.port_position(PortRef(id, port, output))
                return self.view.viewportTransform().map(at)
        raise KeyError(f"{id} has no port {port!r}")

    # What is seen

    def fit_all(self) -> None:
        self.view.show_whole()

    def fit_selection(self) -> None:
        """Show what is selected, or everything where nothing is."""
        self.view.show_all_of(self.view.graph_scene.bounds(self.session.selection or None))

    def zoom_in(self) -> None:
        self.view.zoom_at(_ZOOM_STEP, self._middle())

    def zoom_out(self) -> None:
        self.view.zoom_at(1 / _ZOOM_STEP, self._middle())

    def center_on(self, id: str) -> None:
        """Scroll so that a node is in the middle; nothing where there is no such node."""
        if id in self.view.graph_scene.nodes:
            self.view.look_at(self.view.graph_scene.nodes[id].scene_rect.center())

    def set_minimap_visible(self, visible: bool) -> None:
        self.minimap.want(visible)

    def set_progress(self, node_id: str | None, fraction: float) -> None:
        """Show how much of the run is done, 0 to 1, on a node; None takes the bar from every node.

        Inside a block there is nothing to show it on.
        """
        if self.session.here.path:
            return
        for id, item in self.view.graph_scene.nodes.items():
            if node_id is None or id == node_id:
                item.set_progress(None if node_id is None else fraction)

    def _middle(self) -> QPointF:
        return QRectF(self.viewport().rect()).center()

    # Commands

    def copy(self) -> None:
        self._clipboard.copy()

    def cut(self) -> None:
        """Copy the selected nodes and delete them, their wires with them."""
        if self._clipboard.copy():
            self.view.delete_selected(heal=False)

    def paste(self, with_incoming: bool = False) -> None:
        """Add what was copied; `with_incoming` wires it to what fed the originals."""
        self._clipboard.paste(with_incoming)

    def duplicate(self) -> None:
        self._clipboard.duplicate()

    def delete_selected(self, heal: bool = True) -> None:
        """Delete the selected nodes and wires; with `heal`, what fed a node feeds what it fed."""
        self.view.delete_selected(heal)

    def select_all(self) -> None:
        self.session.select(self.session.here.graph.nodes)

    def add_at_center(self, type_name: str) -> None:
        """Add a node in the middle of the view, aside from nodes that stand there."""
        self._add(type_name, self.view.to_scene(self._middle()))

    def add_block(self, block: Node) -> None:
        """Add a copy of a block in the middle of the view, aside from nodes that stand there."""
        middle = self.view.to_scene(self._middle())
        ports = self.session.catalogue.ports(block)
        corner = placing.free_spot(self.session.here.graph, placing.centred(middle.toTuple(), *map(len, ports)))
        self.view.apply_and_select(placing.add_block(self.session.here.graph, block, corner))

    def begin_rename(self) -> None:
        """Edit the label of the selected node; of several, the first."""
        if self.session.selection:
            self._rename(self.session.selection[0])

    def bypass_selected(self) -> None:
        """Have the selected nodes do nothing, or work again where they are all bypassed."""
        ids = self.session.selection
        if ids:
            done = all(self.session.here.graph.nodes[id].bypassed for id in ids)
            self.session.apply_here(Bypass(ids, not done))

    def group_selected(self) -> None:
        """Fold the selected nodes into one block."""
        ids, analysis = self.session.selection, self.session.here.analysis
        specs = {w.source: spec for w in incoming(analysis.graph, ids) if (spec := analysis.spec(w.source)) is not None}
        self.view.apply_and_select(Group(ids, specs=specs))

    def enter_selected(self) -> None:
        """Show the inside of the selected block."""
        blocks = [id for id in self.session.selection if self.session.here.graph.nodes[id].type == COMPOSITE]
        if len(blocks) == 1:
            self.session.enter(blocks[0])

    def ungroup_selected(self) -> None:
        """Put the nodes of the selected blocks back in their place."""
        graph, chosen = self.session.here.graph, self.session.selection
        blocks = [id for id in chosen if graph.nodes[id].type == COMPOSITE]
        if blocks:
            title = Ungroup(blocks[0]).title if len(blocks) == 1 else self.tr("ungroup {0} blocks").format(len(blocks))
            self.view.apply_and_select(Several(title, tuple(map(Ungroup, blocks))))

    def add_note(self) -> None:
        """Add a note in the middle of the view, and write on it."""
        self.add_at_center(Note.name)
        self._rename(self.session.selection[0])

    def add_frame(self) -> None:
        """Put a frame around the selected nodes, or an empty one in the middle of the view, and ask for its title."""
        chosen = self._boxes(self.session.selection)
        if chosen:
            box = around(chosen.values())
            size = {"size": [int(box.width), int(box.height)]}
            added = self.view.apply_and_select(AddNode(Frame.name, size, (box.x, box.y)))
        else:
            middle = self.view.to_scene(self._middle())
            width, height = Frame.size.default
            at = (float(round(middle.x() - width / 2)), float(round(middle.y() - height / 2)))
            added = self.view.apply_and_select(AddNode(Frame.name, pos=at))
        if added:
            self._rename(self.session.selection[0])

    def align_selected(self, edge: str) -> None:
        """Give the selected nodes a common edge: "left", "right", "top", "bottom", "middle" or "row"."""
        self._put(
            self.tr("align {0} nodes"),
            align(self._boxes(self.session.selection), edge) if self.session.selection else {},
        )

    def distribute_selected(self, across: bool) -> None:
        """Make the gaps between the selected nodes even, from left to right or from top to bottom."""
        self._put(self.tr("distribute {0} nodes"), distribute(self._boxes(self.session.selection), across))

    def _boxes(self, ids: Iterable[str]) -> dict[str, Box]:
        nodes = self.view.graph_scene.nodes
        cards = {id: nodes[id].card for id in ids}
        return {id: Box(*self.session.here.graph.nodes[id].pos, c.width(), c.height()) for id, c in cards.items()}

    def _put(self, title: str, places: Places) -> None:
        """Move the selected nodes as one step; they glide to where they go."""
        start = {id: self.session.here.graph.nodes[id].pos for id in places}
        if places != start and self.session.apply_here(Several(title.format(len(places)), (MoveNodes(places),))):
            self._glide.run(start, places)

    def layout_graph(self) -> None:
        """Lay the graph out, as one undoable step; the nodes glide to their new places."""
        graph, nodes = self.session.here.graph, self.view.graph_scene.nodes
        silent = {id: nodes[id].is_frame for id, n in graph.nodes.items() if self.session.catalogue.is_annotation(n)}
        boxes = self._boxes(graph.nodes)
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
        self.fit_all()
        self._glide.run(start, end)

    # What the view asks for

    def _rename(self, node: str) -> None:
        """Edit the label of a node where it stands; of a note its text."""
        if self.session.here.graph.nodes[node].type == Note.name:
            self.note.begin(node, QRectF(self.node_rect(node)), self.view.zoom)
            return
        title = QRectF(self.node_rect(node))
        title.setHeight(HEADER * self.view.zoom)
        self.rename.begin(node, title)

    def _ask_for_node(self, wanted: NodeWanted) -> None:
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
            self._add(type.name, wanted.at, placing.clear_spot if wanted.anything else placing.free_spot)
        for id in self.session.selection if wanted.anything else ():
            self.view.reveal(self.view.graph_scene.nodes[id].scene_rect)

    def _add(self, type_name: str, at: QPointF, aside: Aside = placing.free_spot) -> None:
        ports = (0, 0)
        if type_name in self.session.catalogue:
            declared = self.session.catalogue[type_name]
            ports = len(declared.inputs), len(declared.outputs)
        corner = aside(self.session.here.graph, placing.centred(at.toTuple(), *ports))
        self.view.apply_and_select(AddNode(type_name, pos=corner))

    def _corner_by_port(self, choice: Choice, at: QPointF, input: bool) -> Position:
        """Where a card stands whose port of choice is at `at`."""
        ports = [p.name for p in (choice.type.inputs if input else choice.type.outputs)]
        rect = card_rect(len(choice.type.inputs), len(choice.type.outputs))
        offset = port_offset(ports.index(choice.port or ""), len(ports), rect, not input)
        return float(round(at.x() - offset.x())), float(round(at.y() - offset.y()))
