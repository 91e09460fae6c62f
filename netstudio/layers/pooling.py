"""The base of layers that pool the windows of a sequence, an image or a volume."""

from __future__ import annotations

from typing import ClassVar, Literal

from netstudio.graph.params import Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, times
from netstudio.layers.convolve import as_row, from_row, pair
from netstudio.layers.window import Window, padding_param, sizes_param, strides_param
from netstudio.ops import Ops, Value


def pool_size_param(rank: int) -> Ints:
    return sizes_param(rank, 2, doc="The size of the window.")


class Pooling(Layer, abstract=True):
    """One number for each window of each channel.

    The parameters are declared for images, and by the layers of sequences and volumes anew where there is a number for
    each axis.
    """

    category = "pooling"
    icon = "pool"
    keeps: ClassVar[Literal["max", "average"]]

    pool_size = pool_size_param(2)
    strides = strides_param(2, None)
    padding = padding_param()

    @property
    def window(self) -> Window:
        """The window, which moves by its own size where no strides are given."""
        return Window(self.pool_size, self.strides or self.pool_size, (1,) * len(self.pool_size), self.padding)

    def caption(self) -> str:
        strides = f"/{times(self.strides)}" if self.strides else ""
        return f"{times(self.pool_size)}{strides} · {self.padding}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec((*self.window.over(x), x.shape[-1]))

    def lower(self, ops: Ops, x: Value) -> Value:
        """A sequence is an image of one row; a volume is pooled plane by plane and then across the planes.

        The largest of the largest is the largest, and a mean of means the mean, as equally many cells of padding
        are left out of each plane's window.
        """
        rank = x.ndim - 2
        if rank == 1:
            return from_row(ops, self._pool(ops, as_row(ops, x), self.window.of_one_row))
        if rank == 2:
            return self._pool(ops, x, self.window)
        batch, depth, *plane = x.shape
        flat = self._pool(ops, ops.reshape(x, (batch * depth, *plane)), self.window.along(1, 3))
        _, height, width, channels = flat.shape
        columns = ops.reshape(flat, (batch, depth, height * width, channels))
        deep = self._pool(ops, columns, self.window.along(0, 1).of_one_column)
        return ops.reshape(deep, (batch, deep.shape[1], height, width, channels))

    def _pool(self, ops: Ops, x: Value, window: Window) -> Value:
        (top, bottom), (left, right) = window.margins(x.shape[1:-1])
        pool = ops.max_pool2d if self.keeps == "max" else ops.average_pool2d
        return pool(x, pair(window.size), pair(window.strides), (top, bottom, left, right))
