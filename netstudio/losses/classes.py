"""What losses over classes share."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.params import Bool, Float, Floats
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import EPSILON
from netstudio.ops import Ops, Value


def from_logits_param(function: str) -> Bool:
    return Bool(False, doc=f"The prediction is what a {function} would be applied to, not yet probabilities.")


def label_smoothing_param() -> Float:
    return Float(0.0, minimum=0.0, maximum=1.0, doc="How far the targets are moved from 0 and 1 towards even odds.")


def class_weight_param() -> Floats:
    return Floats(None, minimum=0.0, doc="How much the samples of each class count, in the order of the classes.")


def require_weights(class_weight: tuple[float, ...] | None, classes: int, pred: TensorSpec) -> None:
    """ShapeError unless there is one class weight for each class, or none at all."""
    if class_weight is not None and len(class_weight) != classes:
        raise ShapeError(
            f"the prediction has the shape {pred.shape} and class_weight has {len(class_weight)} numbers; expected "
            f"{classes}, one for each class: change class_weight",
            "pred",
        )


def smoothed_answer(target: Value, smoothing: float) -> Value:
    """Yes and no moved towards even odds."""
    return target * (1.0 - smoothing) + 0.5 * smoothing if smoothing else target


def smoothed_classes(target: Value, smoothing: float) -> Value:
    """Each class's probability, (..., classes), moved towards even odds."""
    return target * (1.0 - smoothing) + smoothing / target.shape[-1] if smoothing else target


def require_classes(pred: TensorSpec) -> None:
    """ShapeError unless the prediction has an axis of classes."""
    if not pred.shape:
        raise ShapeError(
            "the prediction has the shape (); expected (..., classes)",
            "pred",
            (InsertBefore("Reshape", {"target_shape": [1]}),),
        )


def require_one_hot(pred: TensorSpec, target: TensorSpec) -> None:
    """ShapeError unless the prediction has an axis of classes, and where the target holds class numbers."""
    require_classes(pred)
    if target.shape == pred.shape[:-1] and target.dtype == "int":
        raise ShapeError(
            f"the prediction has the shape {pred.shape} and the target {target.shape}; expected a probability for "
            "each class: one-hot encode the target, or use SparseCategoricalCrossentropy for class numbers",
            "target",
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
