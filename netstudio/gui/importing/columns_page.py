"""The second step: what each column of a table is for, what it holds, and what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QLabel, QVBoxLayout, QWidget

from netstudio.gui.importing.choices import ChoicesView
from netstudio.gui.importing.columns_model import FILL, HEADS, ColumnsModel, unread
from netstudio.gui.importing.draft import Draft
from netstudio.gui.look import muted

WIDTHS = {"column": 132, "role": 84, "type": 96, "missing": 96, "fill": 64, "encode": 92, "scale": 112, "empty": 58}
WIDTHS |= {"different": 76, "range": 136}
MOST_TOLD = 3  # columns that can't be read, below the table


class ColumnsPage(QWidget):
    """Follows the draft."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.model = ColumnsModel(draft)
        self.view = ChoicesView(self.model)
        self.view.setObjectName("import.columns")
        self.note = muted(
            self.tr(
                "A click on a cell offers what can be chosen; with several lines selected it holds for all of them. "
                "Means, scales and categories are learnt from the training rows alone."
            )
        )
        self.wrong = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.wrong.setObjectName("import.wrong")
        self.wrong.setProperty("role", "warning")
        self.wrong.hide()
        self._lay_out()
        draft.read.connect(self._on_read)
        draft.changed.connect(self._show_fill)

    @property
    def useful(self) -> bool:
        """Whether the source has columns to speak of."""
        return bool(self.model.facts)

    def _on_read(self) -> None:
        if self.draft.found is not None:
            self.model.show_facts(self.draft.found.description.columns)
            problems = [facts.problem or "" for facts in self.model.facts if unread(facts)]
            more = [self.tr("… and {} columns more").format(len(problems) - MOST_TOLD)] * (len(problems) > MOST_TOLD)
            self.wrong.setText("\n".join([*problems[:MOST_TOLD], *more]))
            self.wrong.setVisible(bool(problems))
        self._show_fill()

    def _show_fill(self) -> None:
        """What fills empty cells has a place where something does."""
        self.view.setColumnHidden(HEADS.index(FILL), not self.model.fills)

    def _lay_out(self) -> None:
        view, head = self.view, self.view.horizontalHeader()
        view.setAccessibleName(self.tr("The columns"))
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(30)
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for place, name in enumerate(HEADS[:-1]):
            head.resizeSection(place, WIDTHS[name])
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.note)
        column.addWidget(view, 1)
        column.addWidget(self.wrong)
