"""SparsePlus: a rectifier with a parabola for a bend."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class SparsePlus(Activation):
    """Is zero below -1, passes values above 1, and joins the two by a parabola.

    y = 0 where x is below -1, x where it is above 1, and (x + 1)² / 4 between. The slope is SparseSigmoid.
    """

    keywords = ("smooth", "softplus", "sparse", "parabola", "rectifier", "activation")
    keras, torch, onnx = "Activation", None, None
    without = {"torch": "PyTorch has no such layer", "onnx": "it is Clip, Mul and Relu there"}
    activation_name = "sparse_plus"

    def lower(self, ops: Ops, x: Value) -> Value:
        bend = ops.square(ops.clip(x + 1.0, 0.0, 2.0)) * 0.25
        return bend + ops.relu(x - 1.0)
