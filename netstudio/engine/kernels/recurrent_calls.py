"""The passes of recurrent layers as calls of kernels: where everything lies, and how much workspace they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from netstudio.engine.kernels import block, gemm, movement
from netstudio.engine.kernels.abi import Kernel
from netstudio.engine.kernels.pack import CUT
from netstudio.engine.kernels.panels import WIDEST, lay, panels_of, wide_of
from netstudio.engine.kernels.recurrent import (
    GRU,
    LSTM,
    SIMPLE,
    recurrent_backward,
    recurrent_forward,
    recurrent_input_grad,
)

Instructions = list[tuple[Kernel, list[int], bool]]
LINE = 16  # elements: regions of memory begin at cache lines
PIECE = CUT * 3 // 2  # rows that the weights' gradient sums at once: two cuts, which leave room in the cache for X's


class Kind(NamedTuple):
    """A cell: its number, how many gates it has, how many of them (the first) x feeds, from which on h does."""

    number: int
    gates: int
    x_gates: int
    first_back: int


KINDS = {"lstm": Kind(LSTM, 4, 4, 0), "gru": Kind(GRU, 4, 3, 1), "simple": Kind(SIMPLE, 1, 1, 0)}


class Layout(NamedTuple):
    """Where the parts of the forward pass' output begin, in elements; how far apart the joined rows are."""

    joined: int
    gates: int
    memory: int
    size: int
    stride: int


@dataclass(frozen=True)
class Sizes:
    """x is (steps, batch, features), the kernel (features, gates · units), the recurrent kernel (units, gates · units).

    `biased` tells whether there is a bias, `every` whether the h of every step is shown.
    """

    steps: int
    batch: int
    features: int
    units: int
    biased: bool
    every: bool
    kind: Kind = KINDS["lstm"]

    @property
    def columns(self) -> int:
        """Columns of the kernels."""
        return self.kind.gates * self.units

    @property
    def weights(self) -> int:
        """Rows of the kernel, the bias and the recurrent kernel, one below the other."""
        return self.features + self.biased + self.units

    @property
    def shown(self) -> int:
        """Elements of what is shown, which the output begins with."""
        return (self.steps if self.every else 1) * self.batch * self.units

    def layout(self, wide: int = WIDEST) -> Layout:
        """For panels so wide; by default the widest, whose layout has room for any."""
        rows, columns = self.steps * self.batch, panels_of(self.units, wide) * wide
        # Rows a multiple of four lines apart would meet in few sets of the cache.
        stride = self.weights + (LINE if self.weights % (4 * LINE) == 0 else 0)
        joined = _line(self.shown)
        gates = joined + _line(rows * stride)
        memory = gates + self.kind.gates * rows * columns
        return Layout(joined, gates, memory, memory + (rows + self.batch) * columns, stride)

    def gate_elements(self, wide: int = WIDEST) -> int:
        """Elements of the gradient of the gates' sums."""
        return self.kind.gates * self.steps * self.batch * panels_of(self.units, wide) * wide


