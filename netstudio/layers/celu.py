"""CELU: a rectifier with a smooth negative side and a slope without steps."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class CELU(Activation):
    """Lets positive values pass and bends the negative ones towards -alpha, with a slope that never jumps.

    y = max(x, 0) + min(alpha · (exp(x / alpha) - 1), 0). Barron, "Continuously Differentiable Exponential Linear
    Units", 2017.
    """

    keywords = ("continuously differentiable", "exponential linear", "rectifier", "activation")
    keras, torch, onnx = "Activation", "CELU", "Celu"
    activation_name = "celu"

    alpha = Float(1.0, above=0.0, doc="How deep the negative side goes.")

    def caption(self) -> str:
        return f"alpha {self.alpha:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        negative = ops.elementwise("expm1", ops.minimum(x, 0.0) * (1.0 / self.alpha)) * self.alpha
        return ops.relu(x) + negative
