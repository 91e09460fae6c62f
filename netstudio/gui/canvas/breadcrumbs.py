"""Where the canvas is: the document and the blocks that lead to what is shown. A click goes back there."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from netstudio.graph.inside import blocks_on
from netstudio.gui.look import emptied
from netstudio.gui.session import Session

LONGEST = 28  # characters of a title; the tooltip has the rest


class Breadcrumbs(QFrame):
    """Follows the session; there while the canvas shows the inside of a block."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.breadcrumbs")
        self.setProperty("role", "crumbs")
        self.session = session
        self._shown: tuple[str, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 3, 6, 3)
        self._row.setSpacing(2)
        session.graph_changed.connect(self.refresh)
        session.document_changed.connect(self.refresh)
        self.refresh()

    def titles(self) -> list[str]:
        """The document's title and those of the blocks on the way, as they are shown."""
        return list(self._shown)

    def refresh(self, _graph: object = None) -> None:
        """Show where the session is."""
        titles = tuple(self._wanted())
        if titles != self._shown:
            self._shown = titles
            self._fill()
        self.setVisible(len(titles) > 1)

    def _wanted(self) -> list[str]:
        blocks = blocks_on(self.session.graph, self.session.here.path)
        return [self.session.document.title, *(node.title for node in blocks)]

    def _fill(self) -> None:
        emptied(self._row)
        for depth, title in enumerate(self._shown):
            if depth:
                self._add(_arrow())
            self._add(self._crumb(depth, title))
        self.adjustSize()

    def _add(self, part: QWidget) -> None:
        self._row.addWidget(part)
        part.show()  # now: what is hidden has no size

    def _crumb(self, depth: int, title: str) -> QWidget:
        last = depth == len(self._shown) - 1
        button = QToolButton()
        button.setObjectName(f"breadcrumb.{depth}")
        button.setText((title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…").replace("&", "&&"))
        button.setToolTip(title if last else self.tr("Back to {} (Esc goes up one step)").format(title))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setEnabled(not last)
        path = self.session.here.path
        button.clicked.connect(partial(self._go, path[:depth], path[depth : depth + 1]))
        return button

    def _go(self, path: tuple[str, ...], select: tuple[str, ...], _checked: bool = False) -> None:
        self.session.go_to(path, select)


def _arrow() -> QLabel:
    label = QLabel("▸")
    label.setProperty("role", "muted")
    return label
