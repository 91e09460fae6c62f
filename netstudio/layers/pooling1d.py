"""The base of layers that pool windows of a sequence: images of one row."""

from __future__ import annotations

from abc import abstractmethod

from netstudio.graph.params import Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, Padding2D, padding_param
from netstudio.layers.pooling2d import NO_DILATION
from netstudio.layers.sequence import require_sequence
from netstudio.layers.window2d import windowed_padding, windowed_shape
from netstudio.ops import Ops, Value


class Pooling1D(Layer, abstract=True):
    """One number for each window of each feature."""

    category = "pooling"
    icon = "pool"

    pool_size = Int(2, minimum=1, doc="How many steps a window has.")
    strides = Int(None, minimum=1, doc="How far the window moves; none takes the size of the window.")
    padding = padding_param()

    def caption(self) -> str:
        strides = f"/{self.strides}" if self.strides else ""
        return f"{self.pool_size}{strides} · {self.padding}"

    @property
    def _window(self) -> tuple[int, int]:
        return self.pool_size, 1

    @property
    def _moves(self) -> tuple[int, int]:
        return self.strides or self.pool_size, 1

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        steps, features = x.shape
        column = TensorSpec((steps, 1, features))
        return TensorSpec((windowed_shape(column, self._window, self._moves, NO_DILATION, self.padding)[0], features))

    def lower(self, ops: Ops, x: Value) -> Value:
        batch, steps, features = x.shape
        column = ops.reshape(x, (batch, steps, 1, features))
        padding = windowed_padding(column.shape, self._window, self._moves, NO_DILATION, self.padding)
        y = self.pool(ops, column, self._window, self._moves, padding)
        return ops.reshape(y, (batch, y.shape[1], features))

    @abstractmethod
    def pool(self, ops: Ops, x: Value, window: tuple[int, int], strides: tuple[int, int], padding: Padding2D) -> Value:
        """The pooling of images (batch, steps, 1, features)."""
