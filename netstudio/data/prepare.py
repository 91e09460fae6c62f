"""From a document to arrays that are ready to train on, in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from netstudio.data.binding import bind
from netstudio.data.dataset import Array
from netstudio.data.loading import FORMS, load
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.settings import DataSettings
from netstudio.data.splitting import split, taken
from netstudio.errors import DataError
from netstudio.graph import Graph
from netstudio.training.settings import TrainingSettings

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class PreparedData:
    """(rows, ...) arrays by node id, preprocessed: x of Inputs and y of Targets, to train on and to validate on.

    `x_val` and `y_val` have no rows where there is no validation_split. `classes` names class numbers by node id;
    `hash` is a SHA-256 of the data set before any of this.
    """

    x: Arrays
    y: Arrays
    x_val: Arrays
    y_val: Arrays
    classes: Mapping[str, tuple[str, ...]]
    preprocessing: Preprocessing
    hash: str
    source: str

    @property
    def rows(self) -> int:
        return len(next(iter(self.x.values()), ()))

    @property
    def validation_rows(self) -> int:
        return len(next(iter(self.x_val.values()), ()))


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
    rows, kept = split(dataset.rows, settings.validation_split, seed)
    x, y = taken(bound.x, rows), taken(bound.y, rows)
    steps = fitted or Preprocessing.fit(settings.preprocess, {**x, **y}, bound.columns)
    x_val, y_val = taken(bound.x, kept), taken(bound.y, kept)
    return PreparedData(
        steps.apply(x),
        steps.apply(y),
        steps.apply(x_val),
        steps.apply(y_val),
        bound.classes,
        steps,
        dataset.hash,
        where,
    )
