"""The columns of a table, gathered batch by batch into arrays that need not fit in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array

if TYPE_CHECKING:
    import polars

MOST_TEXTS = 100_000  # more different texts than this are names or remarks, not classes


@dataclass(frozen=True)
class Column:
    """The values of one column: float32 numbers, or int64 class numbers with their names; or why it can't be used.

    Of the target's column, `exact` holds the numbers as float64.
    """

    name: str
    values: Array | None = None
    classes: tuple[str, ...] = ()
    problem: str | None = None
    exact: Array | None = None

    @property
    def is_number(self) -> bool:
        return not self.classes


@dataclass(frozen=True)
class Batch:
    """Some rows. `numbers` are Float64, null where a cell holds no number; `texts` are String, null where it is empty.

    A column is in one of them, or in both where it has yet to be found out what it holds.
    """

    numbers: polars.DataFrame
    texts: polars.DataFrame

    def __len__(self) -> int:
        return max(self.numbers.height, self.texts.height)


@dataclass
class _Seen:
    """What was met in a column that matters for its kind or forbids its use, with the first row of each."""

    empty: int | None = None
    strangers: int = 0  # cells that are neither empty nor a number
    stranger: tuple[int, str] | None = None
    infinite: tuple[int, float] | None = None
    codes: dict[str, int] = field(default_factory=dict)


class Columns:
    """Gathers batches: columns of numbers side by side as float32, columns of text as class numbers.

    `are_text` says of each column, in order, which it is taken for; `found_text` tells afterwards what it was.
    `target` is kept apart from the other numbers. `hint` ends the message about an empty cell.
    """

    def __init__(self, are_text: Mapping[str, bool], target: str | None, hint: str) -> None:
        self.are_text = are_text
        self._target, self._hint = target, hint
        self._numbers = [n for n, text in are_text.items() if not text and n != target]
        self._texts = [n for n, text in are_text.items() if text]
        self._exact = [n for n in are_text if n == target and n not in self._texts]
        self._seen = {name: _Seen() for name in are_text}
        self._number_rows = spool.Growing((len(self._numbers),), np.float32)
        self._text_rows = spool.Growing((len(self._texts),), np.int64)
        self._exact_rows = spool.Growing((len(self._exact),), np.float64)
        self.rows = 0

    def add(self, batch: Batch) -> None:
        """Append the rows of a batch."""
        self.look(batch)
        if self._numbers:
            numbers = batch.numbers.select(self._numbers).to_numpy(order="c")
            self._number_rows.append(self._narrowed(self._numbers, numbers))
        if self._exact:
            exact = batch.numbers.select(self._exact).to_numpy(order="c")
            self._narrowed(self._exact, exact)
            self._exact_rows.append(exact)
        if self._texts:
            self._text_rows.append(np.stack([self._coded(batch.texts[name]) for name in self._texts], axis=1))
        self.rows += len(batch)

    def found_text(self) -> dict[str, bool]:
        """Which columns are text: those of whose cells more than half are no numbers."""
        return {
            name: text if seen.empty is not None else 2 * seen.strangers > self.rows
            for (name, text), seen in zip(self.are_text.items(), self._seen.values(), strict=True)
        }

    def finish(self) -> tuple[list[Column], Array]:
        """The columns in order, and the numbers among them side by side, (rows, columns) less the target's.

        The columns are views of what they stand side by side in.
        """
        numbers, texts, exact = self._number_rows.finish(), self._text_rows.finish(), self._exact_rows.finish()
        places = {n: i for names in (self._numbers, self._texts, self._exact) for i, n in enumerate(names)}
        made = []
        for name, is_text in self.are_text.items():
            place, problem = places[name], self._problem(name)
            if problem is not None:
                made.append(Column(name, problem=problem))
            elif is_text:
                made.append(self._class_column(name, texts[:, place]))
            elif name == self._target:
                made.append(Column(name, spool.converted(exact[:, place], np.float32), exact=exact[:, place]))
            else:
                made.append(Column(name, numbers[:, place]))
        return made, numbers

    def look(self, batch: Batch) -> None:
        """Note what is empty and what is no number."""
        for texts in batch.texts:
            if texts.null_count() and self._seen[texts.name].empty is None:
                self._seen[texts.name].empty = self.rows + int(texts.is_null().arg_max() or 0)
        for numbers in batch.numbers:
            if not numbers.null_count():
                continue
            seen, missing = self._seen[numbers.name], numbers.is_null()
            if numbers.name in batch.texts.columns:
                texts = batch.texts[numbers.name]
                missing &= texts.is_not_null()
                if seen.stranger is None and missing.any():
                    row = int(missing.arg_max() or 0)
                    seen.stranger = self.rows + row, texts[row]
                seen.strangers += int(missing.sum())
            elif seen.empty is None:
                seen.empty = self.rows + int(missing.arg_max() or 0)

    def _narrowed(self, names: list[str], numbers: Array) -> Array:
        """As float32; notes what does not stay finite."""
        with np.errstate(over="ignore"):
            narrow: Array = numbers.astype(np.float32)
        finite = np.isfinite(narrow)
        for place in np.flatnonzero(~finite.all(axis=0)):
            row, seen = int(np.argmin(finite[:, place])), self._seen[names[place]]
            seen.infinite = seen.infinite or (self.rows + row, float(numbers[row, place]))
        return narrow

    def _coded(self, texts: polars.Series) -> Array:
        """Class numbers in the order of their first appearance."""
        codes = self._seen[texts.name].codes
        if len(codes) > MOST_TEXTS:
            return np.zeros(len(texts), np.int64)
        texts = texts.fill_null("")
        different = texts.unique(maintain_order=True)
        numbers = [codes.setdefault(text, len(codes)) for text in different.to_list()]
        coded: Array = texts.replace_strict(different, np.array(numbers, np.int64)).to_numpy()
        return coded

    def _class_column(self, name: str, coded: Array) -> Column:
        """Classes are numbered in alphabetical order."""
        codes = self._seen[name].codes
        if len(codes) > MOST_TEXTS:
            return Column(name, problem=f"column {name!r} holds more than {MOST_TEXTS:,} different texts: no classes")
        classes = sorted(codes)
        numbers = np.empty(len(classes), np.int64)
        numbers[[codes[text] for text in classes]] = np.arange(len(classes))
        for rows in spool.chunks(coded):
            coded[rows] = numbers[coded[rows]]
        return Column(name, coded, tuple(classes))

    def _problem(self, name: str) -> str | None:
        seen = self._seen[name]
        if seen.empty is not None:
            return _cell(name, seen.empty, f"is empty; {self._hint}")
        if self.are_text[name]:
            return None
        if seen.stranger is not None:
            row, text = seen.stranger
            return _cell(name, row, f"is {text!r} in a column of numbers; mend it")
        if seen.infinite is not None:
            row, number = seen.infinite
            return _cell(name, row, f"is {number}; expected a finite number")
        return None


def _cell(column: str, row: int, what: str) -> str:
    return f"line {row + 2}, column {column!r} {what}"  # line 1 names the columns
