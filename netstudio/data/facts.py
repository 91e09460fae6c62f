"""Figures about columns and fields: how many are empty or different, the range, the mean, the counts of classes."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import CATEGORY, DATE, NUMBER, TEXT
from netstudio.data.sources.columns import to_days
from netstudio.data.table import Asked, Column, Table
from netstudio.data.texts import Texts

_figures_of: dict[int, list[tuple[float, ...]]] = {}  # by the id of an array, until the array is gone
EXAMPLES = 5
LOOKED_AT = 100_000  # rows in which different numbers are counted
MOST_COUNTS = 1000  # classes whose counts are told
FEW_CLASSES = 20  # whole numbers of no more values than this are taken for classes, where they are predicted
LONG = 25  # characters: longer texts on average are no names of categories


@dataclass(frozen=True)
class ColumnFacts:
    """One column. `type` is what it is read as, `guess` what it looks like, `role` what it is for, said or guessed.

    The figures are of the cells that are not empty: `minimum` to `deviation` of numbers (dates: days since 1970),
    `counts` of `classes`. `distinct` counts different values among the first rows, where `rising` dates grow from row
    to row; `problem` says why the column can't be used as it is.
    """

    name: str
    type: str
    guess: str
    role: str
    missing: int
    distinct: int
    examples: tuple[str, ...]
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    deviation: float | None = None
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    whole: bool = False
    rising: bool = False
    length: float | None = None
    problem: str | None = None

    @property
    def is_classes(self) -> bool:
        """Whether it tells classes apart, if it is predicted."""
        return bool(self.classes) and (self.type == CATEGORY or len(self.classes) <= FEW_CLASSES)


@dataclass(frozen=True)
class FieldFacts:
    """What an Input or a Target can take: the `shape` of a sample, and "int" or "float".

    `ids` is the first number that is too large for it, of class numbers and token ids.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    ids: int | None = None


