"""What flows along a wire: a shape without its batch axis, and an element type."""

from dataclasses import dataclass
from math import prod
from typing import Literal

Shape = tuple[int, ...]
DType = Literal["float", "int"]


@dataclass(frozen=True)
class TensorSpec:
    """The tensor on a wire: `shape` leaves out the batch axis; "int" holds class numbers or token ids.

    With a `masked` one travels a mask, which says of each of its steps whether that counts or only pads the sequence.
    """

    shape: Shape
    dtype: DType = "float"
    masked: bool = False

    @property
    def size(self) -> int:
        """The number of elements of one sample."""
        return prod(self.shape)

    @property
    def label(self) -> str:
        """The tensor as people read it on a wire: "13×13×32", "scalar" for one number a sample, "20×8 masked"."""
        return ("×".join(map(str, self.shape)) or "scalar") + (" masked" if self.masked else "")
