"""What layers of images share."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import require_rank


def require_image(x: TensorSpec) -> None:
    """ShapeError unless the input is an image; a grey one without its channel axis is given one by a Reshape."""
    if len(x.shape) == 2:
        raise ShapeError(
            f"the input has the shape {x.shape}; expected (height, width, channels): add an axis of one channel",
            hints=(InsertBefore("Reshape", {"target_shape": [*x.shape, 1]}),),
        )
    require_rank(x, 3, "(height, width, channels)")
