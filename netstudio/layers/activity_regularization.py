"""ActivityRegularization: a penalty on what passes through."""

from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import require_float
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class ActivityRegularization(SameShape):
    """Passes its input on and adds a penalty on it to the loss: sparse codes of an autoencoder, say.

    y = x; the loss grows by (l1 · sum |x| + l2 · sum x²) / batch. Takes any shape. As
    keras.layers.ActivityRegularization.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("activity regularizer", "sparse", "penalty", "l1", "l2", "autoencoder")
    keras = "ActivityRegularization"
    without = {"torch": "PyTorch has no such layer", "onnx": "an exported model predicts, and then y = x"}

    by_sample = False

    l1 = Float(0.0, minimum=0.0, doc="How strong the penalty on |x| is.")
    l2 = Float(0.0, minimum=0.0, doc="How strong the penalty on x² is.")

    def caption(self) -> str:
        return " · ".join(f"{name} {value:g}" for name, value in self.params.items() if value)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        return super().infer(x)

    def lower(self, ops: Ops, x: Value) -> Value:
        if self.l1:
            ops.add_loss(ops.sum(ops.abs(x)) * (self.l1 / x.shape[0]))
        if self.l2:
            ops.add_loss(ops.sum(ops.square(x)) * (self.l2 / x.shape[0]))
        return x
