"""LeakyReLU: a rectifier that lets a little of the negative side pass."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class LeakyReLU(Activation):
    """Lets positive values pass and scales the negative ones down.

    y = x where x is positive, and negative_slope · x elsewhere. Maas et al., "Rectifier nonlinearities", 2013. By name,
    in another layer's `activation`, the slope is 0.2, as in Keras.
    """

    keywords = ("leaky", "rectified linear", "rectifier", "prelu", "lrelu", "activation")
    keras, torch, onnx = "LeakyReLU", "LeakyReLU", "LeakyRelu"
    activation_name = "leaky_relu"
    named_params = {"negative_slope": 0.2}

    negative_slope = Float(0.3, minimum=0.0, doc="The slope of the negative side.")

    def caption(self) -> str:
        return f"slope {self.negative_slope:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.where(ops.greater(x, 0.0), x, x * self.negative_slope)
