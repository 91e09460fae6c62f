"""Join: tensors one after another in a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Op, Shape, Value
from netstudio.engine.kernels.movement import contiguous_strides

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Join(Op):
    """The inputs' elements in a vector of `size`, each from its place of `offsets` on; zeros between them."""

    name = "join"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["size"],)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        calls = [e.fill(y, 0.0)] if sum(x.size for x in y.inputs) < y.size else []
        for x, offset in zip(y.inputs, y.attrs["offsets"], strict=True):
            strides = contiguous_strides(x.shape)
            calls.append(e.copy(x.shape, e.address(x), strides, e.address(y) + offset * e.itemsize, strides))
        return calls


JOIN = Join()
