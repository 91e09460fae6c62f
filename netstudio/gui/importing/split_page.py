"""The third step: which samples train, validate and test, with the balance of the classes in each."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from netstudio.data.settings import DataSettings
from netstudio.data.settings.split import COLUMN, FOLDER, GROUP, STRATIFIED, TIME, SplitSettings
from netstudio.gui.background import Background
from netstudio.gui.data import statistics
from netstudio.gui.figures import number
from netstudio.gui.forms.editors import ChoiceEditor
from netstudio.gui.forms.form import Form
from netstudio.gui.importing.draft import Draft
from netstudio.gui.importing.found import Found
from netstudio.gui.look import heading, muted
from netstudio.gui.theme import current_theme

SETTINGS = ("validation_split", "test_split", "class_weight")
BY_COLUMN = (STRATIFIED, GROUP, TIME, COLUMN)  # the ways that take a column
BY_NAME = (COLUMN, FOLDER)  # and those by names of the parts
WIDTH = 320


class SplitPage(QWidget):
    """Follows the draft."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.form = Form({name: DataSettings.declared[name] for name in SETTINGS}, "import.")
        self.form.changed.connect(lambda name, value, _typing: draft.set(name, value))
        self.form.reset.connect(lambda name: draft.set(name, None))
        self.column = ChoiceEditor((), optional=True)
        self.split = Form(SplitSettings.declared, "import.split.", {"column": self.column})
        self.split.rows["by"].editor.setItemText(0, self.tr("automatic"))
        self.split.changed.connect(lambda name, value, _typing: self._set(name, value))
        self.split.reset.connect(lambda name: self._set(name, None))
        self.told = muted()
        self.told.setObjectName("import.parts")
        self.counter = Background(self)
        self.counter.done.connect(lambda found: self.plot.show_spread(*found))
        self._lay_out()
        draft.changed.connect(self.refresh)
        draft.read.connect(self._on_read)
        self.refresh()

    def refresh(self) -> None:
        """Show the draft's settings, as far as they matter for the way that is chosen."""
        split = self.draft.block.get("split", {})
        by = split.get("by")
        self.split.rows["column"].setVisible(by in BY_COLUMN)
        for name in ("validation", "test"):
            self.split.rows[name].setVisible(by in BY_NAME)
        for name in ("validation_split", "test_split"):
            self.form.rows[name].setVisible(by not in BY_NAME)
        self.form.show_values(self.draft.block)
        self.split.show_values(split)

    def _set(self, name: str, value: Any) -> None:
        split = {k: v for k, v in self.draft.block.get("split", {}).items() if k != name}
        self.draft.set("split", {**split, **({} if value is None else {name: value})} or None)

    def _on_read(self) -> None:
        found = self.draft.found
        self.form.rows["class_weight"].setVisible(found is not None and _classes(found))
        if found is None:
            return
        self._offer_columns(found)
        self.told.setText(" · ".join(f"{part or self.tr('all')} {number(len(r))}" for part, r in found.parts.items()))
        column = found.answers
        self.plot.setVisible(column is not None)
        if column is not None:
            parts = found.parts
            self.counter.start(lambda: (column.name, statistics.spread(column, parts)))

    def _offer_columns(self, found: Found) -> None:
        names = [facts.name for facts in found.description.columns]
        if [self.column.itemData(i) for i in range(1, self.column.count())] != names:
            self.column.clear()
            self.column.addItem(self.tr("the one whose role it is"), None)
            for name in names:
                self.column.addItem(name, name)
            self.refresh()

    def _lay_out(self) -> None:
        from netstudio.gui.data.plots import Distribution

        self.plot = Distribution(current_theme())
        left, right = QVBoxLayout(), QVBoxLayout()
        for widget in (heading(self.tr("The split")), self.split, self.form):
            widget.setFixedWidth(WIDTH)
            left.addWidget(widget)
        left.addStretch(1)
        head = heading(self.tr("The parts"))
        for label in (head, self.told):
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            right.addWidget(label)
        right.addWidget(self.plot, 1)
        right.addStretch(0)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 8)
        row.setSpacing(24)
        row.addLayout(left)
        row.addLayout(right, 1)


def _classes(found: Found) -> bool:
    """Whether it is classes that are predicted."""
    return found.goal is not None and found.goal.classes is not None
