"""The base of every layer, and what layer files share.

A layer is one file: parameters, ports, shape rule, weights, and how it is built from operations. It has no gradient
code. Registering is being a subclass of `Layer` in a module of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from netstudio.errors import ShapeError
from netstudio.graph.node_type import NodeType
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

    @property
    def by_sample(self) -> bool:
        """Whether what it makes of a sample is the same whatever else is in the batch, so that any may be put there."""
        return True


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
