"""What losses over vectors share."""

from netstudio.losses.base import EPSILON
from netstudio.ops import Ops, Value


def normalised(ops: Ops, x: Value, axis: int = -1) -> Value:
    """`x` over its length along the axis; a length below 1e-7 counts as 1e-7, so that zeros stay zeros."""
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), EPSILON**2))
