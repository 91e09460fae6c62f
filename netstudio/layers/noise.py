"""The base of dropout in which some values of an input may be treated alike."""

from __future__ import annotations

from typing import Any

from netstudio.errors import ShapeError
from netstudio.graph.params import Float, Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.same_shape import SameShape
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


class ShapedNoise(SameShape, abstract=True):
    """A layer that draws random numbers, of which some values of its input may share one; each kind has a `rate`."""

    own_first = True
    rate: Float
    noise_shape = NoiseShape(
        None,
        None,
        minimum=OWN,
        doc="For each axis, the batch first, 1 where all cells share a number and -1 where each has its own: "
        "[-1, 1, -1] treats all steps of a sequence alike. None gives every value its own.",
    )

    @property
    def by_sample(self) -> bool:
        return self.noise_shape is None or self.noise_shape[0] == OWN

    def caption(self) -> str:
        return f"{self.rate:g}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        """ShapeError where numbers of that shape do not serve the input."""
        sizes = self.noise_shape
        if sizes is not None:
            fits = len(sizes) == len(x.shape) + 1 and all(n in (OWN, 1, size) for n, size in zip(sizes[1:], x.shape))
            if not fits or sizes[0] not in (OWN, 1):
                raise ShapeError(
                    f"noise_shape is {list(sizes)}, but the input has the shape {x.shape} behind its batch axis; "
                    f"expected {len(x.shape) + 1} numbers, each -1, 1 or the input's size",
                    hints=(SetParam("noise_shape", None),),
                )
        return super().infer(x)

    def shape_of_noise(self, x: Value) -> tuple[int, ...]:
        """The shape of the random numbers for `x`."""
        sizes = self.noise_shape or (OWN,) * x.ndim
        return tuple(n if size == OWN else size for size, n in zip(sizes, x.shape))
