"""Random numbers, fresh at every step: a counter-based generator, so that they depend on nothing but seed and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import random as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Random(Op):
    """Numbers of a "uniform" or "normal" `distribution`; `stream` keeps the random values of a program apart."""

    name = "random"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(attrs["shape"])

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return ()

    def pace(self, y: Value) -> float:
        return {"uniform": 0.6, "normal": 1.3}[y.attrs["distribution"]]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        return e.calls(
            kernels.instructions(
                y.attrs["distribution"], e.address(y), y.size, stream=y.attrs["stream"], seed=e.seed, step=e.global_step
            )
        )


RANDOM = Random()
