"""From a document to arrays that are ready to train on, in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from netstudio.data.binding import bind
from netstudio.data.dataset import Array
from netstudio.data.loading import FORMS, load
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.settings import DataSettings
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
    where = source or settings.source
    if where is None:
        raise DataError(f"the document names no data; set its source to {FORMS}")
    dataset = load(where, folder, settings, graph, seed)
    bound = bind(graph, dataset, known=classes)
    parts = split_dataset(dataset, settings, seed, bound.y)
    steps = fitted or Preprocessing.fit(settings.preprocess, {**bound.x, **bound.y}, bound.columns, parts.training)
    return PreparedData(
        steps.apply(bound.x), steps.apply(bound.y), parts.training, parts.validation, bound.classes, steps,
        dataset.hash, where, parts.test,
    )  # fmt: skip
