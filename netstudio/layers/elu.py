"""ELU: a rectifier with a smooth negative side."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class ELU(Activation):
    """Lets positive values pass and bends the negative ones towards -alpha.

    y = x where x is positive, and alpha · (exp(x) - 1) elsewhere. Clevert et al., 2015.
    """

    keywords = ("exponential linear", "rectifier", "activation")
    keras, torch, onnx = "ELU", "ELU", "Elu"
    activation_name = "elu"

    alpha = Float(1.0, minimum=0.0, doc="How deep the negative side goes.")

    def caption(self) -> str:
        return f"alpha {self.alpha:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        # The minimum keeps exp from overflowing on the side that is not taken.
        negative = ops.elementwise("expm1", ops.minimum(x, 0.0)) * self.alpha
        return ops.where(ops.greater(x, 0.0), x, negative)
