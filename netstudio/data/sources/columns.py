"""The columns of a table, gathered batch by batch into arrays that need not fit in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array
from netstudio.data.settings.columns import CATEGORY, DATE, FEATURE, NUMBER, TEXT, TIME
from netstudio.data.table import Asked, Column, Lines
from netstudio.data.texts import GrowingTexts

if TYPE_CHECKING:
    import polars

MOST_TEXTS = 100_000  # more different texts than this are names or remarks, not classes
NOTHING = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "missing"})  # in a column of numbers
MEND = 'or say in "columns" of the data what it means: {{{name}: {{"missing": {way}}}}}'
DATES: tuple[str, ...] = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d",
)
DATES += ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")  # none that could be read in two ways
MONTH = r"^[12]\d{3}-(0[1-9]|1[0-2])$"  # no later years: those would be codes rather than months
ODD_NUMBER = (  # what people, not readers, take for a number: of which it is not known what is meant
    r"^[+\-−]?(\d+,\d+|\d+(_\d+)+|\d{1,3}([ '’,\x{a0}\x{202f}]\d{3})+([.,]\d+)?|\d{1,3}(\.\d{3})+,\d+)$"
    r"|^[+\-−]?\d+([.,]\d+)?\s?[%€$£]$|^[€$£]\s?\d+([.,]\d+)?$|^−\d+([.,]\d+)?$"
    r"|^[+\-−]?[\p{Nd}--0-9][\p{Nd}.,٫٬]*$"
)
LONGEST = 60  # characters of a cell that are shown
DAY = 86_400e6  # microseconds


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

    empty: tuple[int, str | None] | None = None  # with what stands there for nothing
    blank: int = 0
    nothings: int = 0  # cells that say that there is nothing, for a number
    strangers: int = 0  # cells that are neither
    odd: int = 0  # cells among them that people may take for numbers
    stranger: tuple[int, str] | None = None
    undated: tuple[int, str] | None = None
    infinite: tuple[int, float] | None = None
    codes: dict[str, int] = field(default_factory=dict)


class Gathered(NamedTuple):
    """All columns in order, the features that are numbers side by side, (rows, names), and the rows' lines."""

    columns: list[Column]
    numbers: Array
    names: tuple[str, ...]
    line: Lines


