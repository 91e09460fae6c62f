"""GroupNormalization: groups of channels with mean 0 and variance 1 in each sample."""

from __future__ import annotations

from math import gcd, prod

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Float, Int
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import along_last, axis_param, sample_axis
from netstudio.layers.gain import gain_and_offset
from netstudio.layers.learnt import learnt_params
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value

EACH = -1  # as many groups as channels: instance normalisation


class GroupNormalization(SameShape):
    """Shifts and scales each group of channels to mean 0 and variance 1 in each sample, then by what it learns.

    y = gamma · (x - mean) / sqrt(variance + epsilon) + beta, with mean and (biased) variance of a sample over the
    channels of a group and all other axes, in training as in inference: it does not depend on the batch. Input
    (..., channels) keeps its shape; gamma and beta are (channels,). Wu and He, "Group Normalization", 2018.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("groupnorm", "gn", "instance norm", "instancenorm", "normalise", "normalize", "normalization")
    keras, torch, onnx = "GroupNormalization", "GroupNorm", "GroupNormalization"

    groups = Int(32, minimum=EACH, doc="Into how many groups the channels are split; -1 makes each one a group.")
    axis = axis_param("of the channels")
    epsilon = Float(1e-3, above=0.0, doc="Added to the variance, so that nothing is divided by zero.")
    center = Bool(True, doc="Add beta, which is learnt.")
    scale = Bool(True, doc="Multiply by gamma, which is learnt.")
    learnt = learnt_params({"beta": "zeros", "gamma": "ones"})

    def caption(self) -> str:
        return "each channel" if self.groups == EACH else f"{self.groups} groups"

    def infer(self, x: TensorSpec) -> TensorSpec:
        channels = x.shape[sample_axis(x, self.axis) - 1]
        groups = self._groups(channels)
        if groups == 0 or channels % groups:
            raise ShapeError(
                f"groups is {self.groups}, which does not divide the channels of the input {x.shape}: {channels}; "
                "expected a divisor of it, or -1",
                hints=(SetParam("groups", gcd(channels, groups) if groups else EACH),),
            )
        return super().infer(x)

    def _groups(self, channels: int) -> int:
        return channels if self.groups == EACH else self.groups

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return gain_and_offset(self, (x.shape[sample_axis(x, self.axis) - 1],))

    def lower(self, ops: Ops, x: Value) -> Value:
        return along_last(ops, x, self.axis, lambda moved: self._of_last(ops, moved))

    def _of_last(self, ops: Ops, x: Value) -> Value:
        batch, *_, channels = x.shape
        places = ops.reshape(x, (batch, prod(x.shape[1:-1]), channels))
        mean = self._mean(ops, places)
        centred = places - mean
        # The mean is where the variance is least: no gradient passes from the one to the other.
        variance = self._mean(ops, ops.square(places - ops.stop_gradient(mean)))
        factor = ops.rsqrt(variance + self.epsilon)
        if self.scale:
            factor = factor * ops.weight("gamma")
        y = centred * factor
        return ops.reshape(y + ops.weight("beta") if self.center else y, x.shape)

    def _mean(self, ops: Ops, x: Value) -> Value:
        """Of (batch, places, channels) the mean of each group, for each of its channels: (batch, 1, channels).

        The places first: what is left is small.
        """
        batch, _, channels = x.shape
        groups = self._groups(channels)
        each = ops.reshape(ops.mean(x, 1), (batch, groups, channels // groups))
        return ops.reshape(ops.broadcast_to(ops.mean(each, 2, keepdims=True), each.shape), (batch, 1, channels))
