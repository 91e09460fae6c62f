"""From loaded samples to fields that Inputs and Targets take: split, windows, and what becomes of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netstudio.data.dataset import Array, Dataset
from netstudio.data.recipe import Recipe
from netstudio.data.settings import DataSettings
from netstudio.data.splitting import Parts, split_dataset
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
) -> Encoded:
    """Split the samples, learn from the training rows alone, and apply that to all.

    With `known` nothing is learnt; `divide` tells the parts. DataError where the settings do not suit the data.
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
    recipe = known or Recipe.fit(table, settings, rows)
    encoded = recipe.apply(loaded, settings)
    return Encoded(encoded if windows is None else windows.cut(encoded, loaded), parts, recipe, windows)
