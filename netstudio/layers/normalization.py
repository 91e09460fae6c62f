"""Normalization: data with mean 0 and variance 1."""

from __future__ import annotations

from math import prod

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Float
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.initializers import INITIALIZERS
from netstudio.layers.axes import axis_caption, axis_param, lie_along, sample_axis
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value

SMALLEST = 1e-7  # Keras's: what is divided by at least


class Normalization(SameShape):
    """Shifts and scales data to mean 0 and variance 1, by a mean and a variance that it is given or has seen.

    y = (x - mean) / max(sqrt(variance), 1e-7), for each cell of `axis`; inverted y = x · max(sqrt(variance), 1e-7) +
    mean. Where `mean` and `variance` are not given, it keeps those of all samples that it saw in training (mean,
    variance and count, which are no trained weights), joined batch by batch; frozen, it keeps what it has. The shape
    stays. Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("standardize", "standardise", "scale", "z-score", "preprocessing", "normalise", "normalize")
    keras, torch, onnx = "Normalization", None, None
    without = {"torch": "PyTorch has no such layer", "onnx": "it is Sub and Mul there"}

    axis = axis_param("whose cells have a mean and a variance each")
    mean = Float(None, doc="The mean, the same for all cells; none takes that of the data seen in training.")
    variance = Float(None, minimum=0.0, doc="The variance, likewise; given where the mean is.")
    invert = Bool(False, doc="Turn normalised data back.")

    def caption(self) -> str:
        return " · ".join(p for p in ("back" if self.invert else "", axis_caption(self.axis)) if p)

    def infer(self, x: TensorSpec) -> TensorSpec:
        sample_axis(x, self.axis)
        if (self.mean is None) != (self.variance is None):
            raise ShapeError(
                f"mean is {self.mean} and variance {self.variance}; expected both, or neither",
                hints=(SetParam("variance", 1.0) if self.variance is None else SetParam("mean", 0.0),),
            )
        return super().infer(x)

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        if self.mean is not None:
            return {}
        cells = (x.shape[sample_axis(x, self.axis) - 1],)
        kept = {"mean": (cells, "zeros"), "variance": (cells, "ones"), "count": ((), "zeros")}
        return {k: WeightSpec(shape, INITIALIZERS[start](), trainable=False) for k, (shape, start) in kept.items()}

    def lower(self, ops: Ops, x: Value) -> Value:
        if self.mean is not None and self.variance is not None:
            mean, variance = ops.constant(self.mean), ops.constant(self.variance)
        else:
            kept = self._joined(ops, x) if ops.training else (ops.weight("mean"), ops.weight("variance"))
            mean, variance = (lie_along(ops, v, self.axis, x.ndim) for v in kept)
        deviation = ops.sqrt(ops.maximum(variance, SMALLEST**2))
        return x * deviation + mean if self.invert else (x - mean) / deviation

    def _joined(self, ops: Ops, x: Value) -> tuple[Value, Value]:
        """Mean and variance of what was seen before and of this batch together, which are kept."""
        over = tuple(axis for axis in range(x.ndim) if axis != self.axis % x.ndim)
        before, own = ops.weight("count"), float(prod(x.shape[axis] for axis in over))
        count = before + own
        mean = ops.mean(x, over)
        variance = ops.mean(ops.square(x - lie_along(ops, ops.stop_gradient(mean), self.axis, x.ndim)), over)
        apart = mean - ops.weight("mean")
        joined = ops.weight("mean") + apart * (own / count)
        spread = ops.weight("variance") * before + variance * own + ops.square(apart) * (before * own / count)
        kept = {"mean": joined, "variance": spread / count, "count": count}
        for name, value in kept.items():
            ops.update(name, ops.stop_gradient(value))
        return kept["mean"], kept["variance"]
