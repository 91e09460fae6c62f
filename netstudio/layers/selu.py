"""SELU: a rectifier that keeps deep networks normalised by itself."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value

# The fixed point of mean 0 and variance 1: equation 14 of the paper. What the negative side tends to is -SCALE · ALPHA.
ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805


class SELU(Activation):
    """Bends the negative side so that activations keep mean 0 and variance 1 from layer to layer.

    y = 1.0507 x where x is positive, and 1.0507 · 1.6733 · (exp(x) - 1) elsewhere. Start kernels with "lecun_normal"
    and drop with AlphaDropout. Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    """

    keywords = ("scaled exponential linear", "self-normalizing", "rectifier", "activation")
    keras, torch, onnx = "Activation", "SELU", "Selu"
    activation_name = "selu"

    def lower(self, ops: Ops, x: Value) -> Value:
        negative = ops.elementwise("expm1", ops.minimum(x, 0.0)) * ALPHA
        return (ops.relu(x) + negative) * SCALE