def _line(elements: int) -> int:
    return -(-elements // LINE) * LINE


def forward(
    s: Sizes, x: int, kernel: int, recurrent: int, bias: int, y: int, *, dtype: Any, scratch: int
) -> Instructions:
    """The calls that fill `y`; addresses. `bias` 0 is none; `scratch` is what `forward_scratch` says."""
    size, gates = np.dtype(dtype).itemsize, s.kind.gates
    wide = wide_of(size)
    at, panels = s.layout(wide), panels_of(s.units, wide)
    calls, start = [], 0
    for source, rows in ((kernel, s.features), (bias, int(s.biased)), (recurrent, s.units)):
        if rows:
            strides, length = (s.columns, 1), s.weights
            calls.append(
                lay(source, scratch, groups=gates, n=s.units, rows=rows, strides=strides, length=length, start=start)
            )
        start += rows
    h = scratch + gates * panels * s.weights * wide * size
    places = [y + part * size for part in (0, at.joined, at.gates, at.memory)]
    return [*calls, (recurrent_forward, [x, scratch, *places, h, *_sizes(s, at, dtype)], True)]


def _sizes(s: Sizes, at: Layout, dtype: Any) -> list[int]:
    """The arguments that both passes end with."""
    sizes = [s.steps, s.batch, s.features, int(s.biased), s.units, at.stride, int(s.every)]
    return [*sizes, block.multiply_block.address(dtype), *s.kind]


def forward_scratch(s: Sizes, dtype: Any) -> int:
    """Elements of workspace that `forward` needs."""
    wide = wide_of(np.dtype(dtype).itemsize)
    return (s.kind.gates * panels_of(s.units, wide) * s.weights + s.batch) * wide


def backward(s: Sizes, g: int, y: int, recurrent: int, d_gates: int, *, dtype: Any, scratch: int) -> Instructions:
    """The calls that fill `d_gates` (gates, panel, steps, batch, wide), the gradient of the gates' sums; addresses.

    `g` is the gradient of what is shown; `y` is what the forward pass wrote; `scratch` what `backward_scratch` says.
    """
    size, gates = np.dtype(dtype).itemsize, s.kind.gates
    wide = wide_of(size)
    at, panels = s.layout(wide), panels_of(s.units, wide)
    h = scratch + panels * gates * s.units * wide * size
    places = [y + at.gates * size, y + at.memory * size, h]
    arguments = [g, scratch, d_gates, h + s.batch * wide * size, *places, *_sizes(s, at, dtype)]
    columns = s.columns
    turned = lay(recurrent, scratch, groups=1, n=s.units, rows=columns, strides=(1, columns), length=columns)
    return [turned, (recurrent_backward, arguments, True)]


def backward_scratch(s: Sizes, dtype: Any) -> int:
    """Elements of workspace that `backward` needs."""
    wide = wide_of(np.dtype(dtype).itemsize)
    panels = panels_of(s.units, wide)
    return (panels * s.columns + (panels + 1) * s.batch) * wide


def input_grad(s: Sizes, d_gates: int, kernel: int, dx: int, *, dtype: Any, scratch: int) -> Instructions:
    """The calls that fill `dx` (steps, batch, features); addresses; `scratch` is what `input_grad_scratch` says."""
    columns, run = s.columns, block.multiply_block.address(dtype)
    turned = lay(kernel, scratch, groups=1, n=s.features, rows=columns, strides=(1, columns), length=columns)
    sizes = [s.steps * s.batch, s.features, s.units, run, s.kind.gates, s.kind.x_gates]
    return [turned, (recurrent_input_grad, [d_gates, scratch, dx, *sizes], True)]


def input_grad_scratch(s: Sizes, dtype: Any) -> int:
    """Elements of workspace that `input_grad` needs."""
    wide = wide_of(np.dtype(dtype).itemsize)
    return panels_of(s.features, wide) * wide * s.columns


def weight_grad(s: Sizes, d_gates: int, y: int, d_weights: int, *, dtype: Any, scratch: int) -> Instructions:
    """The calls that fill `d_weights`: the gradients of kernel, bias and recurrent kernel, one below the other.

    `y` is what the forward pass wrote; `scratch` is what `weight_grad_scratch` says. In the first step, which has no h
    before it, the recurrent kernel has no part. The sum goes by pieces: a piece of the joined rows stays in the cache
    while all panels of the gates' gradients pass by.
    """
    size, front, rows = np.dtype(dtype).itemsize, s.features + s.biased, s.steps * s.batch
    joined = y + s.layout(wide_of(size)).joined * size
    calls: Instructions = []
    for first in range(s.batch, rows, PIECE):
        piece = first, min(PIECE, rows - first)
        calls += _joined_product(s, joined, d_gates, d_weights, s.weights, piece, first > s.batch, dtype, scratch)
    if not calls:
        zeros = movement.filling(d_weights + front * s.columns * size, s.units * s.columns, 0.0)
        calls.append((movement.fill, zeros, True))
    piece = 0, s.batch
    return calls + _joined_product(s, joined, d_gates, d_weights, front, piece, s.steps > 1, dtype, scratch)


def weight_grad_scratch(s: Sizes, workers: int, dtype: Any) -> int:
    """Elements of workspace that `weight_grad` needs when run by at most `workers` workers."""
    wide = wide_of(np.dtype(dtype).itemsize)
    stride, most = s.layout(wide).stride, max(PIECE, s.batch)
    batches = [(n, (s.kind.gates, count)) for n, count in _columns(s.units, wide)]
    needs = [gemm.scratch(s.weights, n, most, (1, stride), (wide, 1), workers, dtype, batch) for n, batch in batches]
    return max(needs)


def _columns(units: int, wide: int) -> list[tuple[int, int]]:
    """A gate's columns as panels: (columns, how many such panels)."""
    return [(n, count) for n, count in ((wide, units // wide), (units % wide, 1)) if n and count]


def _joined_product(
    s: Sizes, joined: int, d_gates: int, y: int, m: int, rows: tuple[int, int], accumulate: bool, dtype: Any,
    scratch: int,
) -> Instructions:  # fmt: skip
    """Y (+)= the first `m` columns of the joined rows, transposed, times the gates' gradients.

    The sum runs over `rows`: the number of the first of all steps' rows, and how many.
    """
    size = np.dtype(dtype).itemsize
    wide = wide_of(size)
    stride, panel, panels = s.layout(wide).stride, s.steps * s.batch * wide, panels_of(s.units, wide)
    calls: Instructions = []
    for n, count in _columns(s.units, wide):
        column = 0 if n == wide else s.units - n
        x, w = joined + rows[0] * stride * size, d_gates + (column // wide * panel + rows[0] * wide) * size
        calls += gemm.instructions(
            x, w, y + column * size, m=m, n=n, k=rows[1], x_strides=(1, stride), w_strides=(wide, 1),
            y_stride=s.columns, dtype=dtype, batch=(s.kind.gates, count), w_batch=(panels * panel, panel),
            y_batch=(s.units, wide), accumulate=accumulate, scratch=scratch,
        )  # fmt: skip
    return calls
