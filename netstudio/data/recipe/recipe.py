"""All columns of a table at once: from raw columns to fields that Inputs take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.recipe import numbers
from netstudio.data.recipe.categories import CategoryRecipe
from netstudio.data.recipe.features import Features
from netstudio.data.recipe.numbers import NumberRecipe
from netstudio.data.recipe.tokens import TextRecipe
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import CATEGORY, DATE, ERROR, FEATURE, NUMBER, TARGET, TEXT, ColumnSettings
from netstudio.data.table import Asked, Column, Table
from netstudio.errors import DataError, ParamError, suggestion

ColumnRecipe = NumberRecipe | CategoryRecipe | TextRecipe
KINDS: Mapping[str, type[NumberRecipe] | type[CategoryRecipe] | type[TextRecipe]] = {
    NUMBER: NumberRecipe, DATE: NumberRecipe, CATEGORY: CategoryRecipe, TEXT: TextRecipe,
}  # fmt: skip
NOTHING_SAID = ColumnSettings()


@dataclass(frozen=True)
class Recipe:
    """What the features of a table go through, by column, in the order of the table that it was learnt from."""

    columns: tuple[ColumnRecipe, ...]

    @classmethod
    def fit(cls, table: Table, settings: DataSettings, rows: Array) -> Recipe:
        """Learnt from the training `rows` alone. What can't be used as it is, is left out; DataError where none can be.

        Columns of categories, texts and dates are features where the settings name them.
        """
        said = {c.name: settings.columns.get(c.name, NOTHING_SAID) for c in feature_columns(table, settings)}
        usable = [table[name] for name, s in said.items() if not _refusal(table[name], s)]
        try:
            made: dict[str, ColumnRecipe] = {r.name: r for r in _number_recipes(table, usable, said, rows)}
            for column in usable:
                if column.kind == CATEGORY:
                    made[column.name] = CategoryRecipe.fit(column, said[column.name], rows)
                elif column.texts is not None:
                    own = said[column.name]
                    made[column.name] = TextRecipe.fit(column.name, column.texts, own, settings.text, rows)
        except DataError as error:
            raise DataError(f"{table.source}: {error}") from None
        return cls(tuple(made[column.name] for column in usable))

    @property
    def asked(self) -> Asked:
        """How the columns are to be read from another table."""
        kinds = {name: _kind(recipe) for name, recipe in self._by_name.items()}
        return Asked(None, {name: ColumnSettings(type=kind) for name, kind in kinds.items()})

    def reading(self, settings: DataSettings) -> DataSettings:
        """The settings with each column's kind, so that a small table's cells are not taken for another."""
        own = {name: settings.columns.get(name, NOTHING_SAID).params for name in self._by_name}
        columns = {
            name: ColumnSettings(**{**own[name], "type": asked.type}) for name, asked in self.asked.columns.items()
        }
        return DataSettings(**{**settings.params, "columns": {**settings.columns, **columns}})

    @property
    def _by_name(self) -> dict[str, ColumnRecipe]:
        return {recipe.name: recipe for recipe in self.columns}

    def only(self, used: Collection[str]) -> Recipe:
        """The columns of which something is used: a field, or one of the numbers that they become."""
        return Recipe(tuple(r for r in self.columns if r.name in used or not set(_places(r)).isdisjoint(used)))

    @property
    def ids(self) -> dict[str, int]:
        """How many token ids each column of text has."""
        return {r.name: r.ids for r in self.columns if isinstance(r, TextRecipe)}

    def apply(self, dataset: Dataset, settings: DataSettings | None = None) -> Dataset:
        """The data set with the columns as fields, and those that become numbers as "features", side by side.

        With the `settings` that it was fitted by, a column that is no part of it counts as one that can't be used.
        DataError where a column is missing, or holds what the training rows did not.
        """
        table = dataset.table
        assert table is not None
        self._require(table)
        features = Features(table, self.columns)
        own = {*self._by_name, "features"}
        fields = {name: values for name, values in dataset.fields.items() if name not in own}
        classes = {name: names for name, names in dataset.classes.items() if name not in own}
        problems = {name: text for name, text in dataset.problems.items() if name not in own}
        if broken := next(_refusals(table, settings), None) if settings is not None else None:
            problems["features"] = broken
        elif features.places:
            fields = {"features": features.matrix, **fields}
        fields |= features.fields
        classes |= {r.name: r.classes for r in self.columns if isinstance(r, CategoryRecipe) and not r.one_hot}
        for recipe in self.columns:
            if isinstance(recipe, TextRecipe):
                texts = table[recipe.name].texts
                assert texts is not None
                fields[recipe.name] = recipe.encode(texts)
        several = {r.name: _places(r) for r in self.columns if len(_places(r)) > 1}
        return Dataset(dataset.source, fields, classes, features.places, problems, table, several)

    def _require(self, table: Table) -> None:
        """DataError where a column is not there, or can't be used."""
        there = [column.name for column in table.columns]
        gone = [name for name in self._by_name if name not in there]
        if gone:
            left = [name for name in there if name not in self._by_name]
            near = [f"{name!r}{suggestion(name, left).rstrip('?')}" for name in gone]
            more = f" (there is {listed([repr(name) for name in left], 6)} instead)" if left else ""
            raise DataError(
                f"{table.source} has no column {listed(near, 6)}, which the model was trained on{more}; "
                "give the columns the names that they had in training: " + listed(list(self._by_name), 40)
            )
        wrong = [text for r in self.columns if (text := _unfit(table[r.name], r))]
        if wrong:
            more = f"; and {len(wrong) - 1} more columns can't be used" if len(wrong) > 1 else ""
            raise DataError(f"{table.source}: {wrong[0]}{more}")

    def to_json(self) -> list[dict[str, Any]]:
        """Plain JSON."""
        return [recipe.to_json() for recipe in self.columns]

    @classmethod
    def from_json(cls, value: list[dict[str, Any]]) -> Recipe:
        """From what `to_json` gave; KeyError, TypeError or ValueError where it can't be."""
        try:
            return cls(tuple(KINDS[one["kind"]].from_json(one) for one in value))
        except ParamError as error:
            raise ValueError(str(error)) from None


