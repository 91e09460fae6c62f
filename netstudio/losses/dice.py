"""Dice: how far two areas overlap."""

from netstudio.losses.base import EPSILON
from netstudio.losses.overlap import Overlap
from netstudio.ops import Ops, Value


class Dice(Overlap):
    """For segmentation: how far the area that is marked and the right one overlap, whatever their sizes.

    The loss is 1 - 2 · sum(prediction · target) / (sum(prediction) + sum(target) + 1e-7) over the axes (the whole
    batch where there are none). Prediction and target of probabilities, of one shape. As keras.losses.Dice;
    Milletari et al., 2016.
    """

    keywords = ("segmentation", "overlap", "imbalance", "mask", "f1", "sorensen")
    keras, torch, onnx = "Dice", None, None

    def overlap(self, ops: Ops, pred: Value, target: Value) -> Value:
        both = self.summed(ops, pred * target)
        return both * 2.0 / (self.summed(ops, target) + self.summed(ops, pred) + EPSILON)
