"""KLDivergence: how far one distribution is from another."""

from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import EPSILON, Loss, like
from netstudio.losses.classes import require_classes
from netstudio.ops import Ops, Value


class KLDivergence(Loss):
    """For predicting a distribution: the information that is lost where the prediction stands for the target.

    The loss is sum(target · log(target / prediction)) over the last axis, both kept within [1e-7, 1]. Prediction and
    target (..., classes). As keras.losses.KLDivergence; Kullback and Leibler, 1951.
    """

    keywords = ("kullback-leibler", "relative entropy", "distribution", "distillation", "soft labels")
    keras, torch, onnx = "KLDivergence", "KLDivLoss", None
    accuracy = "CategoricalAccuracy"

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_classes(pred)
        super().check_shapes(pred, target)

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = ops.clip(like(ops, target, pred), EPSILON, 1.0)
        pred = ops.clip(pred, EPSILON, 1.0)
        return ops.sum(target * (ops.log(target) - ops.log(pred)), -1)
