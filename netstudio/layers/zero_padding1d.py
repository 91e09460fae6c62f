"""ZeroPadding1D: zeros before and after a sequence."""

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.margins import around, margins1d_param, margins_caption
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value


class ZeroPadding1D(Layer):
    """Adds steps of zeros before and after a sequence.

    Input (steps, features) gives (before + steps + after, features).
    """

    category = "merge"
    icon = "pad"
    keywords = ("pad", "padding", "border", "constant pad", "causal", "sequence")
    keras, torch, onnx = "ZeroPadding1D", "ConstantPad1d", "Pad"

    padding = margins1d_param(1, "How many steps of zeros before and after.")

    def caption(self) -> str:
        return margins_caption(self.padding)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        return TensorSpec((x.shape[0] + sum(self.padding), x.shape[1]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.pad(x, *around(self.padding))
