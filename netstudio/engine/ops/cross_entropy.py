"""Cross-entropy from logits: one pass, finite for any finite logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import softmax as kernels
from netstudio.engine.ops import elementwise

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class CrossEntropy(Op):
    """logits (..., classes) with labels (...) ("sparse") or with probabilities (..., classes) ("dense"), to (...)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_cross_entropy"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape[:-1]

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        logits, target = y.inputs
        d_target = None
        if self.kind == "dense":
            d_target = -(b.log_softmax(logits) * b.reshape(g, (*g.shape, 1)))
        if g.op is elementwise.BROADCAST and g.inputs[0].size == 1:
            (g,) = g.inputs
        return [b.make(GRADS[self.kind], logits, target, g), d_target]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        logits, target = y.inputs
        columns = logits.shape[-1]
        return e.calls(
            kernels.cross_entropy(
                self.kind, e.address(logits), e.address(target), e.address(y), logits.size // columns, columns
            )
        )


class CrossEntropyGrad(Op):
    """The logits' gradient, from logits, target and the loss's gradient (...), or one number for all of it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_cross_entropy_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        logits, target, g = y.inputs
        columns = logits.shape[-1]
        return e.calls(
            kernels.cross_entropy_grad(
                self.kind, e.address(logits), e.address(target), e.address(g), e.address(y),
                logits.size // columns, columns, int(g.size > 1),
            )
        )  # fmt: skip


SPARSE, DENSE = CrossEntropy("sparse"), CrossEntropy("dense")
GRADS = {kind: CrossEntropyGrad(kind) for kind in ("sparse", "dense")}
