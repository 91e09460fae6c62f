"""What a step begins and ends with: the batch is fetched; the gradients are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Op, Shape, Value
from netstudio.engine.kernels import state
from netstudio.engine.kernels.movement import contiguous_strides

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction

LOSS_FAILED, WEIGHTS_FAILED = 1, 2


class Load(Op):
    """The step's rows of the array number `feed`; `id` is the node that it feeds, `shape` has the batch axis."""

    name = "load"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(attrs["shape"])

    def vjp(self, b: Any, y: Value, g: Value) -> Sequence[Value | None]:
        return ()

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        rows = y.shape[0]
        if e.pointer(y):
            arguments = [e.pointer(y), y.attrs["feed"], e.state, y.size // rows * e.itemsize]
            return e.calls([(state.point_batch, arguments, False)])
        return e.calls([(state.load_batch, [e.address(y), y.attrs["feed"], e.state, y.size // rows, rows], True)])


class Gradients(Op):
    """All trained weights' gradients in one vector, after the loss was found finite: what the optimizer waits for.

    The inputs are the loss and each gradient; `offsets` are the gradients' places in the vector, in elements.
    """

    name = "gradients"
    pure = False

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["size"],)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        from netstudio.engine.emit import Instruction

        loss, *gradients = y.inputs
        calls = [Instruction(state.check_finite, [e.address(loss), 1, e.state, LOSS_FAILED], False, check=True)]
        for g, offset in zip(gradients, y.attrs["offsets"], strict=True):
            place = e.address(y) + offset * e.itemsize
            if e.address(g) != place:
                strides = contiguous_strides(g.shape)
                calls.append(e.copy(g.shape, e.address(g), strides, place, strides))
        return calls


LOAD, GRADIENTS = Load(), Gradients()
