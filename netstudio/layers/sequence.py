"""What layers of sequences share."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import require_float
from netstudio.ops import Ops, Value


def step_mask(ops: Ops, number: int = 0) -> Value | None:
    """Which steps of an input count, (batch, steps) of 1 and 0; None where all do.

    Of a mask with more axes a step counts where any part of it does.
    """
    mask = ops.masks[number] if number < len(ops.masks) else None
    return mask if mask is None or mask.ndim <= 2 else ops.max(mask, tuple(range(2, mask.ndim)))


def require_sequence(x: TensorSpec, port: str | None = None) -> None:
    """ShapeError unless a sample is (steps, features); a vector or an image is offered a Reshape to it."""
    require_float(x)
    if len(x.shape) == 2:
        return
    hints = [InsertBefore("Reshape", {"target_shape": [x.shape[0], 1 if len(x.shape) == 1 else -1]})] if x.shape else []
    raise ShapeError(f"the input has the shape {x.shape}; expected (steps, features)", port=port, hints=hints)
