"""ReLU: what is positive, and zero otherwise."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class ReLU(Activation):
    """Lets positive values pass and makes the others zero: max(x, 0).

    In full: `max_value` where x is above it, x where it is above `threshold`, and negative_slope · (x - threshold)
    elsewhere. Nair and Hinton, 2010.
    """

    keywords = ("rectified linear", "rectifier", "relu6", "max", "activation")
    keras, torch, onnx = "ReLU", "ReLU", "Relu"
    activation_name = "relu"

    max_value = Float(None, minimum=0.0, doc="The largest output; none sets no bound.")
    negative_slope = Float(0.0, minimum=0.0, doc="The slope below the threshold.")
    threshold = Float(0.0, minimum=0.0, doc="Values up to this one do not pass.")

    def caption(self) -> str:
        return f"up to {self.max_value:g}" if self.max_value is not None else ""

    def lower(self, ops: Ops, x: Value) -> Value:
        y = x * ops.greater(x, self.threshold) if self.threshold else ops.relu(x)
        if self.max_value is not None:
            y = ops.clip(y, 0.0, self.max_value)
        if self.negative_slope:
            y = y - ops.relu(self.threshold - x) * self.negative_slope
        return y
