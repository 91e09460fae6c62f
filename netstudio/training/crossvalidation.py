"""Cross-validation: how good a network is on samples it has not seen, and how much that varies."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netstudio.data.folding import fold_dataset
from netstudio.data.loading import load
from netstudio.data.prepare import prepare_dataset, source_named
from netstudio.data.settings import DataSettings
from netstudio.errors import TrainingError
from netstudio.graph.document import Graph
from netstudio.training.assembly import trainable, trainer_on
from netstudio.training.model import EVALUATE_BATCH
from netstudio.training.progress import Progress

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Fold:
    """What came of one fold: the figures of the samples it held out, and how many trained and were held out."""

    figures: Figures
    trained: int
    held: int


@dataclass(frozen=True)
class CrossValidation:
    """What came of all folds."""

    folds: tuple[Fold, ...]

    @property
    def mean(self) -> dict[str, float]:
        """The mean of each figure over the folds."""
        return {name: float(np.mean(values)) for name, values in self._by_name().items()}

    @property
    def deviation(self) -> dict[str, float]:
        """The standard deviation of each figure over the folds, as of a sample (the divisor is one less)."""
        return {name: float(np.std(values, ddof=1)) for name, values in self._by_name().items()}

    def _by_name(self) -> dict[str, list[float]]:
        return {name: [fold.figures[name] for fold in self.folds] for name in self.folds[0].figures}


def cross_validate(
    graph: Graph,
    folds: int = 5,
    folder: str | Path | None = None,
    source: str | None = None,
    threads: int | None = None,
    on_progress: Callable[[int, Progress], None] | None = None,
) -> CrossValidation:
    """Train the graph `folds` times from the start, each time on all but one part of its data, and judge it by that.

    Everything is as in `Trainer.from_graph`, and what is learnt from data is learnt from a fold's training samples; the
    seed decides the folds. Classes are kept in proportion, and groups together where a column has that role; by time,
    each fold trains on the past of what it holds out. A test part is left out. `on_progress` is called with the number
    of the fold, from 1, and each Progress. Raises GraphError, DataError, FileError, MemoryLimitError, TrainingError.
    """
    if folds < 2:
        raise TrainingError(f"folds is {folds}; a cross-validation needs 2 or more")
    settings = DataSettings(**graph.data)
    where = source_named(settings, source)
    model = trainable(graph, threads)
    loaded = load(where, folder, settings, graph, model.seed)
    start, found = model.snapshot(), []
    for number in range(folds):
        divide = functools.partial(fold_dataset, number=number, folds=folds)
        data = prepare_dataset(graph, loaded, where, divide=divide)
        model.restore(start)
        trainer = trainer_on(model, data)
        for progress in trainer.run():
            if on_progress is not None:
                on_progress(number + 1, progress)
        arrays = model.arrays(data.inputs, data.targets)
        figures = model.evaluate_arrays(arrays, EVALUATE_BATCH, data.held_rows)
        found.append(Fold(figures, data.rows, data.validation_rows))
    return CrossValidation(tuple(found))
