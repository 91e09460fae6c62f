"""Rescaling: numbers in another range."""

from netstudio.graph.params import Float
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class Rescaling(SameShape):
    """Multiplies by a number and adds another: bytes of an image to 0..1, say.

    y = x · scale + offset. The shape stays; nothing is learnt.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("rescale", "scale", "offset", "255", "preprocessing", "affine", "range")
    keras, torch, onnx = "Rescaling", None, None
    without = {"torch": "it is a product and a sum there", "onnx": "it is Mul and Add there"}

    scale = Float(initial=1.0 / 255.0, doc="What values are multiplied by.")
    offset = Float(0.0, doc="What is added then.")

    def caption(self) -> str:
        return f"× {self.scale:.4g}" + (
            f" {'+' if self.offset > 0 else '-'} {abs(self.offset):g}" if self.offset else ""
        )

    def lower(self, ops: Ops, x: Value) -> Value:
        return x * self.scale + self.offset
