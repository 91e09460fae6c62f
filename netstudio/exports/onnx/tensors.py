"""What the inputs of an ONNX node are: tensors that are known now, and names of those that a run computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Const:
    """A tensor that does not depend on any input of the graph.

    Where `weight` names one of the model's weights, the tensor is that weight, reshaped and then transposed by `axes`.
    """

    array: Array
    weight: str | None = None
    axes: tuple[int, ...] | None = None

    def transposed(self, axes: Sequence[int]) -> Const:
        """The axes in another order; nothing moves where only axes of size 1 change places."""
        moved = [a for a in axes if self.array.shape[a] != 1]
        if moved == sorted(moved):
            return self.reshaped([self.array.shape[a] for a in axes])
        own = tuple(axes) if self.axes is None else tuple(self.axes[a] for a in axes)
        return Const(self.array.transpose(axes), self.weight, None if own == tuple(range(len(own))) else own)

    def reshaped(self, shape: Sequence[int]) -> Const:
        """The same elements under another shape."""
        made = self.array.reshape(shape)
        return Const(made, self.weight) if self.axes is None else Const(made)


Ref = str | Const


def number(value: float, dtype: Any = np.float32) -> Const:
    """A tensor of one number and no axes."""
    return Const(np.asarray(value, dtype))


def whole(values: Sequence[int]) -> Const:
    """A vector of int64, as shapes and axes are given."""
    return Const(np.asarray(values, np.int64))
