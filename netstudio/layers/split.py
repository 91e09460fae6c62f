"""Split: an axis in parts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from netstudio.errors import ParamError, ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.params import Int, Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import axis_caption, axis_param, sample_axis
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Split(Layer):
    """Cuts an axis in parts, each with an output of its own: for branches that see some of the features each, say.

    Input (..., n) gives (..., size) at `first` and (..., n - size) at `rest`. More than two parts come out at `part1`,
    `part2` and so on: `parts` of one size, or, where `size` lists those of all but the last, of these sizes and what is
    left.
    """

    category = "merge"
    icon = "split"
    keywords = ("chunk", "divide", "branch", "halves", "unstack", "parts", "slice")
    keras, torch, onnx = "ops.split", "split", "Split"
    outputs = (Port("first", "The first `size` cells."), Port("rest", "What is left."))

    axis = axis_param("that is cut")
    parts = Int(2, minimum=2, maximum=64, doc="How many parts of one size there are, where no size is given.")
    size = Ints(None, None, single=True, doc="How many cells each part has but the last, which takes what is left.")

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        if self.size == ():
            raise ParamError("size lists no parts; expected the sizes of all but the last", "size")
        self.__dict__["outputs"] = _ports(self._count)

    @classmethod
    def ports(cls, params: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        try:
            return cls.inputs, cls(**params).outputs
        except ParamError:
            return cls.inputs, cls.outputs

    def caption(self) -> str:
        halves = "half" if self.parts == 2 else f"{self.parts} parts"
        size = halves if self.size is None else ", ".join(map(str, self.size))
        return " · ".join(p for p in (size, axis_caption(self.axis)) if p)

    def infer(self, x: TensorSpec) -> tuple[TensorSpec, ...]:
        place = sample_axis(x, self.axis) - 1
        count = x.shape[place]
        if (self.size is None and count % self.parts) or sum(self.size or ()) >= count:
            raise ShapeError(
                f"the input has the shape {x.shape}, {count} along axis {place + 1}; expected {self._wanted()}",
                hints=(SetParam("size", count // 2),) if count > 1 and self._count == 2 else (),
            )
        return tuple(TensorSpec((*x.shape[:place], n, *x.shape[place + 1 :]), x.dtype) for n in self._sizes(count))

    def lower(self, ops: Ops, x: Value) -> tuple[Value, ...]:
        sizes = self._sizes(x.shape[self.axis % x.ndim])
        ends = tuple(accumulate(sizes))
        return tuple(ops.slice(x, self.axis, end - size, end) for size, end in zip(sizes, ends, strict=True))

    @property
    def _count(self) -> int:
        return self.parts if self.size is None else len(self.size) + 1

    def _sizes(self, count: int) -> tuple[int, ...]:
        """The size of each part of `count` cells."""
        if self.size is None:
            return (count // self.parts,) * self.parts
        return (*self.size, count - sum(self.size))

    def _wanted(self) -> str:
        if self.size is not None:
            return f"more than {sum(self.size)}"
        return "an even number" if self.parts == 2 else f"a multiple of {self.parts}"


def _ports(count: int) -> tuple[Port, ...]:
    return (
        Split.outputs if count == 2 else tuple(Port(f"part{i}", f"Part {i} of {count}.") for i in range(1, count + 1))
    )
