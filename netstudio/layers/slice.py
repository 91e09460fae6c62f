"""Slice: a part of an axis."""

from __future__ import annotations

from typing import Any

from netstudio.errors import ShapeError
from netstudio.graph.params import Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import axis_caption, axis_param, sample_axis
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Step(Int):
    """A whole number other than 0."""

    def _expected(self) -> str:
        return "an integer other than 0"

    def _check(self, value: Any) -> int:
        step = super()._check(value)
        if step == 0:
            raise ValueError
        return step


class Slice(Layer):
    """Takes a part of one axis: every `step`-th cell from `start` up to but without `stop`, as Python counts.

    Input (steps, features) with axis 1 and start -3 gives the last three steps (3, features); a step of -1 turns the
    axis round.
    """

    category = "merge"
    icon = "slice"
    keywords = ("select", "narrow", "subset", "range", "reverse", "flip", "strided slice", "index")
    keras, torch, onnx = "ops.slice", "narrow", "Slice"

    axis = axis_param("that is cut")
    start = Int(None, doc="The first cell taken, from the end where negative; none takes the first there is.")
    stop = Int(None, doc="The first cell not taken any more, from the end where negative; none goes on to the end.")
    step = Step(1, doc="How far it is to the next cell taken; negative goes backwards.")

    def caption(self) -> str:
        numbers = ("" if n is None else f"{n}" for n in (self.start, self.stop))
        step = f":{self.step}" if self.step != 1 else ""
        return " · ".join(p for p in (":".join(numbers) + step, axis_caption(self.axis)) if p)

    def infer(self, x: TensorSpec) -> TensorSpec:
        place = sample_axis(x, self.axis) - 1
        count = len(self._cells(x.shape[place]))
        if count == 0:
            raise ShapeError(
                f"nothing of the {x.shape[place]} cells of axis {place + 1} (input {x.shape}) is left by "
                f"{self.start}:{self.stop}:{self.step}; expected at least one"
            )
        return TensorSpec((*x.shape[:place], count, *x.shape[place + 1 :]), x.dtype)

    def lower(self, ops: Ops, x: Value) -> Value:
        cells = self._cells(x.shape[self.axis % x.ndim])
        return ops.slice(x, self.axis, cells.start, cells.stop, cells.step)

    def _cells(self, size: int) -> range:
        return range(size)[slice(self.start, self.stop, self.step)]
