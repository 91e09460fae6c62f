"""Softmax: probabilities that sum to 1."""

from netstudio.errors import ShapeError
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Softmax(Activation):
    """Turns scores into probabilities that sum to 1 along the last axis.

    y[i] = exp(x[i]) / sum over j of exp(x[j]). Input (..., classes) keeps its shape. Before a cross-entropy the two are
    computed as one, in a form that does not overflow.
    """

    keywords = ("probabilities", "classes", "classification", "normalised exponential", "activation")
    keras, torch, onnx = "Softmax", "Softmax", "Softmax"
    activation_name = "softmax"

    def infer(self, x: TensorSpec) -> TensorSpec:
        if not x.shape:
            raise ShapeError(
                "the input has the shape (); expected (..., classes)",
                hints=(InsertBefore("Reshape", {"target_shape": [1]}),),
            )
        return super().infer(x)

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.softmax(x)
