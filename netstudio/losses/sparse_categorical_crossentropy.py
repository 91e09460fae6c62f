"""SparseCategoricalCrossentropy: one class of several, given by its number."""

from netstudio.errors import ShapeError
from netstudio.graph.params import Int
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss, mean_of_counted
from netstudio.losses.classes import (
    as_logits,
    class_weight_param,
    from_logits_param,
    require_classes,
    require_weights,
)
from netstudio.ops import Ops, Value


class SparseCategoricalCrossentropy(Loss):
    """For choosing one class of several, where the target is the number of the class.

    The loss is -log(probability given to that class), times the weight of the class where there are such. Places of the
    ignored class count nothing, and the mean is taken over the others. Prediction (..., classes), target (...) or
    (..., 1) of class numbers from 0.
    """

    keywords = ("cross entropy", "crossentropy", "classification", "nll", "log loss", "softmax", "multiclass", "labels")
    keras, torch, onnx = "SparseCategoricalCrossentropy", "CrossEntropyLoss", "SoftmaxCrossEntropyLoss"
    accuracy = "SparseCategoricalAccuracy"

    from_logits = from_logits_param("softmax")
    ignore_class = Int(None, doc="A class number that stands for no class, such as that of padding.")
    class_weight = class_weight_param()

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_classes(pred)
        places = pred.shape[:-1]
        if target.shape not in (places, (*places, 1)):
            hints = _one_row(pred) if target.shape in ((), (1,)) else ()
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and the target {target.shape}; expected a prediction "
                f"(..., classes) and class numbers (...), here {places}"
                + ("; for one-hot targets use CategoricalCrossentropy" if target.shape == pred.shape else ""),
                "pred" if hints else "target",
                hints,
            )
        if target.dtype != "int":
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and the target {target.shape} holds numbers of any kind; "
                'expected class numbers: set the dtype of the Target to "int"',
                "target",
            )
        require_weights(self.class_weight, pred.shape[-1], pred)

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        labels = target if target.ndim < pred.ndim else ops.reshape(target, pred.shape[:-1])
        counts = self._counts(ops, labels)
        if counts is not None:
            labels = ops.where(counts, labels, 0.0)
        each = ops.sparse_softmax_cross_entropy(as_logits(ops, pred, self.from_logits), labels)
        if self.class_weight is not None:
            each = each * self._weight_of(ops, labels)
        return each if counts is None else mean_of_counted(ops, each, counts)

    def leave_out(self, ops: Ops, each: Value, target: Value, mask: Value) -> Value:
        counts = self._counts(ops, ops.reshape(target, each.shape))
        if counts is None:
            return super().leave_out(ops, each, target, mask)
        # The mean of `each` is by now that of the places with a class.
        both = ops.maximum(ops.sum(counts * mask), 1.0)
        return ops.where(mask, each, 0.0) * (ops.maximum(ops.sum(counts), 1.0) / both)

    def _counts(self, ops: Ops, labels: Value) -> Value | None:
        """1 where there is a class; None where there is one everywhere."""
        return None if self.ignore_class is None else ops.elementwise("ne", labels, float(self.ignore_class))

    def _weight_of(self, ops: Ops, labels: Value) -> Value:
        weights = self.class_weight
        classes = ops.constant([float(i) for i in range(len(weights))])
        is_of = ops.equal(ops.reshape(labels, (*labels.shape, 1)), classes)
        return ops.sum(is_of * ops.constant(weights), -1)


def _one_row(pred: TensorSpec) -> tuple[InsertBefore, ...]:
    """How a prediction for every place becomes one for the sample."""
    flatten = InsertBefore("Flatten")
    return (InsertBefore("GlobalAveragePooling2D"), flatten) if len(pred.shape) == 3 else (flatten,)
