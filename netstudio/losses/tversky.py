"""Tversky: how far two areas overlap, with misses and false alarms weighed apart."""

from netstudio.graph.params import Float
from netstudio.losses.base import EPSILON
from netstudio.losses.overlap import Overlap
from netstudio.ops import Ops, Value


class Tversky(Overlap):
    """For segmentation: Dice with a weight each for what is missed and for what is wrongly marked.

    The loss is 1 - hits / (hits + alpha · sum((1 - prediction) · target) + beta · sum(prediction · (1 - target)) +
    1e-7), with hits = sum(prediction · target), over the axes (the whole batch where there are none). Prediction and
    target of probabilities, of one shape. As keras.losses.Tversky, which gives alpha to misses; Salehi et al., 2017.
    """

    keywords = ("segmentation", "overlap", "imbalance", "mask", "iou", "jaccard")
    keras, torch, onnx = "Tversky", None, None

    alpha = Float(0.5, minimum=0.0, doc="How much a miss counts.")
    beta = Float(0.5, minimum=0.0, doc="How much a false alarm counts.")

    def overlap(self, ops: Ops, pred: Value, target: Value) -> Value:
        hits = self.summed(ops, pred * target)
        missed = self.summed(ops, (1.0 - pred) * target)
        alarms = self.summed(ops, pred * (1.0 - target))
        return hits / (hits + missed * self.alpha + alarms * self.beta + EPSILON)
