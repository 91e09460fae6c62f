"""Samples that are grids of cells, each with its channels: sequences, images and volumes."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import require_float, require_rank
from netstudio.layers.sequence import require_sequence

# The axes of a grid, by how many there are. The last axis of a sample holds its channels.
AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
NAMES = {1: "sequence", 2: "image", 3: "volume"}


def require_grid(x: TensorSpec, rank: int) -> None:
    """ShapeError unless a sample is a sequence, an image or a volume, for a `rank` of 1, 2 or 3.

    An image or a volume without its channel axis is offered one by a Reshape.
    """
    if rank == 1:
        require_sequence(x)
        return
    require_float(x)
    meaning = f"({', '.join(AXES[rank])}, channels)"
    if len(x.shape) == rank:
        raise ShapeError(
            f"the input has the shape {x.shape}; expected {meaning}: add an axis of one channel",
            hints=(InsertBefore("Reshape", {"target_shape": [*x.shape, 1]}),),
        )
    require_rank(x, rank + 1, meaning)
