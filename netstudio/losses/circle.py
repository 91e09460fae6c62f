"""Circle: vectors of one class together, those of others apart."""

from netstudio.graph.params import Bool, Float
from netstudio.losses.base import mean_of_counted
from netstudio.losses.embedding import OfVectors, of_one_class
from netstudio.ops import Ops, Value

NOWHERE = -1e30  # in place of a pair that does not count: its exponential is nothing beside any other


class Circle(OfVectors):
    """For learning an embedding: vectors of one class come together and those of different classes move apart.

    Of each pair in the batch, d = max(1 - cosine, 0). p is the logarithm of the sum of exp(gamma · (d + margin) ·
    (d - margin)) over the pairs of one class, n that of exp(gamma · max(1 + margin - d, 0) · (1 - margin - d)) over the
    others; the loss of a vector is log(1 + exp(p + n)), and the mean is over those above 0. Prediction (features,), of
    length 1; target () of class numbers. As keras.losses.Circle; Sun et al., 2020.
    """

    keywords = ("contrastive", "metric learning", "embedding", "triplet", "similarity", "siamese", "retrieval")
    keras, torch, onnx = "Circle", None, None

    gamma = Float(80.0, above=0.0, doc="How much pairs that are far from where they should be count beyond others.")
    margin = Float(0.4, minimum=0.0, maximum=1.0, doc="How far classes are kept apart: less is farther.")
    remove_diagonal = Bool(True, doc="Leave out the pair of each vector with itself.")

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        apart = ops.relu(1.0 - ops.matmul(pred, pred, transpose_b=True))
        alike = of_one_class(ops, target, itself=not self.remove_diagonal)
        unlike = 1.0 - of_one_class(ops, target, itself=True)
        near = (apart + self.margin) * (apart - self.margin) * self.gamma
        far = ops.relu(1.0 + self.margin - apart) * (1.0 - self.margin - apart) * self.gamma
        each = ops.softplus(_log_sum(ops, alike, near) + _log_sum(ops, unlike, far))
        return mean_of_counted(ops, each, ops.greater(each, 0.0))


def _log_sum(ops: Ops, counts: Value, x: Value) -> Value:
    """log(sum(exp(x))) over the pairs that count, (batch,)."""
    x = ops.where(counts, x, NOWHERE)
    largest = ops.stop_gradient(ops.max(x, -1, keepdims=True))
    total = ops.log(ops.sum(ops.exp(x - largest), -1))
    return total + ops.reshape(largest, total.shape)
