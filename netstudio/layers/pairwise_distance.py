"""PairwiseDistance: how far two vectors are apart."""

from netstudio.errors import ShapeError
from netstudio.graph.params import Bool, Float, Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import require_float
from netstudio.layers.merge import Pair, broadcast_shapes, with_rank
from netstudio.ops import Ops, Value

SHORTEST = 1e-7  # a straight distance below it counts as it


class PairwiseDistance(Pair):
    """Tells how far two vectors are apart, as the two answers of a Siamese network.

    y = (sum |a - b + eps|^p)^(1/p) along the last axis: (..., features) twice gives (...), or (..., 1) with keepdim. As
    torch.nn.PairwiseDistance; the cosine of two vectors is given by Dot.
    """

    icon = "subtract"
    keywords = ("distance", "euclidean", "manhattan", "norm", "siamese", "difference", "l2", "merge")
    torch = "PairwiseDistance"
    without = {"keras": "it is Subtract and norm there", "onnx": "it is Sub and ReduceL2 there"}

    p = Int(2, minimum=1, maximum=2, doc="The distance: 1 adds up the differences, 2 is the straight line.")
    eps = Float(1e-6, minimum=0.0, doc="Added to each difference, so that the distance of like vectors has a slope.")
    keepdim = Bool(False, doc="Keep the last axis, with one value.")

    def caption(self) -> str:
        return "" if self.p == 2 else "Manhattan"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        for x in inputs:
            require_float(x)
            if not x.shape:
                raise ShapeError("an input has the shape (); expected (..., features)")
        shape = broadcast_shapes(inputs[0].shape, inputs[1].shape)
        return TensorSpec((*shape[:-1], *[1] * self.keepdim))

    def lower(self, ops: Ops, *inputs: Value) -> Value:
        rank = max(x.ndim for x in inputs)
        return self.combine(ops, *(with_rank(ops, x, rank) for x in inputs))

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        far = distance(ops, a, b, self.p, self.eps)
        return ops.reshape(far, (*far.shape, 1)) if self.keepdim else far


def distance(ops: Ops, a: Value, b: Value, p: int = 2, epsilon: float = 0.0) -> Value:
    """How far vectors along the last axis are apart, that axis gone: (sum |a - b + epsilon|^p)^(1/p), p being 1 or 2.

    A straight distance of less than 1e-7 counts as 1e-7 and has no slope, since that of 0 would be infinite.
    """
    apart = a - b + epsilon if epsilon else a - b
    if p == 1:
        return ops.sum(ops.abs(apart), -1)
    return ops.sqrt(ops.maximum(ops.sum(ops.square(apart), -1), SHORTEST**2))
