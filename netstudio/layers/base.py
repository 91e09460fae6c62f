"""The base of every layer, and what layer files share.

A layer is one file: parameters, ports, shape rule, weights, and how it is built from operations. It has no gradient
code. Registering is being a subclass of `Layer` in a module of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

from netstudio.errors import ShapeError
from netstudio.graph.node_type import NodeType
from netstudio.graph.params import Choice, Ints
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Value


class Layer(NodeType, abstract=True):
    """A node type that computes.

    `lower(ops, *inputs)` builds the output from operations, the inputs in the order of the ports; it returns a tuple
    where there are several outputs. Shapes there include the batch axis.
    `activation` is Keras's name of the function, where the layer is an activation that other layers take by name.
    """

    activation_name: ClassVar[str | None] = None

    lower: Callable[..., Value | tuple[Value, ...]]


Padding2D = tuple[int, int, int, int]
PaddingMode = Literal["valid", "same"]


def padding_param() -> Choice:
    return Choice(
        ("valid", "same"),
        "valid",
        doc='"valid" computes only where the window fits; "same" pads with zeros so that the output has the size of '
        "the input divided by the stride.",
    )


def strides_param(default: Any = (1, 1)) -> Ints:
    return Ints(2, default, axes=("height", "width"), doc="How far the window moves along the height and the width.")


def window_output(size: int, window: int, stride: int, dilation: int, padding: str) -> int:
    """How many places a window of `window` cells, `dilation` apart, takes along an axis of `size` cells."""
    if padding == "same":
        return -(-size // stride)
    return (size - (window - 1) * dilation - 1) // stride + 1


def window_padding(size: int, window: int, stride: int, dilation: int, padding: str) -> tuple[int, int]:
    """The cells of padding before and after an axis; where "same" is odd, the larger part comes after (as in Keras)."""
    if padding == "valid":
        return 0, 0
    total = max(
        (window_output(size, window, stride, dilation, "same") - 1) * stride + (window - 1) * dilation + 1 - size, 0
    )
    return total // 2, total - total // 2


def require_rank(x: TensorSpec, rank: int, meaning: str, flatten: bool = False) -> None:
    """ShapeError unless a sample has `rank` axes; `meaning` names them: "(height, width, channels)"."""
    if len(x.shape) != rank:
        hints = (InsertBefore("Flatten"),) if flatten and len(x.shape) > rank else ()
        raise ShapeError(f"the input has the shape {x.shape}; expected {meaning}", hints=hints)


def require_float(x: TensorSpec) -> None:
    """ShapeError where the input holds class numbers or token ids."""
    if x.dtype != "float":
        raise ShapeError(
            f'the input of the shape {x.shape} holds integers; expected numbers: set its dtype to "float" or one-hot '
            "encode it first"
        )


def times(numbers: tuple[int, ...]) -> str:
    """(3, 3) as "3×3"."""
    return "×".join(map(str, numbers))


Weights = Mapping[str, Any]
