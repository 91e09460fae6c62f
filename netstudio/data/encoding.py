"""From loaded samples to fields that Inputs and Targets take: split, windows, and what becomes of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset
from netstudio.data.recipe import Recipe
from netstudio.data.recipe.recipe import feature_columns
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import CATEGORY, TEXT
from netstudio.data.splitting import Parts, split_dataset
from netstudio.data.table import Table
from netstudio.data.windows import Windows
from netstudio.errors import DataError

Divide = Callable[..., Parts]  # what takes what `split_dataset` takes, and gives parts
Targets = Callable[[Dataset], Mapping[str, Array]]  # the Targets' arrays, by node id, of samples


@dataclass(frozen=True)
class Encoded:
    """`dataset` holds the fields, a row a sample; `parts` are numbers of samples.

    `recipe` is what the columns went through, None where nothing is said of them.
    """

    dataset: Dataset
    parts: Parts
    recipe: Recipe | None
    windows: Windows | None

    def of_targets(self, values: Array | None) -> Array | None:
        """What stands in a row for each sample: in the row of its target, where samples are windows."""
        if values is None or self.windows is None:
            return values
        found: Array = values[self.windows.last + self.windows.horizon]
        return found


def encode(
    loaded: Dataset,
    settings: DataSettings,
    seed: int,
    targets: Targets,
    known: Recipe | None = None,
    divide: Divide = split_dataset,
    most: int | None = None,
) -> Encoded:
    """Split the samples, learn from the training rows alone, and apply that to all.

    With `known` nothing is learnt; `divide` tells the parts. With `most`, the dataset that is given holds no more of
    a table's rows than that, evenly spaced, and numbers are learnt from no more: a look at what would become of all,
    whose parts and problems it has. DataError where the settings do not suit the data.
    """
    window, table = settings.window, loaded.table
    if window is None and not settings.columns and known is None:
        return Encoded(loaded, divide(loaded, settings, seed, targets(loaded)), None, None)
    if table is None:
        said = '"columns"' if settings.columns else '"window"'
        raise DataError(f"{loaded.source} is no table, and {said} of the data speaks of one; take it out")
    windows = Windows.of(table, settings, window) if window is not None else None
    if windows is None:
        parts = divide(loaded, settings, seed, targets(loaded))
        rows = parts.training
    else:
        samples = windows.answers(loaded)
        parts = windows.split(samples, settings, seed, targets(samples), divide)
        rows = windows.rows(parts.training)
    if most is not None and windows is None and most < loaded.rows:
        has_texts = any(column.kind in (CATEGORY, TEXT) for column in feature_columns(table, settings))
        recipe = Recipe.fit(table, settings, rows if has_texts else rows[:most])  # the rows are shuffled
        return Encoded(recipe.apply(_thinned(loaded, table, most), settings), parts, recipe, None)
    recipe = known or Recipe.fit(table, settings, rows)
    encoded = recipe.apply(loaded, settings)
    return Encoded(encoded if windows is None else windows.cut(encoded, loaded), parts, recipe, windows)


def _thinned(loaded: Dataset, table: Table, most: int) -> Dataset:
    """So many rows, evenly spaced; what is wrong with a column of all rows is wrong with it still."""
    rows = np.linspace(0, table.rows - 1, most).astype(np.int64)
    some = table.taken(rows)
    columns = (
        replace(few, problem=whole.problem, missing=whole.missing, empty=whole.empty)
        for few, whole in zip(some.columns, table.columns, strict=True)
    )
    fields = {name: spool.taken(values, rows) for name, values in loaded.fields.items() if name != "features"}
    return replace(loaded, fields=fields, table=replace(some, columns=tuple(columns)))
