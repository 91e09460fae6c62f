"""What layers that slide a window over an image share."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.problems import InsertBefore, SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Padding2D, require_float, require_rank, window_output, window_padding

Pair = tuple[int, ...]


def windowed_shape(x: TensorSpec, window: Pair, strides: Pair, dilation: Pair, padding: str) -> Pair:
    """(height, width) of the output for an image (height, width, channels); ShapeError where the window doesn't fit."""
    require_float(x)
    require_image(x)
    spans = tuple((w - 1) * d + 1 for w, d in zip(window, dilation))
    if padding == "valid" and (spans[0] > x.shape[0] or spans[1] > x.shape[1]):
        raise ShapeError(
            f"the window covers {spans} cells but the image has only {x.shape[:2]} (input {x.shape}); "
            'make the window smaller or set padding to "same"',
            hints=(SetParam("padding", "same"),),
        )
    axes = zip(x.shape, window, strides, dilation)
    return tuple(window_output(size, w, s, d, padding) for size, w, s, d in axes)


def windowed_padding(shape: Pair, window: Pair, strides: Pair, dilation: Pair, padding: str) -> Padding2D:
    """The zeros around images of the batch shape (N, height, width, channels): (top, bottom, left, right)."""
    top, bottom = window_padding(shape[1], window[0], strides[0], dilation[0], padding)
    left, right = window_padding(shape[2], window[1], strides[1], dilation[1], padding)
    return top, bottom, left, right


def require_image(x: TensorSpec) -> None:
    """ShapeError unless the input is an image; a grey one without its channel axis is given one by a Reshape."""
    if len(x.shape) == 2:
        raise ShapeError(
            f"the input has the shape {x.shape}; expected (height, width, channels): add an axis of one channel",
            hints=(InsertBefore("Reshape", {"target_shape": [*x.shape, 1]}),),
        )
    require_rank(x, 3, "(height, width, channels)")


def pair(numbers: Pair) -> tuple[int, int]:
    """The two numbers of a parameter of two."""
    first, second = numbers
    return first, second
