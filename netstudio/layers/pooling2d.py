"""The base of layers that pool windows of an image."""

from netstudio.graph.params import Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, Padding2D, padding_param, strides_param, times
from netstudio.layers.window2d import pair, windowed_padding, windowed_shape
from netstudio.ops import Value

NO_DILATION = (1, 1)


class Pooling2D(Layer, abstract=True):
    """One number for each window of each channel."""

    category = "pooling"
    icon = "pool"

    pool_size = Ints(2, (2, 2), axes=("height", "width"), doc="The size of the window.")
    strides = strides_param(None)
    padding = padding_param()

    @property
    def moves(self) -> tuple[int, int]:
        """The strides, which are the window's size where none are given."""
        return pair(self.strides or self.pool_size)

    def caption(self) -> str:
        strides = f"/{times(self.strides)}" if self.strides else ""
        return f"{times(self.pool_size)}{strides} · {self.padding}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        size = windowed_shape(x, self.pool_size, self.moves, NO_DILATION, self.padding)
        return TensorSpec((*size, x.shape[-1]))

    def geometry(self, x: Value) -> tuple[tuple[int, int], tuple[int, int], Padding2D]:
        """(window, strides, padding) for images (N, height, width, channels)."""
        padding = windowed_padding(x.shape, self.pool_size, self.moves, NO_DILATION, self.padding)
        return pair(self.pool_size), self.moves, padding
