"""The base of layers whose output has the shape of their input."""

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_float


class SameShape(Layer, abstract=True):
    """A layer from real numbers of any shape to real numbers of the same shape."""

    passes_mask = True

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        return x
