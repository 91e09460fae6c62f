"""The features of a table side by side, made in one pass over its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from netstudio.data import spool
from netstudio.data.recipe.categories import CategoryRecipe
from netstudio.data.recipe.numbers import NumberRecipe, Numbers
from netstudio.data.settings.columns import NUMBER
from netstudio.data.spool import Array
from netstudio.data.table import Table
from netstudio.errors import DataError

Filler = Callable[[slice, Array], None]  # puts its numbers of some rows into the rows' places


class Features:
    """What recipes make of a table: `matrix` (rows, places) float32, and `fields`, the columns by name."""

    def __init__(self, table: Table, recipes: Sequence[Any]) -> None:
        self._table = table
        self._numbers = [r for r in recipes if isinstance(r, NumberRecipe)]
        self._categories = [r for r in recipes if isinstance(r, CategoryRecipe)]
        self._found = {r.name: r.places_of(table[r.name], table) for r in self._categories}
        self._start: dict[str, int] = {}
        self.places: tuple[str, ...] = ()
        for recipe in recipes:
            if takes_place(recipe):
                self._start[recipe.name] = len(self.places)
                self.places += recipe.places

    @cached_property
    def matrix(self) -> Array:
        """All of them; the table's own where nothing changes."""
        if self.places == self._table.names and not any(r.changes for r in self._numbers):
            return self._table.numbers
        made = spool.empty((self._table.rows, len(self.places)), np.float32)
        fillers = [*self._number_fillers(), *map(self._one_hot_filler, self._one_hots)]
        for rows in spool.chunks(made):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                for fill in fillers:
                    fill(rows, made[rows])
            self._require_finite(made[rows], rows.start)
        return made

    @property
    def fields(self) -> dict[str, Array]:
        """Each column by itself: those side by side as views, categories as integers otherwise."""
        beside: list[NumberRecipe | CategoryRecipe] = [*self._numbers, *self._one_hots]
        return {r.name: self._own_places(r) for r in beside} | {
            r.name: self._integers(r) for r in self._categories if not r.one_hot
        }

    @property
    def _one_hots(self) -> list[CategoryRecipe]:
        return [r for r in self._categories if r.one_hot]

    def _own_places(self, recipe: NumberRecipe | CategoryRecipe) -> Array:
        start, width = self._start[recipe.name], len(recipe.places)
        return self.matrix[:, start] if width == 1 else self.matrix[:, start : start + width]

    def _integers(self, recipe: CategoryRecipe) -> Array:
        values, found = self._table[recipe.name].values, self._found[recipe.name]
        assert values is not None
        return spool.transformed(values, lambda part: recipe.integers(found[part]), (), np.int64)

    def _number_fillers(self) -> list[Filler]:
        beside = [r for r in self._numbers if r.name in self._table.names]
        places = [self._table.names.index(r.name) for r in beside]
        whole = places == list(range(len(self._table.names)))
        numbers = self._table.numbers
        fillers = []
        if beside:
            fillers.append(self._filler(beside, lambda rows: numbers[rows] if whole else numbers[rows][:, places]))
        for recipe in self._numbers:
            if recipe not in beside:
                fillers.append(self._filler([recipe], self._apart(recipe.name)))
        return fillers

    def _apart(self, name: str) -> Callable[[slice], Array]:
        exact = self._table[name].exact
        assert exact is not None
        held = exact
        return lambda rows: held[rows, None]

    def _filler(self, recipes: Sequence[NumberRecipe], read: Callable[[slice], Array]) -> Filler:
        numbers = Numbers(recipes)
        starts = [self._start[r.name] for r in recipes]
        flags = [i for i, r in enumerate(recipes) if r.flags]
        beside = [starts[i] + 1 for i in flags]

        def fill(rows: slice, made: Array) -> None:
            values, empty = numbers.encoded(read(rows))
            made[:, starts] = values
            made[:, beside] = empty[:, flags]

        return fill

    def _one_hot_filler(self, recipe: CategoryRecipe) -> Filler:
        start, end = self._start[recipe.name], self._start[recipe.name] + len(recipe.places)
        values, found = self._table[recipe.name].values, self._found[recipe.name]
        assert values is not None
        held = values

        def fill(rows: slice, made: Array) -> None:
            made[:, start:end] = recipe.one_hots(found[held[rows]])

        return fill

    def _require_finite(self, made: Array, first: int) -> None:
        wrong = ~np.isfinite(made)
        if not wrong.any():
            return
        row, place = (int(n) for n in np.argwhere(wrong)[0])
        recipe = next(r for r in self._numbers if self._start[r.name] == place)
        column = self._table[recipe.name]
        held = column.values if column.kind == NUMBER else column.exact
        assert held is not None
        why = "the logarithm of 1 + x takes numbers above -1" if recipe.log else "that is too large once it is scaled"
        raise DataError(
            f"{self._table.source}: {self._table.where(first + row)}, column {recipe.name!r} is {held[first + row]:g}; "
            f'{why}: mend it, or choose another "scale"'
        )


def takes_place(recipe: Any) -> bool:
    """Whether what a recipe makes stands among the features side by side."""
    return isinstance(recipe, NumberRecipe) or (isinstance(recipe, CategoryRecipe) and recipe.one_hot)
