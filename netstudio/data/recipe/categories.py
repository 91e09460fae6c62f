"""Columns of categories: which there are, and the place of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import listed
from netstudio.data.settings.columns import CONSTANT, ERROR, FLAG, MEAN, MEDIAN, ColumnSettings
from netstudio.data.spool import Array
from netstudio.data.table import Column, Table
from netstudio.errors import DataError, suggestion

UNKNOWN = "(unknown)"
UNSEEN = -2  # the place of a category that no training row had


@dataclass(frozen=True)
class CategoryRecipe:
    """One column: the `categories` of the training rows in alphabetical order, and what an empty cell stands for.

    One-hot, a category becomes a column of 0 and 1, and an unknown one 0 in all of them; as an integer it becomes its
    number, after 0 for the unknown where that is taken.
    """

    name: str
    categories: tuple[str, ...]
    missing: str = ERROR
    fill: str = ""
    one_hot: bool = True
    takes_unknown: bool = False

    @property
    def flags(self) -> bool:
        return self.missing == FLAG

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the numbers it becomes."""
        if not self.one_hot:
            return (self.name,)
        return (*(f"{self.name} = {c}" for c in self.categories), *[f"{self.name} is empty"] * self.flags)

    @property
    def classes(self) -> tuple[str, ...]:
        """What its integers stand for."""
        return (*[UNKNOWN] * self.takes_unknown, *self.categories, *["(empty)"] * self.flags)

    @classmethod
    def fit(cls, column: Column, said: ColumnSettings, rows: Array) -> CategoryRecipe:
        """Learnt from `rows` alone."""
        assert column.values is not None
        counts = _counts(column.values, rows, len(column.classes))
        there = {column.classes[i] for i in np.flatnonzero(counts[:-1])}
        fill = ""
        if said.missing in (MEAN, MEDIAN):
            fill = column.classes[int(counts[:-1].argmax())] if there else ""
        elif said.missing == CONSTANT:
            fill = _text(column.name, said.fill)
            there |= {fill} if counts[-1] else set()
        if not there:
            raise DataError(f"column {column.name!r} is empty in every training row; ignore it")
        one_hot = said.encode == "one_hot"
        return cls(column.name, tuple(sorted(there)), said.missing, fill, one_hot, said.unseen == "unknown")

    def places_of(self, column: Column, table: Table) -> Array:
        """For each class of `column`, and last for an empty cell, its place among the categories, or UNSEEN.

        DataError where a row has a category that is not known, and that is not to be taken.
        """
        assert column.values is not None
        number = {c: i for i, c in enumerate(self.categories)}
        filled = len(self.categories) if self.flags else number.get(self.fill, UNSEEN)
        places = np.array([*(number.get(c, UNSEEN) for c in column.classes), filled], np.int64)
        met = places if column.missing else places[:-1]
        if not self.takes_unknown and (met == UNSEEN).any():
            self._refuse_strangers(column, table, places)
        return places

    def _refuse_strangers(self, column: Column, table: Table, places: Array) -> None:
        assert column.values is not None
        row = spool.first_row(column.values, lambda part: places[part] == UNSEEN)
        if row is None:
            return
        strange = [column.classes[i] for i in spool.distinct(column.values) if i >= 0 and places[i] == UNSEEN]
        near = suggestion(strange[0], self.categories) if strange else ""
        raise DataError(
            f"{table.where(row)}, column {self.name!r} is {(strange or [self.fill])[0]!r}, which no training row had"
            f"{near or '; there ' + ('were ' + listed(list(self.categories)))}"
            + (f" (and so are {listed([repr(s) for s in strange[1:]], 4)})" if len(strange) > 1 else "")
            + '; mend it, or set "unseen" of the column to "unknown" and train again'
        )

    def one_hots(self, places: Array) -> Array:
        """(rows, places) of 0 and 1, of each row's place."""
        made = np.zeros((len(places), len(self.places)), np.float32)
        known = np.flatnonzero(places >= 0)
        made[known, places[known]] = 1.0
        return made

    def integers(self, places: Array) -> Array:
        """Each row's number, (rows,)."""
        return np.where(places < 0, 0, places + 1) if self.takes_unknown else places

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kind": "category", "name": self.name, "categories": list(self.categories), "missing": self.missing,
            "fill": self.fill, "one_hot": self.one_hot, "takes_unknown": self.takes_unknown,
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> CategoryRecipe:
        """From what `to_json` gave; ValueError where it can't be."""
        categories = tuple(map(str, value["categories"]))
        if not categories or len(set(categories)) < len(categories):
            raise ValueError(str(value)[:80])
        flags = bool(value["one_hot"]), bool(value["takes_unknown"])
        return cls(str(value["name"]), categories, str(value["missing"]), str(value["fill"]), *flags)


def _counts(values: Array, rows: Array, classes: int) -> Array:
    """How often each class stands in those rows, and last how many cells are empty."""
    counts = np.zeros(classes + 1, np.int64)
    for part in spool.chunks(rows):
        own = values[rows[part]]
        counts += np.bincount(np.where(own < 0, classes, own), minlength=classes + 1)
    return counts


def _text(name: str, fill: object) -> str:
    if fill is None:
        raise DataError(f'column {name!r} is to be filled with a constant, and has no "fill"; name a category')
    return str(fill)
