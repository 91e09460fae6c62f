"""Several nodes in the inspector: the parameters that they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from netstudio.graph import Node
from netstudio.graph.edits import SetParams, Several
from netstudio.graph.params import Param
from netstudio.gui.figures import number
from netstudio.gui.forms.form import Form
from netstudio.gui.look import heading, muted
from netstudio.gui.panels.node_page import editable
from netstudio.gui.panels.page import Page
from netstudio.gui.session import Session


class SharedPage(Page):
    """The page of the nodes `ids`; it shows the first one's values and sets them all."""

    def __init__(self, session: Session, ids: tuple[str, ...]) -> None:
        super().__init__()
        self.session, self.ids = session, ids
        self.form = Form(self._shared())
        self.form.changed.connect(self._on_changed)
        self.form.reset.connect(self._on_reset)
        self.summary = muted()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 16)
        column.setSpacing(8)
        column.addWidget(heading(self.tr("{} nodes").format(len(ids))))
        column.addWidget(self.summary)
        column.addWidget(self.form)
        column.addStretch(1)

    @property
    def nodes(self) -> list[Node]:
        return [self.session.here.graph.nodes[id] for id in self.ids]

    def refresh(self) -> None:
        """Show the nodes as they are now."""
        weights = sum(self.session.here.analysis.nodes[id].parameters for id in self.ids)
        names = ", ".join(n.title for n in self.nodes[:8]) + (", …" if len(self.ids) > 8 else "")
        shared = "" if self.form.rows else self.tr("\nThey share no parameter.")
        self.summary.setText(f"{names}\n{self.tr('{} weights').format(number(weights))}{shared}")
        self.form.show_values(self.nodes[0].params)

    def _shared(self) -> Mapping[str, Param[Any]]:
        """The parameters that every node has, with the same declaration."""
        catalogue = self.session.catalogue
        kinds = [editable(catalogue[n.type]) if n.type in catalogue else {} for n in self.nodes]
        return {name: p for name, p in kinds[0].items() if all(_alike(k.get(name), p) for k in kinds)}

    def _on_changed(self, name: str, value: Any, typing: bool) -> None:
        edits = tuple(SetParams(id, {name: value}) for id in self.ids)
        title = self.tr("set {} of {} nodes").format(name, len(self.ids))
        self.session.apply_here(Several(title, edits), self.merge_key(f"{self.ids} {name}", typing))

    def _on_reset(self, name: str) -> None:
        edits = tuple(SetParams(id, reset=(name,)) for id in self.ids)
        self.session.apply_here(Several(self.tr("reset {} of {} nodes").format(name, len(self.ids)), edits))


def _alike(one: Param[Any] | None, other: Param[Any]) -> bool:
    return one is not None and type(one) is type(other) and one.expected == other.expected