def feature_columns(table: Table, settings: DataSettings) -> list[Column]:
    """The features among the columns: those of numbers, and of others those that the settings name.

    A window shows the columns that it names, and its target of before, which stands some rows after it.
    """
    asked, window = Asked(table.target, settings.columns), settings.window
    found = [column for column in table.columns if asked.role(column.name) == FEATURE]
    if window is not None:
        seen = [FEATURE, TARGET] if window.horizon else [FEATURE]
        found = [column for column in table.columns if asked.role(column.name) in seen]
        _require_columns(table, window.columns)
        found = [column for column in found if window.columns is None or column.name in window.columns]
    return [column for column in found if column.kind == NUMBER or column.name in settings.columns]


def _require_columns(table: Table, names: tuple[str, ...] | None) -> None:
    for name in names or ():
        table[name]


def _number_recipes(
    table: Table, usable: list[Column], said: Mapping[str, ColumnSettings], rows: Array
) -> Iterator[NumberRecipe]:
    """Those that stand side by side are read together."""
    beside = [c.name for c in usable if c.name in table.names]
    places = [table.names.index(name) for name in beside]
    if beside:
        yield from numbers.fit(beside, [said[name] for name in beside], table.numbers, places, rows)
    for column in usable:
        if column.kind in (NUMBER, DATE) and column.name not in table.names:
            assert column.exact is not None
            (made,) = numbers.fit([column.name], [said[column.name]], column.exact[:, None], [0], rows)
            yield replace(made, date=column.kind == DATE)


def _refusals(table: Table, settings: DataSettings) -> Iterator[str]:
    for column in feature_columns(table, settings):
        if text := _refusal(column, settings.columns.get(column.name, NOTHING_SAID)):
            yield text


def _refusal(column: Column, said: ColumnSettings) -> str | None:
    """Why a feature can't be used."""
    if not column.is_usable:
        return column.problem
    return column.problem if column.missing and said.missing == ERROR else None


def _unfit(column: Column, recipe: ColumnRecipe) -> str | None:
    """Why a column can't be used in place of the one that the recipe was learnt from."""
    if not column.is_usable or column.kind != _kind(recipe):
        return column.problem or f"column {column.name!r} holds a {column.kind}, and held a {_kind(recipe)} in training"
    if column.missing and recipe.missing in (ERROR, "drop"):
        return (column.problem or "").partition(";")[0] + "; the model was trained on full rows: fill it in"
    return None


def _kind(recipe: ColumnRecipe) -> str:
    if isinstance(recipe, NumberRecipe):
        return DATE if recipe.date else NUMBER
    return CATEGORY if isinstance(recipe, CategoryRecipe) else TEXT


def _places(recipe: ColumnRecipe) -> tuple[str, ...]:
    return (recipe.name,) if isinstance(recipe, TextRecipe) else recipe.places
