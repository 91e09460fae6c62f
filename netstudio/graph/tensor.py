"""What flows along a wire: a shape without its batch axis, and an element type."""

from dataclasses import dataclass
from math import prod
from typing import Literal

Shape = tuple[int, ...]
DType = Literal["float", "int"]


@dataclass(frozen=True)
class TensorSpec:
    """The tensor on a wire: `shape` leaves out the batch axis; "int" holds class numbers or token ids."""

    shape: Shape
    dtype: DType = "float"

    @property
    def size(self) -> int:
        """The number of elements of one sample."""
        return prod(self.shape)

    @property
    def label(self) -> str:
        """The shape as people read it on a wire: "13×13×32"; one number a sample is "1"."""
        return "×".join(map(str, self.shape)) or "scalar"
