"""The menu of the files that were opened last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget


class RecentMenu(QMenu):
    """Filled when it is about to be seen; `open` gets the file that is chosen."""

    def __init__(self, recent: Callable[[], list[Path]], open: Callable[[Path], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("menu.recent")
        self.setTitle(self.tr("Open Recent"))
        self._recent, self._open = recent, open
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for path in self._recent():
            action = self.addAction(path.name.replace("&", "&&"), partial(self._open, path))
            action.setStatusTip(str(path))
        if self.isEmpty():
            self.addAction(self.tr("Nothing yet")).setEnabled(False)
