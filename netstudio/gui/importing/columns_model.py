"""The columns of a table and what is said of them, as a model for Qt's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt

from netstudio.data.settings.columns import CATEGORY, CONSTANT, DATE, FEATURE, NUMBER, TARGET, TEXT, ColumnSettings
from netstudio.graph.params import Choice
from netstudio.gui.figures import figure, number
from netstudio.gui.importing.draft import Draft
from netstudio.gui.theme import current_theme

if TYPE_CHECKING:
    from netstudio.data.facts import ColumnFacts

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
CHOSEN = ("role", "type", "missing", "encode", "scale")  # settings of a column that have a place of their own
FIGURES = ("empty", "different", "range", "for example")
FILL = "fill"
HEADS = ("column", *CHOSEN[:3], FILL, *CHOSEN[3:], *FIGURES)
FITTING = {"encode": (CATEGORY,), "scale": (NUMBER, DATE)}  # the types of which a setting speaks


class ColumnsModel(QAbstractTableModel):
    """A line a column: what it is for, what it holds, what becomes of it, and figures."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.facts: tuple[ColumnFacts, ...] = ()
        draft.changed.connect(self._on_changed)

    def show_facts(self, facts: Sequence[ColumnFacts]) -> None:
        """Show these columns."""
        if [f.name for f in facts] != [f.name for f in self.facts]:
            self.beginResetModel()
            self.facts = tuple(facts)
            self.endResetModel()
        else:
            self.facts = tuple(facts)
            self._on_changed()

    def options(self, index: Index) -> list[tuple[str, Any]]:
        """What can be chosen in a cell: titles with values, None for what is found out."""
        name = HEADS[index.column()]
        if name not in CHOSEN or not self._speaks(index.row(), name):
            return []
        param = ColumnSettings.declared[name]
        assert isinstance(param, Choice)
        options: list[tuple[str, Any]] = [(_title(option), option) for option in param.options]
        if param.optional and name == "type":
            options.insert(0, (_tr("found out: {}").format(_title(self.facts[index.row()].guess)), None))
        return options

    def is_typed(self, index: Index) -> bool:
        """Whether something is written into a cell: what stands for empty cells, where that is a constant."""
        return HEADS[index.column()] == FILL and self._fills(self.facts[index.row()])

    @property
    def fills(self) -> bool:
        """Whether any column's empty cells are filled with a constant."""
        return any(map(self._fills, self.facts))

    def write(self, index: Index, text: str) -> None:
        """Fill the empty cells of a column with that."""
        facts = self.facts[index.row()]
        self.draft.set_column([facts.name], FILL, _number(text) if facts.type == NUMBER else text)

    def value(self, index: Index) -> Any:
        """What is said in a cell, or what holds where nothing is."""
        facts, name = self.facts[index.row()], HEADS[index.column()]
        said = self._said(facts.name)
        if name in said:
            return said[name]
        if name == "role":
            return facts.role
        return None if name == "type" else ColumnSettings.declared[name].default

    def choose(self, rows: Sequence[int], place: int, value: Any) -> None:
        """Say the same of these columns, as far as the setting speaks of them."""
        name = HEADS[place]
        taken = [self.facts[y].name for y in rows if self._speaks(y, name)]
        if taken:
            self.draft.set_column(taken, name, value)

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.facts)

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(HEADS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        own = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return own | Qt.ItemFlag.ItemIsEditable if self.options(index) or self.is_typed(index) else own

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if way == Qt.Orientation.Vertical:
            return None
        name = HEADS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return _tr(name)
        if role == Qt.ItemDataRole.ToolTipRole and name in CHOSEN:
            return f"<p>{ColumnSettings.declared[name].doc}</p>"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        facts, name = self.facts[index.row()], HEADS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            hint = _tr("write …") if role == Qt.ItemDataRole.DisplayRole and self.is_typed(index) else ""
            return self._text(index) or hint
        if role == Qt.ItemDataRole.ToolTipRole:
            return facts.problem or (ColumnSettings.declared[name].doc if name in CHOSEN else self._text(index))
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(facts, name)
        if role == Qt.ItemDataRole.FontRole and name == "column" and self._role(facts) == TARGET:
            return _bold()
        return None

    def _text(self, index: Index) -> str:
        facts, name = self.facts[index.row()], HEADS[index.column()]
        if name in CHOSEN:
            value = self.value(index)
            if not self._speaks(index.row(), name):
                return "–"
            return _title(facts.type if value is None else value)
        if name == FILL:
            return str(self._said(facts.name).get(FILL, "")) if self._fills(facts) else ""
        if name == "empty":
            return number(facts.missing) if facts.missing else ""
        if unread(facts):
            return {"column": facts.name, "for example": facts.problem or ""}.get(name, "")
        texts = {"column": facts.name, "different": number(facts.distinct), "range": _range(facts)}
        return texts.get(name, ", ".join(facts.examples[:3]))

    def _colour(self, facts: ColumnFacts, name: str) -> Any:
        theme = current_theme()
        if unread(facts) and name in ("column", "for example"):
            return theme.warning
        if name == "empty" and facts.missing and self._said(facts.name).get("missing", "error") == "error":
            return theme.error
        if self._role(facts) == "ignore" and name != "role":
            return theme.muted
        return theme.muted if name in FIGURES else None

    def _speaks(self, row: int, name: str) -> bool:
        """Whether a setting means anything for a column."""
        facts = self.facts[row]
        if name == "role":
            return True
        role = self._role(facts)
        if role not in (FEATURE, TARGET):
            return name == "type" and role != "ignore"
        kind = self._said(facts.name).get("type") or facts.type
        return kind in FITTING.get(name, (NUMBER, CATEGORY, TEXT, DATE)) and (role == FEATURE or name != "encode")

    def _fills(self, facts: ColumnFacts) -> bool:
        return self._said(facts.name).get("missing") == CONSTANT

    def _role(self, facts: ColumnFacts) -> str:
        return str(self._said(facts.name).get("role", facts.role))

    def _said(self, name: str) -> Mapping[str, Any]:
        said: Mapping[str, Any] = self.draft.block.get("columns", {}).get(name, {})
        return said

    def _on_changed(self) -> None:
        if self.facts:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.facts) - 1, len(HEADS) - 1))


def unread(facts: ColumnFacts) -> bool:
    """Whether the column holds values that can't be read: `problem` says which."""
    return facts.problem is not None and not facts.distinct


def _range(facts: ColumnFacts) -> str:
    if facts.type == CATEGORY:
        return ", ".join(facts.classes[:4]) + ("…" if len(facts.classes) > 4 else "")
    if facts.minimum is None or facts.type == DATE:
        return ""
    return f"{figure(facts.minimum)} … {figure(facts.maximum)}"


def _number(text: str) -> float | str:
    """The number that a text says; the text itself where it says none, for the check to tell."""
    try:
        return float(text)
    except ValueError:
        return text


def _title(value: str) -> str:
    """A setting's value as people read it."""
    return _tr(str(value).replace("_", " "))


def _tr(text: str) -> str:
    return QCoreApplication.translate("ColumnsModel", text)


def _bold() -> Any:
    from PySide6.QtGui import QFont

    font = QFont()
    font.setBold(True)
    return font
