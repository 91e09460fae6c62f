"""CategoricalGeneralizedCrossEntropy: one class of several, where some of the answers are wrong."""

from netstudio.errors import ShapeError
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import EPSILON, Loss
from netstudio.losses.classes import require_classes
from netstudio.ops import Ops, Value


class CategoricalGeneralizedCrossEntropy(Loss):
    """For choosing one class of several from answers of which some are wrong: samples far off count less.

    The loss is (1 - p^q) / q, p being the probability given to the right class (1e-7 at least): between the
    cross-entropy, as q nears 0, and the absolute error at 1. Prediction (..., classes) of probabilities, target (...)
    or (..., 1) of class numbers from 0. As keras.losses.CategoricalGeneralizedCrossEntropy; Zhang and Sabuncu, 2018.
    """

    keywords = ("gce", "noisy labels", "label noise", "robust", "cross entropy", "classification")
    keras, torch, onnx = "CategoricalGeneralizedCrossEntropy", None, None
    accuracy = "SparseCategoricalAccuracy"

    q = Float(0.5, above=0.0, below=1.0, doc="How little samples that are far off count.")

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_classes(pred)
        places = pred.shape[:-1]
        if target.shape not in (places, (*places, 1)) or target.dtype != "int":
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and the target {target.shape} of {target.dtype} numbers; "
                f'expected class numbers {places}: set the shape of the Target and its dtype to "int"',
                "target",
            )

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        labels = ops.reshape(target, (*pred.shape[:-1], 1))
        is_of = ops.equal(labels, ops.constant([float(i) for i in range(pred.shape[-1])]))
        chance = ops.maximum(ops.sum(pred * is_of, -1), EPSILON)
        return (1.0 - ops.elementwise("pow", chance, self.q)) * (1.0 / self.q)
