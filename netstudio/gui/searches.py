"""The searches of the window: for an action, for a node type to add, for a node of the graph."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from netstudio.graph import Node
from netstudio.graph.inside import Path, blocks_on, walk
from netstudio.gui.finder import Entry, Finder
from netstudio.gui.icons import icon

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

    from netstudio.gui.window import MainWindow


def search_actions(window: MainWindow) -> None:
    """Find an action by its name, and do it."""
    entries = [
        Entry(a.text().rstrip(" …"), a.shortcut().toString(), a.icon(), a.trigger, a.objectName())
        for a in window.actions_by_id.values()
        if a.isEnabled() and a.objectName() != "view.commandPalette"
    ]
    Finder(entries, _tr("Search actions"), window).open()


def search_types(window: MainWindow) -> None:
    """Find a node type, and add it in the middle of the canvas."""
    entries = [
        Entry(
            kind.name,
            "",
            _icon_of(window, kind.name),
            partial(window.add_node, kind.name),
            " ".join([kind.category, *kind.search_words(), kind.summary_line()]),
        )
        for kind in window.session.catalogue
        if kind.is_offered()
    ]
    Finder(entries, _tr("Search layers"), window).open()


def search_nodes(window: MainWindow) -> None:
    """Find a node of the graph, those inside blocks too, by label, id or type; select it and go there."""

    def go_to(path: Path, node: Node) -> None:
        window.session.go_to(path, (node.id,))
        window.canvas.center_on(node.id)
        window.canvas.setFocus()

    graph = window.session.graph
    entries = [
        Entry(
            " ▸ ".join([*(block.title for block in blocks_on(graph, path)), node.title]),
            node.type,
            _icon_of(window, node.type),
            partial(go_to, path, node),
            f"{node.id} {node.type}",
        )
        for path, node in walk(graph)
    ]
    Finder(entries, _tr("Find in this graph"), window).open()


def _icon_of(window: MainWindow, type_name: str) -> QIcon:
    kind = window.session.catalogue.members.get(type_name)
    ink = window.theme.category_ink(kind.category) if kind else window.theme.muted
    return icon(kind.icon if kind else "", ink.name())


def _tr(text: str) -> str:
    return QCoreApplication.translate("Finder", text)
