"""HardShrink: only values far from zero pass."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class HardShrink(Activation):
    """Lets values pass that are farther from zero than a threshold and makes the others zero.

    y = x where |x| is above the threshold, and 0 elsewhere.
    """

    keywords = ("shrink", "hard threshold", "sparse", "denoising", "activation")
    keras, torch, onnx = "Activation", "Hardshrink", "Shrink"
    activation_name = "hard_shrink"

    threshold = Float(0.5, minimum=0.0, doc="How far from zero values begin to pass.")

    def caption(self) -> str:
        return f"beyond {self.threshold:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x * ops.greater(ops.abs(x), self.threshold)
