"""TripletMargin: a vector nearer to its like than to another."""

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.params import Bool, Float, Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.pairwise_distance import distance
from netstudio.losses.base import Objective
from netstudio.ops import Ops, Value


class TripletMargin(Objective):
    """For learning an embedding from triplets: an anchor nearer to what is like it than to what is not, by a margin.

    The loss is the mean over the batch of max(d(anchor, positive) - d(anchor, negative) + margin, 0), with the distance
    d(a, b) = (sum |a - b + eps|^p)^(1/p) along the last axis. The three inputs are vectors of one shape: one encoder's
    answers to three samples, by Shared nodes. As torch.nn.TripletMarginLoss; Balntas et al., 2016.
    """

    keywords = ("triplet", "metric learning", "embedding", "contrastive", "siamese", "face", "retrieval", "ranking")
    keras, torch, onnx = None, "TripletMarginLoss", None
    without = {**Objective.without, "keras": "TensorFlow Addons has TripletSemiHardLoss, which this catalogue has too"}
    inputs = (
        Port("anchor", "The vector that is compared."),
        Port("positive", "A vector that should be near it."),
        Port("negative", "A vector that should be farther."),
    )

    margin = Float(1.0, above=0.0, doc="How much farther the negative should be than the positive.")
    p = Int(2, minimum=1, maximum=2, doc="The distance: 1 adds up the differences, 2 is the straight line.")
    eps = Float(1e-6, minimum=0.0, doc="Added to each difference, so that the distance of like vectors has a slope.")
    swap = Bool(False, doc="Compare with the positive's distance to the negative, where that is the smaller one.")

    def infer(self, anchor: TensorSpec, positive: TensorSpec, negative: TensorSpec) -> TensorSpec:
        for port, x in (("anchor", anchor), ("positive", positive), ("negative", negative)):
            if x.dtype != "float":
                raise ShapeError(f"the {port} of the shape {x.shape} holds integers; expected what a layer gives", port)
            if x.shape != anchor.shape or not x.shape:
                raise ShapeError(
                    f"the {port} has the shape {x.shape} and the anchor {anchor.shape}; expected one shape, "
                    "(..., features), for all three: let them come from one encoder",
                    port,
                )
        return TensorSpec(())

    def of_batch(self, ops: Ops, anchor: Value, positive: Value, negative: Value) -> Value:
        near, far = self._apart(ops, anchor, positive), self._apart(ops, anchor, negative)
        if self.swap:
            far = ops.minimum(far, self._apart(ops, positive, negative))
        return ops.mean(ops.relu(near - far + self.margin)) * self.weight

    def _apart(self, ops: Ops, a: Value, b: Value) -> Value:
        return distance(ops, a, b, self.p, self.eps)
