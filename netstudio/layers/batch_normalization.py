"""BatchNormalization: each channel with mean 0 and variance 1 over the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import axis_caption, axis_param, lie_along, sample_axis
from netstudio.layers.gain import gain_and_offset
from netstudio.layers.learnt import constraint_param, initializer_param, regularizer_param
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value

COUNT_EPSILON = 1e-7  # Keras's: added to the number of places that a mask leaves


class BatchNormalization(SameShape):
    """Shifts and scales each channel to mean 0 and variance 1 over the batch, then by what it learns.

    y = gamma · (x - mean) / sqrt(variance + epsilon) + beta, over all axes but `axis`. Training takes the batch's mean
    and (biased) variance and moves the averages: moving = moving · momentum + batch · (1 - momentum); otherwise the
    averages are used. The batch is taken without steps that a mask leaves out. Input (..., channels) keeps its shape;
    every weight is (channels,). Ioffe and Szegedy, "Batch Normalization", 2015.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("batchnorm", "bn", "normalise", "normalize", "normalization", "standardise")
    keras, torch, onnx = "BatchNormalization", "BatchNorm2d", "BatchNormalization"

    by_sample = False

    axis = axis_param("of the channels")
    momentum = Float(0.99, minimum=0.0, maximum=1.0, doc="How much of the moving averages stays at each step.")
    epsilon = Float(1e-3, above=0.0, doc="Added to the variance, so that nothing is divided by zero.")
    center = Bool(True, doc="Add beta, which is learnt.")
    scale = Bool(True, doc="Multiply by gamma, which is learnt.")
    beta_initializer = initializer_param("beta", "zeros")
    gamma_initializer = initializer_param("gamma", "ones")
    moving_mean_initializer = initializer_param("moving mean", "zeros")
    moving_variance_initializer = initializer_param("moving variance", "ones")
    beta_regularizer = regularizer_param("beta")
    gamma_regularizer = regularizer_param("gamma")
    beta_constraint = constraint_param("beta")
    gamma_constraint = constraint_param("gamma")

    def caption(self) -> str:
        return axis_caption(self.axis)

    def infer(self, x: TensorSpec) -> TensorSpec:
        sample_axis(x, self.axis)
        return super().infer(x)

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        channels = (x.shape[sample_axis(x, self.axis) - 1],)

        def kept(initializer: Any) -> WeightSpec:
            return WeightSpec(channels, initializer, trainable=False)

        return {
            **gain_and_offset(self, channels),
            "moving_mean": kept(self.moving_mean_initializer),
            "moving_variance": kept(self.moving_variance_initializer),
        }

    def lower(self, ops: Ops, x: Value) -> Value:
        def along(weight: Value) -> Value:
            return lie_along(ops, weight, self.axis, x.ndim)

        if ops.training:
            mean, variance = self._moments(ops, x)
            self._move(ops, "moving_mean", mean)
            self._move(ops, "moving_variance", variance)
        else:
            mean, variance = ops.weight("moving_mean"), ops.weight("moving_variance")
        factor = ops.rsqrt(variance + self.epsilon)
        if self.scale:
            factor = factor * ops.weight("gamma")
        y = (x - along(mean)) * along(factor)
        return y + along(ops.weight("beta")) if self.center else y

    def _moments(self, ops: Ops, x: Value) -> tuple[Value, Value]:
        """Mean and variance over all axes but that of the channels, of the places that count."""
        mask = ops.masks[0] if ops.masks else None
        last = self.axis % x.ndim == x.ndim - 1
        masked = mask is not None and mask.ndim == x.ndim - 1 and last
        if last and not masked:
            return ops.moments(x)
        average = self._average(ops, x, mask if masked else None)
        mean = average(x)
        # The mean is where the variance is least: no gradient passes from the one to the other.
        centred = x - lie_along(ops, ops.stop_gradient(mean), self.axis, x.ndim)
        return mean, average(ops.square(centred))

    def _average(self, ops: Ops, x: Value, mask: Value | None) -> Callable[[Value], Value]:
        """The mean over all axes but that of the channels, of the places that `mask` leaves."""
        over = tuple(axis for axis in range(x.ndim) if axis != self.axis % x.ndim)
        if mask is None:
            return lambda y: ops.mean(y, over)
        counts = ops.reshape(mask, (*mask.shape, 1))
        number = ops.sum(mask) + COUNT_EPSILON
        return lambda y: ops.sum(ops.where(counts, y, 0.0), over) / number

    def _move(self, ops: Ops, name: str, batch: Value) -> None:
        batch = ops.stop_gradient(batch)
        ops.update(name, ops.weight(name) * self.momentum + batch * (1.0 - self.momentum))
