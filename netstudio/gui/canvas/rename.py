"""Renaming a node where it stands: a line of text over its title."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QLineEdit, QWidget

from netstudio.graph.edits import SetLabel
from netstudio.gui.canvas.over_card import OverCard
from netstudio.gui.session import Session

_SMALLEST = (120, 24)  # pixels; narrower there is nothing to read
LONGEST = 200  # characters of a label


class RenameEdit(QLineEdit):
    """Enter or a click elsewhere keeps the new label, Esc the old one. An empty label shows the id again."""

    def __init__(self, session: Session, panel: QWidget) -> None:
        super().__init__(panel)
        self.setObjectName("canvas.rename")
        self.setAccessibleName(self.tr("Label of the node"))
        self.setMaxLength(LONGEST)
        self.session = session
        self._over = OverCard(self, panel, self._keep)
        self.returnPressed.connect(self._over.finish)

    def begin(self, node: str, title: QRectF) -> None:
        """Edit the label of `node` over `title`, a rectangle of the panel."""
        self.setText(self.session.here.graph.nodes[node].label or "")
        self.setPlaceholderText(node)
        self._over.begin(node, title, _SMALLEST)

    def leave(self) -> None:
        """Keep the old label."""
        self._over.leave()

    def _keep(self, node: str) -> None:
        text, found = self.text().strip(), self.session.here.graph.nodes.get(node)
        if found is not None and found.label != (text or None):
            self.session.apply_here(SetLabel(node, text))