class Columns:
    """Gathers batches: columns of numbers side by side as float32, columns of text as class numbers.

    `are_text` says of each column, in order, which it is read as; `found_text` tells afterwards what it was. What was
    `asked` of a column goes before that; numbers that are no features are kept apart. `hint` begins what is said of an
    empty cell, and `line` tells in which line of the file a row begins.
    """

    def __init__(self, are_text: Mapping[str, bool], asked: Asked, hint: str, line: Lines) -> None:
        said = {name: asked.is_text(name) for name in are_text}
        self.are_text = {name: text if said[name] is None else bool(said[name]) for name, text in are_text.items()}
        self.kinds = {name: self._kind(name, asked) for name in are_text}
        self._asked, self._hint, self._line = asked, hint, line
        kinds = self.kinds.items()
        self._numbers = [n for n, kind in kinds if kind == NUMBER and asked.is_feature(n)]
        self._exact = [n for n, kind in kinds if kind == DATE or (kind == NUMBER and not asked.is_feature(n))]
        self._codes = [n for n, kind in kinds if kind == CATEGORY]
        self._texts = {n: GrowingTexts() for n, kind in kinds if kind == TEXT}
        self._seen = {name: _Seen() for name in are_text}
        self._number_rows = spool.Growing((len(self._numbers),), np.float32)
        self._code_rows = spool.Growing((len(self._codes),), np.int64)
        self._exact_rows = spool.Growing((len(self._exact),), np.float64)
        self.rows = 0

    def _kind(self, name: str, asked: Asked) -> str:
        found = DATE if asked.role(name) == TIME else CATEGORY
        return asked.kind(name) or (found if self.are_text[name] else NUMBER)

    def add(self, batch: Batch) -> None:
        """Append the rows of a batch."""
        self.look(batch)
        if self._numbers:
            numbers = batch.numbers.select(self._numbers).to_numpy(order="c")
            self._number_rows.append(self._narrowed(self._numbers, numbers))
        if self._exact:
            exact = np.stack([self._exactly(batch, name) for name in self._exact], axis=1)
            self._narrowed(self._exact, exact)
            self._exact_rows.append(exact)
        if self._codes:
            self._code_rows.append(np.stack([self._coded(batch.texts[name]) for name in self._codes], axis=1))
        for name, texts in self._texts.items():
            texts.append(batch.texts[name].to_list())
        self.rows += len(batch)

    def found_text(self) -> dict[str, bool]:
        """Which columns are text: those said to be, and those of whose cells more than half are no numbers."""
        return {name: self._is_text(name, seen) for name, seen in self._seen.items()}

    def _is_text(self, name: str, seen: _Seen) -> bool:
        said = self._asked.is_text(name)
        filled = self.rows - seen.blank - seen.nothings
        return (2 * (seen.strangers - seen.odd) > filled if filled else self.are_text[name]) if said is None else said

    def finish(self) -> Gathered:
        """What was gathered; the columns are views of what they stand side by side in."""
        numbers, codes, exact = self._number_rows.finish(), self._code_rows.finish(), self._exact_rows.finish()
        places = {n: i for names in (self._numbers, self._codes, self._exact) for i, n in enumerate(names)}
        made = []
        for name, kind in self.kinds.items():
            column = Column(name, kind=kind, problem=self._problem(name))
            place, seen = places.get(name, 0), self._seen[name]
            if self._broken(name):
                made.append(column)
                continue
            missing = seen.blank + (seen.nothings if kind == NUMBER else 0)
            column = replace(column, missing=missing, empty=seen.empty[0] if seen.empty else None)
            if kind == TEXT:
                made.append(replace(column, texts=self._texts[name].finish()))
            elif kind == CATEGORY:
                made.append(self._class_column(column, codes[:, place]))
            elif name in self._exact:
                held = exact[:, place]
                made.append(replace(column, values=spool.converted(held, np.float32), exact=held))
            else:
                made.append(replace(column, values=numbers[:, place]))
        return Gathered(made, numbers, tuple(self._numbers), self._line)

    def look(self, batch: Batch) -> None:
        """Note what is empty and what is no number."""
        import polars

        for texts in batch.texts:
            if texts.null_count():
                blank = texts.is_null()
                self._seen[texts.name].blank += int(blank.sum())
                self._note_empty(texts.name, blank, texts)
        no_number = polars.all().is_null() | polars.all().is_nan()
        found = batch.numbers.select(no_number.any()).row(0) if batch.numbers.width else ()
        for name in [n for n, some in zip(batch.numbers.columns, found, strict=True) if some]:
            numbers = batch.numbers[name]
            missing = numbers.is_null() | numbers.is_nan()
            if name in batch.texts.columns:
                self._look_closely(batch.texts[name], missing)
            else:
                self._seen[name].blank += int(missing.sum())
                self._note_empty(name, missing, numbers)

    def _look_closely(self, texts: polars.Series, missing: polars.Series) -> None:
        """At the texts of what is no number."""
        seen = self._seen[texts.name]
        nothing = texts.str.to_lowercase().is_in(list(NOTHING)).fill_null(False)
        strange = missing & texts.is_not_null() & ~nothing
        seen.nothings += int(nothing.sum())
        seen.strangers += int(strange.sum())
        if strange.any():
            seen.odd += int(texts.filter(strange).str.contains(ODD_NUMBER).sum())
        if self.kinds[texts.name] == NUMBER:
            self._note_empty(texts.name, nothing, texts)
        if seen.stranger is None and strange.any():
            row = int(strange.arg_max() or 0)
            seen.stranger = self.rows + row, texts[row]

    def _note_empty(self, name: str, missing: polars.Series, shown: polars.Series) -> None:
        if missing.any():
            row, seen = int(missing.arg_max() or 0), self._seen[name]
            if seen.empty is None or self.rows + row < seen.empty[0]:
                seen.empty = self.rows + row, None if shown[row] is None else str(shown[row])

    def _exactly(self, batch: Batch, name: str) -> Array:
        if self.kinds[name] != DATE:
            return batch.numbers[name].to_numpy()
        texts = batch.texts[name]
        days, seen = to_days(texts), self._seen[name]
        undated = days.is_null() & texts.is_not_null()
        if seen.undated is None and undated.any():
            row = int(undated.arg_max() or 0)
            seen.undated = self.rows + row, texts[row]
        found: Array = days.to_numpy()
        return found

    def _narrowed(self, names: list[str], numbers: Array) -> Array:
        """As float32; notes what does not stay finite."""
        with np.errstate(over="ignore"):
            narrow: Array = numbers.astype(np.float32)
        infinite = np.isinf(narrow)
        for place in np.flatnonzero(infinite.any(axis=0)):
            row, seen = int(np.argmax(infinite[:, place])), self._seen[names[place]]
            seen.infinite = seen.infinite or (self.rows + row, float(numbers[row, place]))
        return narrow

    def _coded(self, texts: polars.Series) -> Array:
        """Class numbers in the order of their first appearance; -1 where the cell is empty."""
        import polars

        codes = self._seen[texts.name].codes
        if len(codes) > MOST_TEXTS:
            return np.zeros(len(texts), np.int64)
        different = texts.drop_nulls().unique(maintain_order=True)
        numbers = [codes.setdefault(text, len(codes)) for text in different.to_list()]
        coded = texts.replace_strict(different, np.array(numbers, np.int64), default=-1, return_dtype=polars.Int64)
        found: Array = coded.fill_null(-1).to_numpy()
        return found

    def _class_column(self, column: Column, coded: Array) -> Column:
        """Classes are numbered in alphabetical order."""
        codes = self._seen[column.name].codes
        classes = sorted(codes)
        numbers = np.full(len(classes) + 1, -1, np.int64)  # the last for -1
        numbers[[codes[text] for text in classes]] = np.arange(len(classes))
        for rows in spool.chunks(coded):
            coded[rows] = numbers[coded[rows]]
        return replace(column, values=coded, classes=tuple(classes))

    def _broken(self, name: str) -> bool:
        """Whether the column can't be used whatever is said of it."""
        seen, kind = self._seen[name], self.kinds[name]
        if kind == CATEGORY:
            return len(seen.codes) > MOST_TEXTS
        return bool(seen.undated or seen.infinite or (kind == NUMBER and seen.stranger))

    def _problem(self, name: str) -> str | None:
        seen, kind = self._seen[name], self.kinds[name]
        if seen.undated:
            row, text = seen.undated
            return self._cell(name, row, f"is {_shown(text)}, no date; write dates as 2026-12-31")
        if kind == NUMBER and seen.stranger:
            row, text = seen.stranger
            way = f'say {{{json.dumps(name)}: {{"type": "category"}}}} in "columns" of the data'
            return self._cell(name, row, f"is {_shown(text)} in a column of numbers; mend it, or {way}")
        if seen.infinite:
            row, number = seen.infinite
            return self._cell(name, row, f"is {number}; expected a finite number")
        if kind == CATEGORY and len(seen.codes) > MOST_TEXTS:
            return f"column {name!r} holds more than {MOST_TEXTS:,} different texts: no classes"
        if seen.empty:
            row, shown = seen.empty
            what = "is empty" if shown is None else f"is {shown!r}, which counts as empty"
            if shown is not None and shown.lower() == "nan":
                what = "is nan; expected a finite number"
            return self._cell(name, row, f"{what}; {self._hint}, {mending(name, kind, self._asked.role(name))}")
        return None

    def _cell(self, column: str, row: int, what: str) -> str:
        return f"line {self._line(row)}, column {column!r} {what}"


def mending(name: str, kind: str, role: str) -> str:
    """What can be said of the empty cells of a column: the end of what is told of them."""
    if role != FEATURE or kind == TEXT:
        return MEND.format(name=json.dumps(name), way='"drop"')
    return MEND.format(name=json.dumps(name), way='"mean"') + ', or "median", "constant", "flag", "drop"'


def _shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def to_days(texts: polars.Series) -> polars.Series:
    """Dates as days since 1970, Float64; null where a text is no date. A month is its first day."""
    import polars

    texts = texts.str.replace(MONTH, "$0-01")
    texts = (
        texts.to_frame()
        .select(polars.when(polars.first().str.contains(r"(^|\.)\d{4}\b")).then(polars.first()))
        .to_series()
    )
    read = [texts.str.to_datetime(form, strict=False, time_unit="us") for form in DATES]
    found = reduce(lambda a, b: polars.select(polars.coalesce(a, b)).to_series(), read)
    return found.dt.timestamp("us").cast(polars.Float64) / DAY
