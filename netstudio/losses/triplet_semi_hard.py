"""TripletSemiHard: of each pair of one class, a vector of another class that is a little farther."""

from netstudio.graph.params import Float
from netstudio.layers.pairwise_distance import distance
from netstudio.losses.embedding import OfVectors, of_one_class
from netstudio.ops import Ops, Value

FAR = 1e30  # in place of a distance that does not count


class TripletSemiHard(OfVectors):
    """For learning an embedding, as of faces: those of one class nearer to each other than to any of another class.

    For each two vectors of one class in the batch, d apart, the nearest vector of another class that is farther than d
    is looked for, e apart (where none is farther, the farthest of them). The loss is the mean over those pairs of
    max(d - e + margin, 0), the distances being straight ones. Prediction (features,), usually of length 1; target ()
    of class numbers. Schroff et al., "FaceNet", 2015.
    """

    keywords = (
        "triplet",
        "facenet",
        "metric learning",
        "embedding",
        "contrastive",
        "siamese",
        "retrieval",
        "tripletloss",
    )
    keras, torch, onnx = None, None, None
    without = {**OfVectors.without, "keras": "TensorFlow Addons has it as TripletSemiHardLoss"}

    margin = Float(1.0, minimum=0.0, doc="How much farther vectors of other classes should be.")

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        batch, features = pred.shape
        apart = distance(ops, ops.reshape(pred, (batch, 1, features)), ops.reshape(pred, (1, batch, features)))
        other = 1.0 - of_one_class(ops, target, itself=True)
        counts = of_one_class(ops, target, itself=False) * ops.max(other, 1, keepdims=True)
        each = ops.relu(apart - _of_other_classes(ops, apart, other) + self.margin) * counts
        return ops.sum(each, 1) * (batch / ops.maximum(ops.sum(counts), 1.0))


def _of_other_classes(ops: Ops, apart: Value, other: Value) -> Value:
    """For each pair (i, j) the distance from i to the vector of another class that it is compared with."""
    batch = apart.shape[0]
    to_each = ops.reshape(apart, (batch, 1, batch))
    farther = ops.greater(to_each, ops.reshape(apart, (batch, batch, 1))) * ops.reshape(other, (batch, 1, batch))
    nearest = ops.min(ops.where(farther, to_each, FAR), -1)
    farthest = ops.max(ops.where(other, apart, 0.0), -1, keepdims=True)
    return ops.where(ops.max(farther, -1), nearest, farthest)
