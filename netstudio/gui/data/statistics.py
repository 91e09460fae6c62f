"""What the plots of a data set show, from a sample of its rows where there are very many. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netstudio.data.dataset import Array
from netstudio.gui.data.columns import Column

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
MOST_ROWS = 200_000  # that are looked at
MOST_BINS = 40
MOST_COLUMNS = 40  # of a matrix
STRIPES = 160  # rows of the map of what is missing
EVERYTHING = ""  # the name of the only part where the data are not split


@dataclass(frozen=True)
class Histogram:
    """How many values of each part fall between the `edges`, (bins + 1,); `counts` are by the part's name."""

    edges: Floats
    counts: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Counts:
    """How many samples of each part each class has; `shares` tells which part of all rows was looked at."""

    classes: tuple[str, ...]
    counts: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Correlation:
    """Pearson's correlation between columns, (columns, columns); NaN where one of the two never varies."""

    names: tuple[str, ...]
    values: Floats


@dataclass(frozen=True)
class Missing:
    """The share of missing cells in stripes of neighbouring rows, (stripes, columns), and in each column."""

    names: tuple[str, ...]
    stripes: Floats
    shares: Floats


def sample(rows: int, most: int = MOST_ROWS) -> Rows:
    """The numbers of evenly spaced rows, all of them where there are no more than `most`."""
    return np.arange(rows) if rows <= most else np.linspace(0, rows - 1, most).astype(np.int64)


def spread(column: Column, parts: Mapping[str, Rows]) -> Histogram | Counts:
    """How a column's values are spread in each part."""
    return class_counts(column, parts) if column.kind == "class" else histogram(column, parts)


def histogram(column: Column, parts: Mapping[str, Rows]) -> Histogram:
    """Of a column's values (of all values of images and sequences), a bin for each whole number where they are few."""
    some = {part: _values(column, rows[sample(len(rows))]) for part, rows in parts.items()}
    known = np.concatenate(list(some.values()))
    edges = _edges(known)
    return Histogram(edges, {part: np.histogram(values, edges)[0] for part, values in some.items()})


def class_counts(column: Column, parts: Mapping[str, Rows]) -> Counts:
    """How many samples of each class there are in each part, of all rows."""
    size = len(column.classes)
    known = {part: column.values[rows] for part, rows in parts.items()}
    return Counts(column.classes, {part: np.bincount(v[v >= 0], minlength=size) for part, v in known.items()})


def correlation(columns: Sequence[Column]) -> Correlation:
    """Between columns of numbers, and of two classes counted 0 and 1; of each pair the rows that have both values."""
    usable = [c for c in columns if c.kind == "number" or (c.kind == "class" and len(c.classes) == 2)][:MOST_COLUMNS]
    if not usable:
        return Correlation((), np.zeros((0, 0)))
    rows = sample(len(usable[0].values), MOST_ROWS // 4)
    table = np.stack([_numbers(c, rows) for c in usable], axis=1)
    return Correlation(tuple(c.name for c in usable), _correlated(table))


def missing(columns: Sequence[Column]) -> Missing:
    """Where values are missing."""
    usable = [c for c in columns if c.kind in ("number", "class", "date", "text")][: 4 * MOST_COLUMNS]
    if not usable:
        return Missing((), np.zeros((0, 0)), np.zeros(0))
    rows = sample(len(usable[0].values))
    gone = np.stack([_missing(c, rows) for c in usable], axis=1)
    stripes = [part.mean(axis=0) for part in np.array_split(gone, min(STRIPES, len(gone)))]
    return Missing(tuple(c.name for c in usable), np.stack(stripes), gone.mean(axis=0))


def examples(column: Column, labels: Column | None, count: int) -> Rows:
    """The rows to show of a column of images or sequences: as many of each class as of the others, in turn."""
    rows = sample(len(column.values), MOST_ROWS)
    if labels is None:
        return rows[sample(len(rows), count)]
    own = np.asarray(labels.values[rows])
    of_class = [rows[own == c][:count] for c in range(len(labels.classes))]
    turns = [r[i] for i in range(count) for r in of_class if i < len(r)]
    return np.array(turns[:count], np.int64)


def _values(column: Column, rows: Rows) -> Floats:
    if column.values.ndim > 1:
        rows = rows[sample(len(rows), max(1, MOST_ROWS // max(1, column.values[0].size)))]
    values = np.asarray(column.values[rows], np.float64).reshape(-1)
    return values[np.isfinite(values)]


def _numbers(column: Column, rows: Rows) -> Floats:
    """With NaN for empty cells."""
    values = np.asarray(column.values[rows], np.float64)
    return np.where(values < 0, np.nan, values) if column.kind == "class" else values


def _edges(values: Floats) -> Floats:
    if not len(values):
        return np.array([0.0, 1.0])
    low, high = float(values.min()), float(values.max())
    if high - low < MOST_BINS and not np.any(values != np.round(values)):
        return np.arange(low - 0.5, high + 1.0)
    return np.linspace(low, high if high > low else low + 1.0, MOST_BINS + 1)


def _missing(column: Column, rows: Rows) -> NDArray[np.bool_]:
    if column.texts is not None:
        return np.array([text is None for text in column.texts.of(rows)], np.bool_)
    values: Array = column.values[rows]
    return values < 0 if column.kind == "class" else np.isnan(values)


def _correlated(table: Floats) -> Floats:
    """Sums over the rows that have both values of a pair, all pairs at once by products of matrices."""
    known = np.isfinite(table)
    middle = np.nanmean(np.where(known.any(axis=0), table, 0.0), axis=0)
    x, there = np.where(known, table - middle, 0.0), known.astype(np.float64)
    count, sums, squares, products = there.T @ there, x.T @ there, (x * x).T @ there, x.T @ x
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = products - sums * sums.T / count
        spread = squares - sums * sums / count
        scale = np.sqrt(np.maximum(spread, 0) * np.maximum(spread.T, 0))
        return np.where(scale > 1e-12 * np.maximum(squares, 1e-300), np.clip(covariance / scale, -1, 1), np.nan)
