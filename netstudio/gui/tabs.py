"""The tabs: one for each open document. They can be dragged into another order."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QWidget

from netstudio.gui.document import Document
from netstudio.gui.figures import shortened
from netstudio.gui.look import set_property
from netstudio.gui.session import Session


class DocumentTabs(QTabBar):
    """Follows the session; there while it has something to tell: two documents, or one that is not shown.

    `close` is called with the document whose tab is to go.
    """

    def __init__(self, session: Session, close: Callable[[Document], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tabs")
        self.setAccessibleName(self.tr("Open graphs"))
        self.session, self._close = session, close
        self._quiet = False  # while the tabs are brought in step, what they report is no wish of the user's
        self.setMovable(True)
        self.setTabsClosable(True)
        self.setDocumentMode(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        session.documents_changed.connect(self._sync)
        session.document_changed.connect(self._name)
        session.graph_changed.connect(self._name)
        self.currentChanged.connect(self._on_current)
        self.tabBarClicked.connect(self._on_current)
        self.tabMoved.connect(self._on_moved)
        self.tabCloseRequested.connect(lambda at: self._close(self.tabData(at)))
        self._sync()

    def step(self, by: int) -> None:
        """Show the next document, or the one before; after the last comes the first."""
        documents = self.session.documents
        if documents:
            at = documents.index(self.session.document) + by if self.session.is_open else 0
            self.session.show(documents[at % len(documents)])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and at >= 0:
            self._close(self.tabData(at))
        else:
            super().mouseReleaseEvent(event)

    def _sync(self) -> None:
        documents, shown = self.session.documents, self.session.is_open
        self._quiet = True
        if [self.tabData(i) for i in range(self.count())] != list(documents):
            while self.count():
                self.removeTab(0)
            for document in documents:
                self.setTabData(self.addTab(""), document)
        self._name()
        if shown:
            self.setCurrentIndex(documents.index(self.session.document))
        set_property(self, "role", "" if shown else "away")  # one tab is always the current one, shown or not
        self.setVisible(len(documents) > shown)
        self._quiet = False

    def _name(self, _graph: object = None) -> None:
        for at in range(self.count()):
            document: Document = self.tabData(at)
            title = shortened(document.title)
            text = f"{title.replace('&', '&&')}{' •' if document.modified else ''}"
            if self.tabText(at) != text:
                self.setTabText(at, text)
                self.setTabToolTip(at, str(document.path or document.graph.name))

    def _on_current(self, at: int) -> None:
        if not self._quiet and at >= 0:
            self.session.show(self.tabData(at))

    def _on_moved(self, _from: int, _to: int) -> None:
        if not self._quiet:
            self.session.reorder([self.tabData(i) for i in range(self.count())])
