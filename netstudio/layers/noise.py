"""What layers that draw random numbers share: which values of an input get one number together."""

from __future__ import annotations

from typing import Any

from netstudio.errors import ShapeError
from netstudio.graph.params import Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Value

OWN = -1  # each cell of the axis for itself; Keras writes None


class NoiseShape(Ints):
    """Sizes, the batch axis first, of which -1 or null takes the input's."""

    def _expected(self) -> str:
        return "a list with -1, 1 or the input's size for each axis, the batch axis first"

    def _check(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, (list, tuple)):
            value = [OWN if size is None else size for size in value]
        sizes = super()._check(value)
        if 0 in sizes:
            raise ValueError
        return sizes


def noise_shape_param() -> NoiseShape:
    return NoiseShape(
        None,
        None,
        minimum=OWN,
        doc="For each axis, the batch first, 1 where all cells share a number and -1 where each has its own: "
        "[-1, 1, -1] treats all steps of a sequence alike. None gives every value its own.",
    )


def check_noise_shape(x: TensorSpec, sizes: tuple[int, ...] | None) -> None:
    """ShapeError where numbers of that shape do not serve an input of this one."""
    if sizes is None:
        return
    fits = len(sizes) == len(x.shape) + 1 and all(n in (OWN, 1, size) for n, size in zip(sizes[1:], x.shape))
    if not fits or sizes[0] not in (OWN, 1):
        raise ShapeError(
            f"noise_shape is {list(sizes)}, but the input has the shape {x.shape} behind its batch axis; expected "
            f"{len(x.shape) + 1} numbers, each -1, 1 or the input's size",
            hints=(SetParam("noise_shape", None),),
        )


def differs_by_sample(sizes: tuple[int, ...] | None) -> bool:
    """Whether each sample has numbers of its own."""
    return sizes is None or sizes[0] == OWN


def shape_of_noise(x: Value, sizes: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape of the random numbers for `x`."""
    return x.shape if sizes is None else tuple(n if s == OWN else s for s, n in zip(sizes, x.shape))
