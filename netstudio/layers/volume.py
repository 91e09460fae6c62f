"""What layers of volumes share."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import require_float, require_rank


def require_volume(x: TensorSpec) -> None:
    """ShapeError unless the input is a volume or a film; one without its channel axis is given one by a Reshape."""
    require_float(x)
    if len(x.shape) == 3:
        raise ShapeError(
            f"the input has the shape {x.shape}; expected (depth, height, width, channels): add an axis of one channel",
            hints=(InsertBefore("Reshape", {"target_shape": [*x.shape, 1]}),),
        )
    require_rank(x, 4, "(depth, height, width, channels)")
