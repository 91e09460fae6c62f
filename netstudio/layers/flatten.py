"""Flatten: one long row of features."""

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Flatten(Layer):
    """Lays all values of a sample in one row.

    Input (a, b, ...) gives (a · b · ...,), the last axis running fastest; one number gives (1,).
    """

    category = "merge"
    icon = "flatten"
    keywords = ("reshape", "vector", "ravel", "1d", "shape")
    keras, torch, onnx = "Flatten", "Flatten", "Flatten"

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec((x.size,), x.dtype)

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.reshape(x, (x.shape[0], TensorSpec(x.shape[1:]).size))
