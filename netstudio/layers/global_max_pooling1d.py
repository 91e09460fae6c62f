"""GlobalMaxPooling1D: the largest value of each feature over time."""

from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value


class GlobalMaxPooling1D(Layer):
    """Keeps the largest value of each feature over all steps.

    Input (steps, features) gives (features,), or (1, features) with keepdims. Equal ones share the gradient.
    """

    category = "pooling"
    icon = "pool"
    keywords = ("global pool", "adaptive", "max over time", "maximum", "sequence")
    keras, torch, onnx = "GlobalMaxPooling1D", "AdaptiveMaxPool1d", "GlobalMaxPool"

    keepdims = Bool(False, doc="Keep the steps, as an axis of one cell.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        return TensorSpec((1, x.shape[-1]) if self.keepdims else x.shape[-1:])

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.max(x, 1, self.keepdims)
