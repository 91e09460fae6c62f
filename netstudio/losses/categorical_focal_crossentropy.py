"""CategoricalFocalCrossentropy: one class of several, with the hard cases in focus."""

from netstudio.errors import ShapeError
from netstudio.graph.params import Floats
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss, like
from netstudio.losses.classes import (
    as_logits,
    from_logits_param,
    label_smoothing_param,
    require_one_hot,
    smoothed_classes,
)
from netstudio.losses.focal import gamma_param, in_focus
from netstudio.ops import Ops, Value


class CategoricalFocalCrossentropy(Loss):
    """For choosing one class of several where some are rare: what is told easily counts little.

    The loss is -sum(alpha · (1 - prediction)^gamma · target · log(prediction)) over the classes. Prediction and target
    (..., classes), the target one-hot. As keras.losses.CategoricalFocalCrossentropy; Lin et al., 2017.
    """

    keywords = ("focal loss", "imbalance", "detection", "classification", "softmax", "multiclass", "rare")
    keras, torch, onnx = "CategoricalFocalCrossentropy", None, None
    accuracy = "CategoricalAccuracy"

    alpha = Floats(0.25, minimum=0.0, doc="How much each class counts; one number for all of them.")
    gamma = gamma_param()
    from_logits = from_logits_param("softmax")
    label_smoothing = label_smoothing_param()

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_one_hot(pred, target)
        if len(self.alpha) not in (1, pred.shape[-1]):
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and alpha has {len(self.alpha)} numbers; expected one, or "
                f"one for each of the {pred.shape[-1]} classes: change alpha",
                "pred",
            )
        super().check_shapes(pred, target)

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = smoothed_classes(like(ops, target, pred), self.label_smoothing)
        logs = ops.log_softmax(as_logits(ops, pred, self.from_logits))
        focus = in_focus(ops, 1.0 - ops.exp(logs), self.gamma)
        alpha = ops.constant(self.alpha[0] if len(self.alpha) == 1 else self.alpha)
        return -ops.sum(focus * target * logs * alpha, -1)
