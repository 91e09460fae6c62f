"""The canvas panel: the view with what lies over it, and the commands that actions call."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from netstudio.annotations import Note
from netstudio.graph.edits import Bypass, Group, Several, Ungroup
from netstudio.graph.fragment import incoming
from netstudio.graph.inside import Path as Inner
from netstudio.graph.nested import COMPOSITE
from netstudio.gui.canvas.adding import Adding
from netstudio.gui.canvas.arranging import Arranging
from netstudio.gui.canvas.breadcrumbs import Breadcrumbs
from netstudio.gui.canvas.clipboard import GraphClipboard
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.geometry import HEADER
from netstudio.gui.canvas.hint import HintLabel
from netstudio.gui.canvas.minimap import Minimap
from netstudio.gui.canvas.note_edit import NoteEdit
from netstudio.gui.canvas.pan_zoom import Place
from netstudio.gui.canvas.rename import RenameEdit
from netstudio.gui.canvas.search_popup import SearchPopup
from netstudio.gui.canvas.view import CanvasView
from netstudio.gui.document import Document
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme

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
        self.adding = Adding(self.view, self.search)
        self.arranging = Arranging(self.view)
        self._synced: tuple[object, ...] = (None, None, None)
        self._shown: tuple[Document, Inner] | None = None
        self._places: WeakKeyDictionary[Document, dict[Inner, Place]] = WeakKeyDictionary()  # what of it was seen
        self._connect()
        self._sync()

    def _connect(self) -> None:
        self.session.graph_changed.connect(self._sync)
        self.session.problems_changed.connect(self._sync)
        self.session.selection_changed.connect(self.view.graph_scene.choose)
        self.view.node_wanted.connect(self.adding.ask)
        self.view.hinted.connect(self.hint.show_hint)
        self.view.rename_wanted.connect(self._rename)
        self.search.closed.connect(lambda: self.view.show_loose_wire(None, None))

    def _sync(self) -> None:
        """Show what the session holds; it tells of the graph and of its problems one after the other."""
        state = (self.session.here.graph, self.session.here.analysis, self.session.run_problems)
        if all(new is old for new, old in zip(state, self._synced)):
            return
        self._synced = state
        self.arranging.glide.finish()
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

    # What the view asks for

    def _rename(self, node: str) -> None:
        """Edit the label of a node where it stands; of a note its text."""
        if self.session.here.graph.nodes[node].type == Note.name:
            self.note.begin(node, QRectF(self.node_rect(node)), self.view.zoom)
            return
        title = QRectF(self.node_rect(node))
        title.setHeight(HEADER * self.view.zoom)
        self.rename.begin(node, title)
