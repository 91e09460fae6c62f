"""R2Score: how much of the target's variance is explained."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from netstudio.graph.params import Choice, Int
from netstudio.metrics.base import Metric, Totals
from netstudio.metrics.shapes import like
from netstudio.ops import Ops, Value

NOTHING = 1e-6  # of the squares, which are added up in single precision: a smaller variance is rounding


class R2Score(Metric):
    """How much of the target's variance the prediction explains: 1 for all of it, 0 for no more than the mean does.

    1 - sum((target - prediction)²) / sum((target - mean)²) for each output (the last axis), then their mean, or their
    mean by variance. A target that does not vary scores 1 where it is met and 0 otherwise. With the number of
    regressors p it is adjusted: 1 - (1 - R²) · (n - 1) / (n - p - 1). As keras.metrics.R2Score.
    """

    aliases = ("r2_score", "r2")
    rises = True

    class_aggregation = Choice(
        ("uniform_average", "variance_weighted_average"),
        "uniform_average",
        doc="Over several outputs: the mean of their scores, or the mean by how much each varies.",
    )
    num_regressors = Int(0, minimum=0, doc="How many independent regressors the score is adjusted for.")

    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        target = like(ops, self.name, target, pred)
        outputs = pred.shape[-1] if pred.ndim > 1 else 1
        rows = prod(pred.shape) // outputs
        pred, target = (ops.reshape(x, (rows, outputs)) for x in (pred, target))
        return (
            ops.sum(ops.square(pred - target), 0),
            ops.sum(target, 0),
            ops.sum(ops.square(target), 0),
            ops.constant(float(rows)),
        )

    def result(self, totals: Totals) -> float:
        missed, total, squares, count = (np.asarray(t, np.float64) for t in totals)
        if not count:
            return 0.0
        varies = squares - total**2 / count
        flat = varies <= NOTHING * squares
        safe = np.where(flat, 1.0, varies)
        scores = np.where(flat, missed <= NOTHING * squares, 1.0 - missed / safe)
        weights = np.where(flat, 0.0, varies) if self.class_aggregation == "variance_weighted_average" else None
        uneven = weights is not None and weights.any()
        return self._adjusted(float(np.average(scores, weights=weights if uneven else None)), float(count))

    def _adjusted(self, score: float, count: float) -> float:
        free = count - self.num_regressors - 1.0
        return 1.0 - (1.0 - score) * (count - 1.0) / free if self.num_regressors and free > 0 else score
