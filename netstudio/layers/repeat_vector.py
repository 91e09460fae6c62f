"""RepeatVector: a vector as a sequence."""

from netstudio.graph.params import Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_rank
from netstudio.ops import Ops, Value


class RepeatVector(Layer):
    """Gives the same vector at every step of a sequence: what a decoder reads, say.

    Input (features,) gives (n, features).
    """

    category = "merge"
    icon = "reshape"
    keywords = ("repeat", "tile", "expand", "sequence", "decoder", "broadcast")
    keras, torch, onnx = "RepeatVector", "expand", "Expand"

    n = Int(minimum=1, initial=4, doc="How many steps.")

    def caption(self) -> str:
        return f"× {self.n}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_rank(x, 1, "(features,)", flatten=True)
        return TensorSpec((self.n, *x.shape), x.dtype)

    def lower(self, ops: Ops, x: Value) -> Value:
        batch, features = x.shape
        return ops.broadcast_to(ops.reshape(x, (batch, 1, features)), (batch, self.n, features))
