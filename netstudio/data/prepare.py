"""From a document to arrays that are ready to train on, in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from netstudio.data import spool
from netstudio.data.binding import Bound, Names, bind
from netstudio.data.dataset import Array, Dataset
from netstudio.data.encoding import Divide, encode
from netstudio.data.loading import FORMS, load
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.recipe import Recipe
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import NUMBER, WEIGHT
from netstudio.data.splitting import Parts, split_dataset, taken
from netstudio.errors import DataError
from netstudio.graph import Graph
from netstudio.training.settings import TrainingSettings

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class PreparedData:
    """All samples, preprocessed, as (rows, ...) arrays by node id: `inputs` and `targets`.

    `train_rows` are the numbers of those to train on, `held_rows` of those kept to validate on, `test_rows` of those
    that do neither, in a shuffled order; the last two are empty where the document keeps none.

    `x`, `y`, `x_val`, `y_val`, `x_test` and `y_test` are copies of those samples. `classes` names class numbers by node
    id; `hash` is a SHA-256 of the data set before any of this. `weights` say how much each sample counts, (rows,).
    `unused` are columns that nothing is said of and nothing takes.
    """

    inputs: Arrays
    targets: Arrays
    train_rows: Array
    held_rows: Array
    classes: Mapping[str, tuple[str, ...]]
    preprocessing: Preprocessing
    hash: str
    source: str
    test_rows: Array = field(default_factory=lambda: np.arange(0))
    weights: Array | None = None
    unused: tuple[str, ...] = ()

    @cached_property
    def x(self) -> Arrays:
        return self._copied(self.inputs, self.train_rows)

    @cached_property
    def y(self) -> Arrays:
        return self._copied(self.targets, self.train_rows)

    @cached_property
    def x_val(self) -> Arrays:
        return self._copied(self.inputs, self.held_rows)

    @cached_property
    def y_val(self) -> Arrays:
        return self._copied(self.targets, self.held_rows)

    @cached_property
    def x_test(self) -> Arrays:
        return self._copied(self.inputs, self.test_rows)

    @cached_property
    def y_test(self) -> Arrays:
        return self._copied(self.targets, self.test_rows)

    @property
    def parts(self) -> Parts:
        return Parts(self.train_rows, self.held_rows, self.test_rows)

    @property
    def rows(self) -> int:
        return len(self.train_rows)

    @property
    def validation_rows(self) -> int:
        return len(self.held_rows)

    def _copied(self, arrays: Arrays, rows: Array) -> Arrays:
        everything = len(rows) == len(next(iter(arrays.values()), ()))  # then in their own order
        return arrays if everything else taken(arrays, rows)


def prepare(
    graph: Graph,
    folder: str | Path | None = None,
    source: str | None = None,
    *,
    fitted: Preprocessing | None = None,
    classes: Mapping[str, tuple[str, ...]] | None = None,
) -> PreparedData:
    """Load, bind, split by the training seed, and preprocess as the document says.

    Relative paths start at `folder`; `source` takes the place of the document's. With `fitted` the scaling is that of a
    trained model, and with `classes` its class numbers, instead of found in the data. Raises DataError, FileError.
    """
    settings, seed = DataSettings(**graph.data), TrainingSettings(**graph.training).seed
    where = source_named(settings, source)
    if fitted is not None and fitted.recipe is not None:
        settings = fitted.recipe.reading(settings)
    loaded = load(where, folder, settings, graph, seed)
    return prepare_dataset(graph, loaded, where, fitted=fitted, classes=classes)


def source_named(settings: DataSettings, source: str | None) -> str:
    """The source, or that of the document; DataError where neither is named."""
    where = source or settings.source
    if where is None:
        raise DataError(f"the document names no data; set its source to {FORMS}")
    return where


def prepare_dataset(
    graph: Graph,
    loaded: Dataset,
    source: str,
    *,
    fitted: Preprocessing | None = None,
    classes: Mapping[str, tuple[str, ...]] | None = None,
    divide: Divide = split_dataset,
) -> PreparedData:
    """As `prepare`, from a data set that is loaded already; `divide` tells the parts, as `split_dataset` does."""
    settings, seed = DataSettings(**graph.data), TrainingSettings(**graph.training).seed
    known = fitted.recipe if fitted else None

    def targets(samples: Dataset) -> Arrays:
        return bind(graph, samples, known=classes, inputs=False).y

    found = encode(loaded, settings, seed, targets, known, divide)
    bound, parts = bind(graph, found.dataset, known=classes), found.parts
    steps = fitted or _fit(loaded, settings, bound, found.recipe, parts.training)
    return PreparedData(
        steps.apply(bound.x), steps.apply(bound.y), parts.training, parts.validation, bound.classes, steps,
        loaded.hash, source, parts.test, found.of_targets(weights(loaded, settings)), _unused(loaded, settings, bound),
    )  # fmt: skip


def _fit(loaded: Dataset, settings: DataSettings, bound: Bound, recipe: Recipe | None, rows: Array) -> Preprocessing:
    used = {name for names in bound.columns.values() for name in names}
    target = loaded.table.target if loaded.table else None
    quantities = [node for node, values in bound.y.items() if values.dtype.kind == "f"]
    scaled = {node: kind for node in quantities if (kind := _scale_of_target(settings, bound.names[node], target))}
    asked = {**scaled, **settings.preprocess}
    kept = recipe.only(used) if recipe else None
    return Preprocessing.fit(asked, {**bound.x, **bound.y}, bound.columns, rows, kept)


def _unused(loaded: Dataset, settings: DataSettings, bound: Bound) -> tuple[str, ...]:
    if loaded.table is None or "features" not in bound.names.values():  # who binds columns chooses among them
        return ()
    taken = {name for names in bound.columns.values() for name in names} | {loaded.table.target, *settings.columns}
    return tuple(column.name for column in loaded.table.columns if column.name not in taken)


def _scale_of_target(settings: DataSettings, names: Names, target: str | None) -> str | None:
    """How a Target's column is scaled: this is kept by node, since what is predicted is scaled back."""
    name = target if names == "target" else names
    own = settings.columns.get(name) if isinstance(name, str) else None
    return own.scale if own is not None and own.scale != "none" else None


def weights(dataset: Dataset, settings: DataSettings) -> Array | None:
    """How much each sample counts, (rows,) float32: the column whose role it is; DataError where that can't be."""
    name = next((n for n, column in settings.columns.items() if column.role == WEIGHT), None)
    if name is None or dataset.table is None:
        return None
    values, table = dataset.field(name), dataset.table
    if table[name].kind != NUMBER:
        raise DataError(f"{dataset.source}: column {name!r} holds a {table[name].kind}, and is to weigh samples")
    wrong = spool.first_row(values, lambda part: part < 0)
    if wrong is not None:
        told = f"{table.where(wrong)}, column {name!r} is {values[wrong]:g}"
        raise DataError(f"{dataset.source}: {told}; a sample's weight is 0 or more")
    if not values.any():
        raise DataError(f"{dataset.source}: column {name!r} is 0 in every row, so that no sample counts")
    return values
