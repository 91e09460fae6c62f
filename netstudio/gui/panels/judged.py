"""How good a trained model is on each part of its data. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netstudio.graph import Graph

if TYPE_CHECKING:
    from netstudio.data.prepare import PreparedData

MOST_ROWS = 5000  # samples of a part that are predicted
MOST_CLASSES = 30


@dataclass(frozen=True)
class Confusion:
    """How often each class of the predicted `node` was taken for which: `counts` are [true, predicted]."""

    node: str
    counts: NDArray[np.int64]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """The figures of the model, and its confusions, by the part of the data."""

    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    confusions: Mapping[str, Confusion] = field(default_factory=dict)


def judged(model: Any, graph: Graph, folder: Path | None) -> Judged:
    """Judge the model on the data that the document names, scaled as it learnt. Raises DataError, FileError."""
    from netstudio.data.prepare import prepare
    from netstudio.data.preprocessing import Preprocessing
    from netstudio.training.model import EVALUATE_BATCH

    fitted = Preprocessing.from_json(model.preprocessing) if model.preprocessing else None
    data = prepare(graph, folder, fitted=fitted, classes=model.classes or None)
    arrays = model.arrays(data.inputs, data.targets)
    parts = data.parts.by_name()
    figures = {part: model.evaluate_arrays(arrays, EVALUATE_BATCH, rows) for part, rows in parts.items()}
    return Judged(figures, confusions(model, graph, data))


def confusions(model: Any, graph: Graph, data: PreparedData) -> dict[str, Confusion]:
    """Those of each part's first samples; none where nothing is classified."""
    from netstudio.data.roles import predicted_targets
    from netstudio.data.splitting import taken

    targets = {node: y for node, y in predicted_targets(graph).items() if y in data.classes}
    node, target = next(iter(targets.items()), ("", ""))
    if not node or data.targets[target].ndim != 1 or len(data.classes[target]) > MOST_CLASSES:
        return {}
    found = {}
    for part, rows in data.parts.by_name().items():
        some = rows[:MOST_ROWS]
        predicted = model.predict(taken(data.inputs, some))
        scores = predicted[node] if isinstance(predicted, dict) else predicted
        counts = _counted(data.targets[target][some].astype(np.int64), scores, len(data.classes[target]))
        found[part] = Confusion(node, counts, tuple(data.classes[target]))
    return found


def _counted(true: NDArray[np.int64], scores: NDArray[Any], classes: int) -> NDArray[np.int64]:
    is_each = scores.ndim == 2 and scores.shape[1] > 1
    guess = scores.argmax(-1) if is_each else (scores.reshape(-1) > 0.5).astype(np.int64)
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (true, guess), 1)
    return counts
