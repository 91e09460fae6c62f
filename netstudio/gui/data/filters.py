"""Which rows of a table are shown, written in a line: `area > 100, city = Bonn`. Knows no Qt."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.data import spool
from netstudio.data.dataset import Array
from netstudio.errors import DataError, suggestion
from netstudio.gui.data.columns import Column

Mask = NDArray[np.bool_]
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
WORDS = {"class": "classes", "text": "texts"}
CONDITION = re.compile(r"\s*(?P<name>.+?)\s*(?P<sign><=|>=|!=|<|>|=)\s*(?P<value>.*?)\s*")
CLOSE = 1e-6  # of a number that is typed: what a table shows is rounded


@dataclass(frozen=True)
class Condition:
    """One comparison; without a `value` with what is missing, without a `name` with a part of any class's name."""

    name: str
    sign: str
    value: str

    def mask(self, columns: Sequence[Column]) -> Mask:
        """Of which rows it is true; DataError where there is no such column or it can't be compared."""
        if not self.name:
            named = [_holding(c, self.value) for c in columns if c.kind in ("class", "text")]
            return np.logical_or.reduce(named) if named else np.zeros(len(columns[0].values), np.bool_)
        column = _found(columns, self.name)
        if not self.value and self.sign in ("=", "!="):
            empty = self.sign == "="
            return _where(column.keys, lambda part: np.isnan(part) == empty)
        if column.kind in ("class", "text"):
            return self._of_names(column)
        return self._of_numbers(column)

    def _of_names(self, column: Column) -> Mask:
        if self.sign not in ("=", "!="):
            raise DataError(f"{column.name} holds {WORDS[column.kind]}: compare it with = or !=")
        if column.texts is not None:
            equal = self.sign == "="
            return np.array([(text == self.value) == equal for text in column.texts.of(column.values)], np.bool_)
        if self.value not in column.classes:
            near = suggestion(self.value, column.classes) or ""
            raise DataError(f"{column.name} has no class {self.value!r}{near}")
        number, equal = column.classes.index(self.value), self.sign == "="
        return _where(column.values, lambda part: (part == number) == equal)

    def _of_numbers(self, column: Column) -> Mask:
        wanted = self._number(column)
        if self.sign in ("=", "!="):
            equal = self.sign == "="
            return _where(column.keys, lambda part: np.isclose(part, wanted, rtol=CLOSE, atol=0) == equal)
        compare = COMPARED[self.sign]
        return _where(column.keys, lambda part: compare(part, wanted))

    def _number(self, column: Column) -> float:
        what = "a date such as 2024-12-31" if column.kind == "date" else "a number"
        try:
            if column.kind == "date":
                return float(np.datetime64(self.value.replace(" ", "T"), "s").astype(np.int64)) / 86400
            return float(self.value)
        except ValueError:
            raise DataError(f"{column.name} {self.sign} {self.value!r}: expected {what} there") from None


def parse(text: str) -> tuple[Condition, ...]:
    """Conditions with commas between them, all of which must hold."""
    return tuple(_condition(part) for part in text.split(",") if part.strip())


def masked(text: str, columns: Sequence[Column]) -> Mask | None:
    """The rows of which the line is true, None for all of them; DataError where it can't be understood."""
    masks = [condition.mask(columns) for condition in parse(text)]
    return np.logical_and.reduce(masks) if masks else None


def written(column: Column, row: int) -> str:
    """The condition that the rows with the value of this cell fulfil."""
    return f"{column.name} = {column.text(row)}"


def _condition(text: str) -> Condition:
    found = CONDITION.fullmatch(text)
    return Condition(found["name"], found["sign"], found["value"]) if found else Condition("", "", text.strip())


def _found(columns: Sequence[Column], name: str) -> Column:
    for column in columns:
        if column.name == name:
            return column
    near = suggestion(name, [c.name for c in columns]) or ""
    raise DataError(f"there is no column {name!r}{near}")


def _holding(column: Column, text: str) -> Mask:
    if column.texts is not None:
        wanted = text.casefold()
        return np.array([wanted in (t or "").casefold() for t in column.texts.of(column.values)], np.bool_)
    numbers = [i for i, name in enumerate(column.classes) if text.casefold() in name.casefold()]
    return _where(column.values, lambda part: np.isin(part, numbers))


def _where(values: Array, test: Callable[[Array], Array]) -> Mask:
    return spool.transformed(values, test, (), np.bool_)
