"""SoftShrink: values moved towards zero."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class SoftShrink(Activation):
    """Moves each value towards zero by a threshold; those within it become zero.

    y = x - threshold where x is above the threshold, x + threshold where it is below -threshold, and 0 between. Donoho,
    "De-noising by Soft-Thresholding", 1995.
    """

    keywords = ("shrink", "soft threshold", "sparse", "denoising", "activation")
    keras, torch, onnx = "Activation", "Softshrink", "Shrink"
    activation_name = "soft_shrink"

    threshold = Float(0.5, minimum=0.0, doc="How far from zero values begin to pass.")

    def caption(self) -> str:
        return f"beyond {self.threshold:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x - ops.clip(x, -self.threshold, self.threshold)
