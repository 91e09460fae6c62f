"""SparseSigmoid: a sigmoid of three straight lines between -1 and 1."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class SparseSigmoid(Activation):
    """Squeezes each value between 0 and 1, with exact zeros and ones beyond -1 and 1.

    y = 0 where x is below -1, 1 where it is above 1, and (x + 1) / 2 between: Sparsemax of two scores.
    """

    keywords = ("squash", "probability", "piecewise linear", "sparse", "activation")
    keras, torch, onnx = "Activation", None, None
    without = {"torch": "PyTorch has no such layer", "onnx": "it is Mul, Add and Clip there"}
    activation_name = "sparse_sigmoid"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.clip(x * 0.5 + 0.5, 0.0, 1.0)