def field_facts(name: str, values: Array, dataset: Dataset, ids: int | None = None) -> FieldFacts:
    """Figures of a field, of its first rows where there are many."""
    shape, some = values.shape[1:], values[: max(1, LOOKED_AT // max(1, values[:1].size))]
    classes = dataset.classes.get(name, ())[:MOST_COUNTS]
    if values.dtype.kind == "i":
        counts = _counts(values, len(classes)) if classes else ()
        low, high = (float(some.min()), float(some.max())) if some.size else (None, None)
        known = ids or len(dataset.classes.get(name, ())) or int(some.max(initial=0)) + 1
        return FieldFacts(name, shape, "int", classes, counts, low, None, high, known)
    finite = some[np.isfinite(some)]
    figures = (float(finite.min()), float(finite.mean(dtype=np.float64)), float(finite.max())) if finite.size else ()
    return FieldFacts(name, shape, "float", (), (), *figures)


def column_facts(table: Table, settings: DataSettings) -> tuple[ColumnFacts, ...]:
    """Figures of every column."""
    asked = Asked(table.target, settings.columns)
    figures = _figures(table)
    return tuple(_facts(column, asked.role(column.name), figures.get(column.name, ())) for column in table.columns)


def _facts(column: Column, role: str, figures: tuple[float, ...]) -> ColumnFacts:
    bare = ColumnFacts(
        column.name, column.kind, column.kind, role, column.missing, 0, (), problem=column.problem
    )  # fmt: skip
    if not column.is_usable:
        return bare
    if column.texts is not None:
        return _text_facts(bare, column.texts)
    return _category_facts(bare, column) if column.kind == CATEGORY else _number_facts(bare, column, figures)


def _text_facts(bare: ColumnFacts, texts: Texts) -> ColumnFacts:
    some = [text for text in texts.of(np.arange(min(1000, len(texts)))) if text is not None]
    length = float(np.mean([len(text) for text in some])) if some else 0.0
    return replace(bare, distinct=len(set(some)), examples=tuple(some[:EXAMPLES]), length=length)


def _number_facts(bare: ColumnFacts, column: Column, figures: tuple[float, ...]) -> ColumnFacts:
    values = column.exact if column.exact is not None else column.values
    assert values is not None
    there = values[:LOOKED_AT]
    there = there[~np.isnan(there)]
    different, counts = np.unique(there, return_counts=True)
    whole = bool(different.size) and bool((different == np.rint(different)).all())
    rising = column.kind == DATE and not column.missing and bool((np.diff(there) > 0).all())
    made = replace(bare, distinct=len(different), examples=_shown(column, there), whole=whole, rising=rising)
    if whole and column.kind == NUMBER and len(different) <= FEW_CLASSES and len(there) >= 3 * len(different):
        made = replace(made, classes=tuple(f"{v:.0f}" for v in different), counts=tuple(counts.tolist()))
    low, mean, high, deviation = figures or (None, None, None, None)
    return replace(made, minimum=low, mean=mean, maximum=high, deviation=deviation)


def _category_facts(bare: ColumnFacts, column: Column) -> ColumnFacts:
    assert column.values is not None
    counts = np.array(_counts(column.values, len(column.classes)), np.int64)
    order = np.argsort(-counts, kind="stable")[:MOST_COUNTS]
    length = float(np.mean([len(name) for name in column.classes[:LOOKED_AT]])) if column.classes else 0.0
    first = [column.classes[i] for i in dict.fromkeys(column.values[:1000].tolist()) if i >= 0]
    guess = _looks_like(column, length)
    return replace(
        bare,
        guess=guess,
        rising=guess == DATE and not column.missing and _rises(column),
        distinct=len(column.classes),
        examples=tuple(first[:EXAMPLES]),
        classes=tuple(column.classes[i] for i in order),
        counts=tuple(counts[order].tolist()),
        length=length,
    )


def _rises(column: Column) -> bool:
    """Whether dates that are read as texts grow from row to row, among the first rows."""
    import polars

    assert column.values is not None
    days = to_days(polars.Series(column.classes, dtype=polars.String)).to_numpy()
    return bool((np.diff(days[column.values[:LOOKED_AT]]) > 0).all())


def _looks_like(column: Column, length: float) -> str:
    import polars

    some = polars.Series(column.classes[:1000], dtype=polars.String)
    if len(some) and to_days(some).is_not_null().all():
        return DATE
    many = len(column.classes) > max(20, column.rows // 2)
    return TEXT if many and length > LONG and some.str.contains(r"\s").mean() > 0.5 else CATEGORY  # type: ignore[operator]


def _shown(column: Column, there: Array) -> tuple[str, ...]:
    some = there[:EXAMPLES]
    if column.kind == DATE:
        return tuple(str(np.datetime64(int(v * 86_400), "s")).replace("T00:00:00", "") for v in some)
    return tuple(f"{v:.6g}" for v in some)


def _counts(values: Array, classes: int) -> tuple[int, ...]:
    counts = np.zeros(classes, np.int64)
    for rows in spool.chunks(values):
        part = values[rows].reshape(-1)
        counts += np.bincount(part[part >= 0], minlength=classes)[:classes]
    return tuple(counts.tolist())


def _figures(table: Table) -> dict[str, tuple[float, ...]]:
    """(minimum, mean, maximum, deviation) of each column that holds numbers with some among them."""
    apart = {c.name: c.exact[:, None] for c in table.columns if c.exact is not None}
    found = {name: figures for name, values in apart.items() for figures in _of(values)}
    found |= dict(zip(table.names, _of(table.numbers), strict=True))
    return {name: figures for name, figures in found.items() if figures}


def _of(values: Array) -> list[tuple[float, ...]]:
    """The figures of (rows, columns); () for a column that is empty. An array that stays is looked through once."""
    known = _figures_of.get(id(values))
    if known is None:
        known = _figures_of[id(values)] = _looked_through(values)
        weakref.finalize(values, _figures_of.pop, id(values), None)
    return known


def _looked_through(values: Array) -> list[tuple[float, ...]]:
    width = values.shape[1]
    count, total, low, high = np.zeros(width), np.zeros(width), np.full(width, np.inf), np.full(width, -np.inf)
    for rows in spool.chunks(values):
        part = values[rows].astype(np.float64)
        count += np.isfinite(part).sum(axis=0)
        total += np.where(np.isfinite(part), part, 0).sum(axis=0)
        low, high = np.fmin(low, np.fmin.reduce(part, axis=0)), np.fmax(high, np.fmax.reduce(part, axis=0))
    mean = total / np.maximum(count, 1)
    squares = np.zeros(width)
    for rows in spool.chunks(values):
        part = values[rows] - mean
        squares += np.where(np.isfinite(part), part, 0).__pow__(2).sum(axis=0)
    deviation = np.sqrt(squares / np.maximum(count, 1))
    table = np.stack([low, mean, high, deviation], axis=1)
    return [tuple(map(float, row)) if n else () for row, n in zip(table, count, strict=True)]
