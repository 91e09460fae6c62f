"""What losses over classes share."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.params import Bool, Float
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import EPSILON
from netstudio.ops import Ops, Value


def from_logits_param(function: str) -> Bool:
    return Bool(False, doc=f"The prediction is what a {function} would be applied to, not yet probabilities.")


def label_smoothing_param() -> Float:
    return Float(0.0, minimum=0.0, maximum=1.0, doc="How far the targets are moved from 0 and 1 towards even odds.")


def require_classes(pred: TensorSpec) -> None:
    """ShapeError unless the prediction has an axis of classes."""
    if not pred.shape:
        raise ShapeError(
            "the prediction has the shape (); expected (..., classes)",
            "pred",
            (InsertBefore("Reshape", {"target_shape": [1]}),),
        )


def as_logits(ops: Ops, pred: Value, from_logits: bool) -> Value:
    """Scores whose softmax is the prediction.

    They are at hand where the prediction is made by a softmax. For other probabilities they are the logarithms: divided
    by their sum and kept within [1e-7, 1 - 1e-7], as Keras does.
    """
    if from_logits:
        return pred
    logits = ops.logits(pred, "softmax")
    if logits is not None:
        return logits
    shares = pred / ops.sum(pred, -1, keepdims=True)
    return ops.log(ops.clip(shares, EPSILON, 1.0 - EPSILON))
