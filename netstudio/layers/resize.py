"""Making sequences and images larger by whole factors."""

from __future__ import annotations

import numpy as np

from netstudio.ops import Ops, Value


def repeat(ops: Ops, x: Value, factors: tuple[int, ...]) -> Value:
    """Each cell as often as the factor of its axis says; they are those of the axes after the batch."""
    for axis, factor in enumerate(factors, 1):
        before, after = x.shape[: axis + 1], x.shape[axis + 1 :]
        spread = ops.broadcast_to(ops.reshape(x, (*before, 1, *after)), (*before, factor, *after))
        x = ops.reshape(spread, (*x.shape[:axis], x.shape[axis] * factor, *after))
    return x


def interpolate(ops: Ops, x: Value, factors: tuple[int, ...]) -> Value:
    """Images (batch, height, width, channels) with values between the cells, one axis after the other."""
    batch, height, width, channels = x.shape
    a, b = factors
    rows = ops.reshape(x, (batch, height, width * channels))
    tall = ops.matmul(ops.constant(_weights(height, a)), rows)
    columns = ops.reshape(tall, (batch * a * height, width, channels))
    wide = ops.matmul(ops.constant(_weights(width, b)), columns)
    return ops.reshape(wide, (batch, a * height, b * width, channels))


def _weights(size: int, factor: int) -> np.ndarray:
    """(factor · size, size): how much each cell counts for each new one; rows sum to 1."""
    places = np.clip((np.arange(factor * size) + 0.5) / factor - 0.5, 0.0, size - 1.0)
    return np.maximum(1.0 - np.abs(places[:, None] - np.arange(size)), 0.0)
