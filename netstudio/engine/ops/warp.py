"""Images seen through affine maps; for augmentation, so that there is no gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Op, Shape, Value
from netstudio.engine.kernels import warp as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Warp(Op):
    """Images (n, height, width, channels) through maps (6, n); attributes `fill` and `nearest` as the kernel's."""

    name = "warp"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        images, maps = inputs
        if images.ndim != 4 or maps.shape != (6, images.shape[0]):
            raise ValueError(f"warp takes images (n, height, width, channels) and maps (6, n), not {inputs}")
        return images.shape

    def pace(self, y: Value) -> float:
        return 0.9  # each pixel is blended of four, at places that are worked out one by one

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        images, maps = y.inputs
        n, height, width, channels = y.shape
        shape = (n, height, width, channels)
        fill, nearest = y.attrs["fill"], y.attrs["nearest"]
        return e.calls(kernels.instructions(e.address(images), e.address(maps), e.address(y), shape, fill, nearest))


WARP = Warp()
