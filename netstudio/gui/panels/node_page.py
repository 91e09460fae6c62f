"""One node in the inspector: its name, its parameters, what is known of it, its documentation."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from netstudio.annotations import Note
from netstudio.graph import Node, NodeType
from netstudio.graph.edits import SetFrozen, SetLabel, SetParams, SetRateFactor
from netstudio.graph.exposed import KEYS
from netstudio.graph.facts import NodeFacts
from netstudio.graph.nested import COMPOSITE
from netstudio.graph.node_type import RATE_FACTOR
from netstudio.graph.params import Param
from netstudio.gui.figures import memory, number
from netstudio.gui.forms.form import Form
from netstudio.gui.icons import picture
from netstudio.gui.look import heading, muted, set_property, show_text
from netstudio.gui.panels.block_form import BlockForm
from netstudio.gui.panels.page import Page
from netstudio.gui.session import Session
from netstudio.gui.theme import current_theme

LONG_WORD = 20  # letters: a longer one may not fit the narrowest inspector
Count = Callable[[NodeFacts], int]  # the multiply-adds of a node for one sample


class NodePage(Page):
    """The page of the node `id`; `refresh()` after every edit. Multiply-adds are shown once there is a `count`."""

    def __init__(self, session: Session, id: str, count: Count | None = None) -> None:
        super().__init__()
        self.session, self.id, self.count = session, id, count
        node = session.here.graph.nodes[id]
        kind = session.catalogue.members.get(node.type)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 16)
        column.setSpacing(8)
        column.addLayout(_header(node.type, kind))
        column.addLayout(self._identity())
        self.form: Form | None = Form(editable(kind)) if kind else None
        if self.form is not None:
            self.form.changed.connect(self._on_changed)
            self.form.reset.connect(lambda name: session.apply_here(SetParams(id, reset=(name,))))
            column.addWidget(self.form)
        self.block: BlockForm | None = BlockForm(session.catalogue) if node.type == COMPOSITE else None
        if self.block is not None:
            self.block.edited.connect(
                lambda edit, name, typing: session.apply_here(edit, self.merge_key(f"{id}.{name}", typing))
            )
            column.addWidget(self.block)
        self.factor = Form({RATE_FACTOR.name: RATE_FACTOR}, "node.")
        self.factor.changed.connect(self._on_factor)
        self.factor.reset.connect(lambda _name: session.apply_here(SetRateFactor(id, 1.0)))
        column.addWidget(self.factor)
        self.problems = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.problems.setProperty("role", "error")
        column.addWidget(self.problems)
        self.facts = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.facts)
        if kind is not None:
            column.addWidget(heading(self.tr("About it")))
            column.addWidget(muted(_flowing(kind.doc())))
        column.addStretch(1)

    def refresh(self) -> None:
        """Show the node as it is now."""
        node = self.session.here.graph.nodes[self.id]
        show_text(self.label, node.label or "")
        self.frozen.setChecked(node.frozen)
        if self.form is not None:
            self.form.show_values(node.params)
        if self.block is not None:
            self.block.show_block(node)
        facts = self.session.here.analysis.nodes[self.id]
        self._show_factor(node, facts)
        problems = self.session.here.analysis.problems_at(self.id)
        self.problems.setText("\n".join(p.message for p in problems))
        self.problems.setVisible(bool(problems))
        set_property(self.problems, "role", "error" if any(p.severity == "error" for p in problems) else "warning")
        self.facts.setText(_facts_html(facts, self.count))
        for part in (self.facts, self.frozen):
            part.setVisible(not facts.is_annotation)

    def _identity(self) -> QHBoxLayout:
        self.label = QLineEdit(placeholderText=self.id)
        self.label.setObjectName("node.label")
        self.label.setToolTip(self.tr("The name shown on the card; the id {} stays.").format(self.id))
        self.label.textEdited.connect(
            lambda text: self.session.apply_here(SetLabel(self.id, text), self.merge_key(f"{self.id} label"))
        )
        self.frozen = QCheckBox(self.tr("frozen"))
        self.frozen.setObjectName("node.frozen")
        self.frozen.setToolTip(self.tr("Keep its weights as they are while training"))
        self.frozen.clicked.connect(lambda on: self.session.apply_here(SetFrozen(self.id, on)))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.frozen)
        return row

    def _show_factor(self, node: Node, facts: NodeFacts) -> None:
        """Where there is something to learn, or the factor has been set."""
        factor = node.learning_rate_factor
        self.factor.setVisible(factor != 1.0 or any(w.trainable for w in facts.weights.values()))
        self.factor.show_values({RATE_FACTOR.name: factor} if factor != 1.0 else {})

    def _on_factor(self, _name: str, value: Any, typing: bool) -> None:
        self.session.apply_here(SetRateFactor(self.id, value), self.merge_key(f"{self.id} {RATE_FACTOR.name}", typing))

    def _on_changed(self, name: str, value: Any, typing: bool) -> None:
        self.session.apply_here(SetParams(self.id, {name: value}), self.merge_key(f"{self.id}.{name}", typing))


def editable(kind: type[NodeType]) -> dict[str, Param[Any]]:
    """What a form can edit: blocks and notes are edited on the canvas, what a block exposes by a menu."""
    elsewhere = {COMPOSITE: KEYS, Note.name: ("text",)}.get(kind.name, ())
    return {name: param for name, param in kind.declared.items() if name not in elsewhere}


def _header(type_name: str, kind: type[NodeType] | None) -> QHBoxLayout:
    theme = current_theme()
    sign = QLabel()
    if kind is not None:
        ink = theme.category_ink(kind.category).name()
        sign.setPixmap(picture(kind.icon, ink, 24, sign.devicePixelRatioF()))
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(sign)
    row.addWidget(heading(type_name), 1)
    if kind is not None:
        row.addWidget(muted(kind.category))
    return row


def _facts_html(facts: NodeFacts, count: Count | None) -> str:
    outputs = " , ".join(s.label for s in facts.outputs) if facts.outputs else "?"
    rows = [(_tr("output"), outputs)]
    if facts.inputs:
        rows.insert(0, (_tr("input"), " , ".join(s.label if s else "?" for s in facts.inputs)))
    for name, weight in facts.weights.items():
        shape = "×".join(map(str, weight.shape)) or _tr("scalar")
        kept = "" if weight.trainable else _tr(" (not trained)")
        rows.append((name, f"{shape} · {number(weight.size)}{kept}"))
    if facts.weights:
        rows.append((_tr("weights"), f"{number(facts.parameters)} · {memory(4 * facts.parameters)}"))
    if count is not None and (multiply_adds := count(facts)):
        rows.append((_tr("multiply-adds"), _tr("{} a sample").format(number(multiply_adds))))
    colour = current_theme().hex("muted")
    cells = "".join(
        f'<tr><td style="color:{colour}; padding-right:12px">{escape(k)}</td><td>{escape(v)}</td></tr>' for k, v in rows
    )
    return f"<table>{cells}</table>"


def _tr(text: str) -> str:
    return QCoreApplication.translate("NodePage", text)


def _flowing(text: str) -> str:
    """Paragraphs without the line ends of the source they come from; a long word may break at signs and capitals."""
    words = (map(_breakable, paragraph.split()) for paragraph in text.split("\n\n"))
    return "\n\n".join(" ".join(paragraph) for paragraph in words)


def _breakable(word: str) -> str:
    return re.sub(r"(?<=[])|,.·*/+−=_-])(?=.)|(?<=[a-z])(?=[A-Z])", "\u200b", word) if len(word) > LONG_WORD else word
