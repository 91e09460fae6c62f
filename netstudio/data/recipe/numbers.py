"""Columns of numbers: what stands in their empty cells, and how they are scaled.

Empty cells are filled before the scale is found, as in a pipeline of scikit-learn's SimpleImputer and a scaler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netstudio.data import spool
from netstudio.data.settings.columns import CONSTANT, DROP, ERROR, FLAG, MEAN, MEDIAN, ColumnSettings
from netstudio.data.spool import Array
from netstudio.errors import DataError

TOGETHER = 96 << 20  # bytes of columns that are sorted at a time
NOISE = 1e-12  # of a sum's rounding, less than two different float32 numbers can be apart
LOG, MINMAX, ROBUST, STANDARDIZE = "log", "minmax", "robust", "standardize"


@dataclass(frozen=True)
class NumberRecipe:
    """One column: (filled value - shift) / spread, of the logarithm of 1 + x where `log`; beside it a flag if asked."""

    name: str
    missing: str = ERROR
    fill: float = 0.0
    log: bool = False
    shift: float = 0.0
    spread: float = 1.0
    date: bool = False

    @property
    def flags(self) -> bool:
        return self.missing == FLAG

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the numbers it becomes."""
        return (self.name, f"{self.name} is empty") if self.flags else (self.name,)

    @property
    def changes(self) -> bool:
        """Whether it makes other numbers of any."""
        return self.missing not in (ERROR, DROP) or self.log or (self.shift, self.spread) != (0.0, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kind": "date" if self.date else "number", "name": self.name, "missing": self.missing, "fill": self.fill,
            "log": self.log, "shift": self.shift, "spread": self.spread,
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> NumberRecipe:
        """From what `to_json` gave; ValueError where it can't be."""
        fill, shift, spread = (float(value[key]) for key in ("fill", "shift", "spread"))
        if not np.isfinite([fill, shift, spread]).all() or spread == 0:
            raise ValueError(str(value)[:80])
        return cls(
            str(value["name"]), str(value["missing"]), fill, bool(value["log"]), shift, spread, value["kind"] == "date"
        )


class Numbers:
    """Columns side by side, (rows, columns), and the recipes for them in the same order."""

    def __init__(self, recipes: Sequence[NumberRecipe]) -> None:
        self.recipes = tuple(recipes)
        self._fill = np.array([r.fill for r in recipes])
        self._log = np.array([r.log for r in recipes], bool)
        self._shift = np.array([r.shift for r in recipes])
        self._spread = np.array([r.spread for r in recipes])

    def encoded(self, part: Array) -> tuple[Array, Array]:
        """The values of some rows, float64, and which cells were empty, both (rows, columns)."""
        empty = np.isnan(part)
        values = _filled(part, self._fill, self._log)
        return (values - self._shift) / self._spread, empty


def fit(
    names: Sequence[str], said: Sequence[ColumnSettings], values: Array, places: Sequence[int], rows: Array
) -> list[NumberRecipe]:
    """Recipes for those `places` of (all rows, columns), learnt from `rows` alone; DataError where none can be."""
    parts = _Parts(values, places, rows)
    fill, log = _fill(names, said, parts), np.array([s.scale == LOG for s in said], bool)
    shift, spread = _scale(said, parts, fill, log)
    return [
        NumberRecipe(name, s.missing, float(f), bool(g), float(a), float(b))
        for name, s, f, g, a, b in zip(names, said, fill, log, shift, spread, strict=True)
    ]


class _Parts:
    """The rows that are learnt from, of some places of (rows, columns), as float64, a chunk at a time."""

    def __init__(self, values: Array, places: Sequence[int], rows: Array) -> None:
        self.values, self.rows = values, np.sort(rows)  # in the order in which they lie in the file
        self._places = list(places)
        self._whole = self._places == list(range(values.shape[1]))

    def __iter__(self) -> Iterator[Array]:
        for rows in self._pieces():
            part = self.values[rows]
            yield (part if self._whole else part[:, self._places]).astype(np.float64)

    def sum(self, change: Callable[[Array], Array]) -> Array:
        """The sum over all rows of what `change` makes of them, (columns,)."""
        total: Array = np.sum([change(part).sum(axis=0) for part in self], axis=0)
        return total

    def sorted_columns(self, places: Sequence[int]) -> Iterator[tuple[int, Array]]:
        """Each of those columns whole, by its place: a few are read at a time."""
        together = max(1, TOGETHER // (self.values.itemsize * max(1, len(self.rows))))
        for start in range(0, len(places), together):
            group = list(places[start : start + together])
            own = [self._places[i] for i in group]
            held, done = np.empty((len(self.rows), len(group)), self.values.dtype, order="F"), 0
            for part in self._pieces():
                held[done : done + len(part)] = self.values[part][:, own]
                done += len(part)
            yield from ((place, held[:, i].astype(np.float64)) for i, place in enumerate(group))

    def _pieces(self) -> Iterator[Array]:
        step = max(1, spool.CHUNK // (8 * max(1, self.values.shape[1])))
        for start in range(0, len(self.rows), step):
            yield self.rows[start : start + step]


def _fill(names: Sequence[str], said: Sequence[ColumnSettings], parts: _Parts) -> Array:
    """What stands in each column's empty cells."""
    fill = np.array([_constant(n, s) if s.missing == CONSTANT else 0.0 for n, s in zip(names, said, strict=True)])
    means = [i for i, s in enumerate(said) if s.missing in (MEAN, FLAG)]
    medians = [i for i, s in enumerate(said) if s.missing == MEDIAN]
    if means:
        count = parts.sum(lambda part: ~np.isnan(part[:, means]))
        total = parts.sum(lambda part: np.nan_to_num(part[:, means], nan=0.0))
        _require_some([names[i] for i in means], count)
        fill[means] = total / count
    for place, column in parts.sorted_columns(medians):
        there = column[~np.isnan(column)]
        _require_some([names[place]], np.array([len(there)]))
        fill[place] = np.median(there)
    return fill


def _constant(name: str, said: ColumnSettings) -> float:
    try:
        return float(said.fill)
    except (TypeError, ValueError):
        raise DataError(
            f'column {name!r} is to be filled with a constant, and its "fill" is {said.fill!r}; expected a number'
        ) from None


def _require_some(names: Sequence[str], counts: Array) -> None:
    if (counts == 0).any():
        name = names[int(np.argmin(counts))]
        raise DataError(
            f"column {name!r} is empty in every training row, so that there is nothing to fill it with; ignore it"
        )


def _scale(said: Sequence[ColumnSettings], parts: _Parts, fill: Array, log: Array) -> tuple[Array, Array]:
    """(shift, spread) of each column once it is filled."""
    shift, spread = np.zeros(len(said)), np.ones(len(said))
    at = {kind: [i for i, s in enumerate(said) if s.scale == kind] for kind in (STANDARDIZE, MINMAX, ROBUST)}
    if at[STANDARDIZE]:
        own = at[STANDARDIZE]
        mean = parts.sum(lambda part: _filled(part, fill, log)[:, own]) / len(parts.rows)
        squares = parts.sum(lambda part: (_filled(part, fill, log)[:, own] - mean) ** 2)
        shift[own], spread[own] = mean, np.sqrt(squares / len(parts.rows))
    if at[MINMAX]:
        own = at[MINMAX]
        found = [(part.min(axis=0), part.max(axis=0)) for part in (_filled(p, fill, log)[:, own] for p in parts)]
        low = np.min([low for low, _ in found], axis=0)
        shift[own], spread[own] = low, np.max([high for _, high in found], axis=0) - low
    for place, column in parts.sorted_columns(at[ROBUST]):
        low, middle, high = np.quantile(np.where(np.isnan(column), fill[place], column), (0.25, 0.5, 0.75))
        shift[place], spread[place] = middle, high - low
    return shift, divisor(spread, shift)


def divisor(spread: Array, shift: Array) -> Array:
    """What to divide by: 1 where a column never varies, of which rounding may leave a little."""
    return np.where(spread > NOISE * np.abs(shift), spread, 1.0)


def _filled(part: Array, fill: Array, log: Array) -> Array:
    values = np.where(np.isnan(part), fill, part)
    if log.any():
        values[:, log] = np.log1p(values[:, log])
    return values
