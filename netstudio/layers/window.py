"""Windows that slide over sequences, images and volumes: their arithmetic, and the parameters that set them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netstudio.errors import ShapeError
from netstudio.graph.params import REQUIRED, Choice, Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.grid import AXES, require_grid

Sizes = tuple[int, ...]


def sizes_param(rank: int, default: Any = REQUIRED, *, doc: str, initial: int = 3, minimum: int = 1) -> Ints:
    """A number for each axis; one stands for all."""
    numbers = (default,) * rank if isinstance(default, int) else default
    return Ints(rank, numbers, initial=[initial] * rank, axes=AXES[rank], minimum=minimum, doc=doc)


def kernel_size_param(rank: int) -> Ints:
    return sizes_param(rank, doc="The size of the window.")


def strides_param(rank: int, default: Any = 1) -> Ints:
    of_pooling = "; none takes the size of the window" if default is None else ""
    return sizes_param(rank, default, doc=f"How far the window moves along each axis{of_pooling}.")


def dilation_param(rank: int) -> Ints:
    return sizes_param(rank, 1, doc="How far apart the cells of the window are.")


def padding_param(causal: bool = False) -> Choice:
    doc = (
        '"valid" computes only where the window fits; "same" pads with zeros so that the output has the size of '
        "the input divided by the stride"
    )
    doc += '; "causal" does so before the first step alone, so that no output sees a later step' if causal else ""
    return Choice(("valid", "same", *(["causal"] if causal else [])), "valid", doc=f"{doc}.")


@dataclass(frozen=True)
class Window:
    """A window, with a number for each axis that it slides over: cells, steps between places, cells apart."""

    size: Sizes
    strides: Sizes
    dilation: Sizes
    padding: str

    @property
    def spans(self) -> Sizes:
        """The cells from the first to the last of the window, both counted."""
        return tuple((n - 1) * d + 1 for n, d in zip(self.size, self.dilation))

    @property
    def of_one_row(self) -> Window:
        """The same window over a sequence that lies as an image of one row."""
        return Window((1, *self.size), (1, *self.strides), (1, *self.dilation), self.padding)

    @property
    def of_one_column(self) -> Window:
        """The same window over a sequence that lies as the rows of an image, whose columns are not mixed."""
        return Window((*self.size, 1), (*self.strides, 1), (*self.dilation, 1), self.padding)

    def along(self, first: int, last: int) -> Window:
        """The window along the axes [first, last) alone."""
        axes = slice(first, last)
        return Window(self.size[axes], self.strides[axes], self.dilation[axes], self.padding)

    def places(self, sizes: Sizes) -> Sizes:
        """How many places the window takes along axes of so many cells."""
        if self.padding != "valid":
            return tuple(-(-n // stride) for n, stride in zip(sizes, self.strides))
        return tuple((n - span) // stride + 1 for n, span, stride in zip(sizes, self.spans, self.strides))

    def margins(self, sizes: Sizes) -> tuple[tuple[int, int], ...]:
        """The cells of padding before and after each axis; where "same" is odd, the larger part comes after."""
        if self.padding == "valid":
            return ((0, 0),) * len(sizes)
        if self.padding == "causal":
            return tuple((span - 1, 0) for span in self.spans)
        each = zip(sizes, self.places(sizes), self.strides, self.spans)
        return tuple(halves((places - 1) * stride + span - n) for n, places, stride, span in each)

    def over(self, x: TensorSpec) -> Sizes:
        """The places that the window takes in a sample; ShapeError where it has other axes or is too small."""
        require_grid(x, len(self.size))
        sizes = x.shape[:-1]
        if self.padding == "valid" and any(span > n for span, n in zip(self.spans, sizes)):
            raise ShapeError(
                f"the window covers {_shown(self.spans)} cells but the input has only {_shown(sizes)} (shape "
                f'{x.shape}); make the window smaller or set padding to "same"',
                hints=(SetParam("padding", "same"),),
            )
        return self.places(sizes)


def halves(total: int) -> tuple[int, int]:
    """What comes before and what after, of `total` cells or of none."""
    before = max(total, 0) // 2
    return before, max(total, 0) - before


def _shown(sizes: Sizes) -> str:
    return str(sizes[0]) if len(sizes) == 1 else str(sizes)


def refuse_strides_with_dilation(strides: Sizes, dilation: Sizes) -> None:
    """ShapeError where both are above 1, which Keras and this catalogue leave out of some layers."""
    if max(strides) > 1 and max(dilation) > 1:
        ones = (1,) * len(strides)
        raise ShapeError(
            f"strides {strides} and dilation_rate {dilation} are both above 1; set one to {ones}",
            hints=(SetParam("dilation_rate", ones), SetParam("strides", ones)),
        )
