"""Boxes of images covered; for augmentation, so that there is no gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Op, Shape, Value
from netstudio.engine.kernels import paste as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Paste(Op):
    """Images (n, height, width, channels), other ones or one value, and boxes (4, n) in which these cover those."""

    name = "paste"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        images, other, boxes = inputs
        if images.ndim != 4 or other.shape not in (images.shape, ()) or boxes.shape != (4, images.shape[0]):
            raise ValueError(f"paste takes images, other images or one value, and boxes (4, n), not {inputs}")
        return images.shape

    def pace(self, y: Value) -> float:
        return 0.06

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        images, other, boxes = (e.address(x) for x in y.inputs)
        n, height, width, channels = y.shape
        shape = (n, height, width, channels)
        return e.calls(kernels.instructions(images, other, boxes, e.address(y), shape, y.inputs[1].ndim == 0))


PASTE = Paste()
