"""Adafactor: Adam's divisor from row and column sums alone, for models whose weights fill the memory."""

from collections.abc import Mapping, Sequence
from math import sqrt

from netstudio.graph.params import Bool, Float
from netstudio.graph.tensor import Shape
from netstudio.ops import Ops, Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Adafactor(Optimizer):
    """Divides by the recent size of the gradient, of which it keeps row and column sums alone: little memory.

    With b = 1 - t^beta_2_decay and q = g² + epsilon_1: of a matrix r = b · r + (1 - b) · mean(q by rows), c likewise by
    columns, and v = r / mean(r) · c; of a vector v = b · v + (1 - b) · q. Then u = g / sqrt(v), and w -=
    max(epsilon_2, rms(w)) · min(rate, 1 / sqrt(t)) · u / max(1, rms(u) / clip_threshold). As
    keras.optimizers.Adafactor, the last two axes being rows and columns; Shazeer and Stern, 2018.
    """

    aliases = ("adafactor",)
    slots = {"row": 0.0, "column": 0.0, "velocity": 0.0}

    beta_2_decay = Float(-0.8, maximum=0.0, doc="How the averages slow down as steps go by.")
    epsilon_1 = Float(1e-30, above=0.0, doc="Keeps the step finite.")
    epsilon_2 = Float(1e-3, above=0.0, doc="The size that a weight is taken to have at least.")
    clip_threshold = Float(1.0, above=0.0, doc="The greatest size of a step, in roots of the mean square.")
    relative_step = Bool(
        True, doc="Let the rate fall with the root of the steps; in effect it always does, as in Keras."
    )

    def slot_shape(self, slot: str, weight: str, shape: Shape) -> Shape:
        """A matrix has rows and columns and a vector has neither; what a weight does without is one number."""
        if slot not in self.slots:
            return shape
        if len(shape) < 2:
            return shape if slot == "velocity" else (1,)
        return {"row": shape[:-1], "column": (*shape[:-2], shape[-1]), "velocity": (1,)}[slot]

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        return {"rate": min(rate, 1.0 / sqrt(step)), "new": step**self.beta_2_decay}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        def of_one(name: str, w: Value, g: Value, row: Value, column: Value, v: Value) -> Sequence[Value]:
            square = ops.square(g) + self.epsilon_1
            if w.ndim < 2:
                size = v = v + (square - v) * scalars["new"]
            else:
                row = row + (ops.mean(square, -1) - row) * scalars["new"]
                column = column + (ops.mean(square, -2) - column) * scalars["new"]
                size = _product(ops, row / ops.mean(row, -1, keepdims=True), column)
            step = g / ops.sqrt(size)
            step = step / ops.maximum(_rms(ops, step) * (1.0 / self.clip_threshold), 1.0)
            far = ops.maximum(_rms(ops, w), self.epsilon_2) * scalars["rate"]
            return w - step * far, row, column, v

        new, row, column, v = ops.each(of_one, weight, gradient, *(slots[n] for n in ("row", "column", "velocity")))
        return new, {"row": row, "column": column, "velocity": v}


def _product(ops: Ops, row: Value, column: Value) -> Value:
    """(..., rows) times (..., columns) to (..., rows, columns)."""
    lead, rows, columns = row.shape[:-1], row.shape[-1], column.shape[-1]
    return ops.reshape(row, (*lead, rows, 1)) * ops.reshape(column, (*lead, 1, columns))


def _rms(ops: Ops, x: Value) -> Value:
    return ops.sqrt(ops.mean(ops.square(x)))
