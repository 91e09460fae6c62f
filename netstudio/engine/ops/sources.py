"""Where values come from: weights, batches, constants, numbers that differ from step to step."""

from collections.abc import Mapping, Sequence
from typing import Any

from netstudio.engine.ir import Op, Shape, Value


class Source(Op):
    """A value that is there already when a step begins."""

    def __init__(self, name: str) -> None:
        self.name = name

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(attrs.get("shape", ()))

    def vjp(self, b: Any, y: Value, g: Value) -> Sequence[Value | None]:
        return ()


CONSTANT = Source("constant")  # value: a number, which kernels take as an immediate
ARRAY = Source("array")  # data: float64 bytes
PINNED = Source("pinned")  # place: (kind, name), where the caller has put it; batches, weights, slots, scalars
