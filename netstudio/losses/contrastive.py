"""Contrastive: pairs that belong together near, others apart."""

from netstudio.graph.params import Float
from netstudio.losses.base import Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class Contrastive(Loss):
    """For learning from pairs, as in a Siamese network: pairs that belong together near, others a margin apart.

    The loss is target · d² + (1 - target) · max(margin - d, 0)², averaged over the last axis, where the prediction d is
    the distance of the two (PairwiseDistance gives it) and the target is 1 for a pair that belongs together and 0 for
    one that does not. Prediction and target have one shape; where that is (1,), the target may be (). Hadsell, Chopra
    and LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006.
    """

    keywords = ("siamese", "pairs", "metric learning", "embedding", "distance", "similarity", "verification", "triplet")
    keras, torch, onnx = None, None, None
    without = {**Loss.without, "keras": "TensorFlow Addons has it as ContrastiveLoss"}

    margin = Float(1.0, above=0.0, doc="How far apart a pair that does not belong together should be.")

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        same = like(ops, target, pred)
        apart = ops.square(ops.relu(self.margin - pred))
        return mean_of_last(ops, same * ops.square(pred) + (1.0 - same) * apart)
