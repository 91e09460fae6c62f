"""GlobalAveragePooling1D: the mean of each feature over time."""

from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value


class GlobalAveragePooling1D(Layer):
    """Takes the mean of each feature over all steps.

    Input (steps, features) gives (features,), or (1, features) with keepdims.
    """

    category = "pooling"
    icon = "pool"
    keywords = ("gap", "global pool", "adaptive", "mean pool", "sequence", "average over time")
    keras, torch, onnx = "GlobalAveragePooling1D", "AdaptiveAvgPool1d", "GlobalAveragePool"

    keepdims = Bool(False, doc="Keep the steps, as an axis of one cell.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        return TensorSpec((1, x.shape[-1]) if self.keepdims else x.shape[-1:])

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.mean(x, 1, self.keepdims)
