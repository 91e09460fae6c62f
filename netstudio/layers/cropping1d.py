"""Cropping1D: a sequence without its ends."""

from netstudio.errors import ShapeError
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.margins import around, margins1d_param, margins_caption
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value


class Cropping1D(Layer):
    """Takes steps away from the start and the end of a sequence.

    Input (steps, features) gives (steps - before - after, features).
    """

    category = "merge"
    icon = "crop"
    keywords = ("crop", "trim", "cut", "slice", "sequence")
    keras, torch, onnx = "Cropping1D", "narrow", "Slice"

    cropping = margins1d_param((1, 1), "How many steps go at the start and at the end.")

    def caption(self) -> str:
        return margins_caption(self.cropping)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        left = x.shape[0] - sum(self.cropping)
        if left < 1:
            raise ShapeError(
                f"cropping {list(self.cropping)} leaves nothing of the {x.shape[0]} steps of the input {x.shape}; "
                "expected fewer steps to go than there are"
            )
        return TensorSpec((left, x.shape[1]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.crop(x, *around(self.cropping))
