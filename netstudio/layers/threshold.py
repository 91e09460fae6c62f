"""Threshold: only values above a bound pass."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Threshold(Activation):
    """Lets values above a bound pass and puts one value in place of the others.

    y = x where x is above `threshold`, and `default_value` elsewhere.
    """

    keywords = ("cut", "bound", "rectifier", "activation")
    keras, torch, onnx = "Activation", "Threshold", "ThresholdedRelu"
    activation_name = "threshold"

    threshold = Float(0.0, doc="The bound above which values pass.")
    default_value = Float(0.0, doc="What the others become.")

    def caption(self) -> str:
        return f"above {self.threshold:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.where(ops.greater(x, self.threshold), x, self.default_value)
