"""The run settings in the inspector: how the graph is trained, and on what."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from netstudio.data.settings import DataSettings
from netstudio.graph.edits import SetData, SetName, SetTraining
from netstudio.gui.forms.bindings import BindingsEditor
from netstudio.gui.forms.form import Form
from netstudio.gui.forms.source import SourceEditor
from netstudio.gui.look import heading, muted, show_text
from netstudio.gui.panels.page import Page
from netstudio.gui.session import Session
from netstudio.training.settings import TrainingSettings


class RunPage(Page):
    """The page for when nothing is selected; `refresh()` after every edit."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.name = QLineEdit()
        self.name.setObjectName("graph.name")
        self.name.setToolTip(self.tr("The graph's name"))
        self.name.textEdited.connect(lambda text: session.apply(SetName(text), self.merge_key("name")))
        self.training = Form(TrainingSettings.declared)
        self.training.changed.connect(self._set_training)
        self.training.reset.connect(lambda name: session.apply(SetTraining({name: None})))
        self.source = SourceEditor(DataSettings.source)
        plain = {name: p for name, p in DataSettings.declared.items() if p.kind not in ("block", "blocks")}
        self.data = Form(plain, editors={"source": self.source})
        self.data.changed.connect(self._set_data)
        self.data.reset.connect(lambda name: session.apply(SetData({name: None})))
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 16)
        column.setSpacing(8)
        column.addWidget(self.name)
        column.addWidget(heading(self.tr("Training")))
        column.addWidget(self.training)
        column.addSpacing(8)
        column.addWidget(heading(self.tr("Data")))
        column.addWidget(self.data)
        column.addWidget(muted(self.tr("Select a node to see its parameters.")))
        column.addStretch(1)

    def refresh(self) -> None:
        """Show the settings as they are now."""
        graph = self.session.graph
        show_text(self.name, graph.name)
        fed = {n.id: n.title for n in graph.nodes.values() if n.type in ("Input", "Target")}
        for row in self.data.rows.values():
            if isinstance(row.editor, BindingsEditor):
                row.editor.set_nodes(fed)
        self.source.folder = self.session.folder
        self.training.show_values(graph.training)
        self.data.show_values(graph.data)

    def _set_training(self, name: str, value: Any, typing: bool) -> None:
        self.session.apply(SetTraining({name: value}), self.merge_key(f"training {name}", typing))

    def _set_data(self, name: str, value: Any, typing: bool) -> None:
        self.session.apply(SetData({name: value}), self.merge_key(f"data {name}", typing))
