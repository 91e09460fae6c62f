"""UnitNormalization: vectors of length 1."""

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import Axes, sample_axes
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value

SHORTEST = 1e-12  # Keras's: what a vector is divided by at least, so that zeros stay zeros


class UnitNormalization(SameShape):
    """Scales each vector along an axis to the length 1.

    y = x / sqrt(sum of x²), in training as in inference; zeros stay zeros. The shape stays. With more than one axis the
    vector is all that lies along them.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("l2 normalization", "unit norm", "normalise", "normalize", "cosine", "embedding", "length")
    keras, torch, onnx = "UnitNormalization", "functional.normalize", "LpNormalization"

    axis = Axes(None, -1, doc="The axis or axes along which the length is taken; 0 is the batch axis, -1 the last.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        sample_axes(x, self.axis)
        return super().infer(x)

    def lower(self, ops: Ops, x: Value) -> Value:
        return unit_length(ops, x, self.axis)


def unit_length(ops: Ops, x: Value, axes: tuple[int, ...]) -> Value:
    """`x` over the root of the sum of its squares along `axes`."""
    squares = ops.sum(ops.square(x), axes, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, SHORTEST**2))
