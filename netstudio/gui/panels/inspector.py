"""The inspector: the selected node, what several selected nodes share, or the run settings."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from netstudio.gui.panels.node_page import Count, NodePage
from netstudio.gui.panels.run_page import RunPage
from netstudio.gui.panels.shared_page import SharedPage
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme


class InspectorPanel(QScrollArea):
    """Shows one page at a time and makes another when what is selected asks for it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.inspector")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(296)
        self.session = session
        self._count: Count | None = None
        self._subject: Any = None
        session.selection_changed.connect(self._update)
        session.graph_changed.connect(self._update)
        self._update()

    @property
    def page(self) -> NodePage | SharedPage | RunPage:
        page = self.widget()
        assert isinstance(page, (NodePage, SharedPage, RunPage))
        return page

    def apply_theme(self, theme: Theme) -> None:
        """Make the page anew: its icons take the theme's colours."""
        self._subject = None
        self._update()

    def count_with(self, count: Count) -> None:
        """Show what nodes compute, from now on: `count` tells a node's multiply-adds for one sample."""
        self._count = count
        self._subject = None
        self._update()

    def scroll_to_documentation(self) -> None:
        """Show what stands below the parameters."""
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _update(self, _changed: object = None) -> None:
        nodes = [self.session.here.graph.nodes[id] for id in self.session.selection]
        subject = (self.session.here.path, tuple((n.id, n.type) for n in nodes))
        if subject != self._subject:
            self._subject = subject
            self.setWidget(self._make_page())
        self.page.refresh()

    def _make_page(self) -> QWidget:
        ids = self.session.selection
        if not ids:
            return RunPage(self.session)
        return NodePage(self.session, ids[0], self._count) if len(ids) == 1 else SharedPage(self.session, ids)
