"""Metrics of the whole confusion matrix: how often each class was taken for each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import ParamError
from netstudio.graph.params import Choice, Int, Ints
from netstudio.metrics.base import Totals, ratio
from netstudio.metrics.confusion import YesOrNo
from netstudio.ops import Ops, Value

Matrix = NDArray[np.float64]


class ConfusionMatrix(YesOrNo, abstract=True):
    """A figure made of the matrix (right class, said class) of counts; no and yes are the classes 0 and 1."""

    rises = True

    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        said, right, classes = self.said_and_right(ops, pred, target, from_logits)
        said, right = (_rows(ops, x, classes) for x in (said, right))
        return (ops.matmul(right, said, transpose_a=True),)

    def result(self, totals: Totals) -> float:
        return self.figure(np.asarray(totals[0], np.float64))

    @abstractmethod
    def figure(self, matrix: Matrix) -> float:
        """The figure; 0 where the counts do not tell."""


def _rows(ops: Ops, x: Value, classes: bool) -> Value:
    """(answers, classes) of 0 and 1."""
    if classes:
        return ops.reshape(x, (_size(x) // x.shape[-1], x.shape[-1]))
    column = ops.reshape(x, (_size(x), 1))
    return ops.concatenate([1.0 - column, column], 1)


def _size(x: Value) -> int:
    return int(np.prod(x.shape, dtype=np.int64))


class CohenKappa(ConfusionMatrix):
    """How far agreement goes beyond chance: 1 for all right, 0 for no better than chance.

    1 - sum(w · seen) / sum(w · expected), where `expected` is what independent answers would give, and w is 0 for a
    right answer and for a wrong one 1, or the distance between the class numbers (linear), or its square (quadratic).
    Cohen, 1960.
    """

    aliases = ("cohen_kappa", "kappa")

    weightage = Choice(("none", "linear", "quadratic"), "none", doc="How much worse a class farther off is.")

    def figure(self, matrix: Matrix) -> float:
        total = max(matrix.sum(), 1.0)
        expected = np.outer(matrix.sum(1), matrix.sum(0)) / total
        apart = np.abs(np.subtract.outer(np.arange(len(matrix)), np.arange(len(matrix)))).astype(np.float64)
        weights = {"none": (apart > 0).astype(np.float64), "linear": apart, "quadratic": apart**2}[self.weightage]
        chance = float((weights * expected).sum())
        return 1.0 - float((weights * matrix).sum()) / chance if chance else 0.0


class MatthewsCorrelationCoefficient(ConfusionMatrix):
    """The correlation between what was said and what is right, from -1 to 1; fair to classes of unequal size.

    With n answers, c of them right, and for each class t times right and p times said: (c · n - sum(t · p)) /
    sqrt((n² - sum(p²)) · (n² - sum(t²))). Matthews, 1975; Gorodkin, 2004.
    """

    aliases = ("matthews_correlation_coefficient", "mcc")

    def figure(self, matrix: Matrix) -> float:
        right, said, total = matrix.sum(1), matrix.sum(0), matrix.sum()
        spread = (total**2 - (said**2).sum()) * (total**2 - (right**2).sum())
        return ratio(float(np.trace(matrix) * total - (right * said).sum()), float(np.sqrt(spread)))


class MeanIoU(ConfusionMatrix):
    """How far areas overlap: hits / (hits + false alarms + misses), the mean over the classes that were seen or said.

    With `ignore_class`, what is of that class does not count. As keras.metrics.MeanIoU, which calls this the
    intersection over union.
    """

    aliases = ("mean_io_u", "mean_iou")

    ignore_class = Int(None, minimum=0, doc="A class whose places do not count, such as that of what is unknown.")

    def figure(self, matrix: Matrix) -> float:
        return self._mean(matrix, range(len(matrix)))

    def _mean(self, matrix: Matrix, classes: Sequence[int]) -> float:
        if self.ignore_class is not None and self.ignore_class < len(matrix):
            matrix = matrix.copy()
            matrix[self.ignore_class] = 0.0
        hits = np.diag(matrix)
        union = matrix.sum(0) + matrix.sum(1) - hits
        found = [hits[c] / union[c] for c in classes if union[c] > 0]
        return float(np.mean(found)) if found else 0.0


class IoU(MeanIoU):
    """How far areas of some classes overlap: hits / (hits + false alarms + misses), the mean over these classes.

    As keras.metrics.IoU and, for yes and no, keras.metrics.BinaryIoU.
    """

    aliases = ("io_u", "iou")

    target_class_ids = Ints(None, (1,), minimum=0, doc="The classes that count, by number.")

    def figure(self, matrix: Matrix) -> float:
        beyond = [c for c in self.target_class_ids if c >= len(matrix)]
        if beyond:
            raise ParamError(
                f"{self.name}: target_class_ids names {beyond[0]}; there are the classes 0 to {len(matrix) - 1}",
                "target_class_ids",
            )
        return self._mean(matrix, self.target_class_ids)
