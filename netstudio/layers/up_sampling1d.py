"""UpSampling1D: each step of a sequence, several times."""

from netstudio.graph.params import Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.resize import repeat
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value


class UpSampling1D(Layer):
    """Repeats each step of a sequence.

    Input (steps, features) gives (size · steps, features).
    """

    category = "merge"
    icon = "resize"
    keywords = ("upsample", "repeat", "nearest", "decoder", "sequence")
    keras, torch, onnx = "UpSampling1D", "Upsample", "Resize"

    size = Int(2, minimum=1, doc="How many times each step comes.")

    def caption(self) -> str:
        return f"× {self.size}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        return TensorSpec((x.shape[0] * self.size, x.shape[1]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return repeat(ops, x, (self.size,))
