"""A matrix laid out once for many products: dense panels as wide as the register tile, then the columns left over.

A product of few rows spends much of its time on copying such panels. Where one matrix stands in a product at every
step of time, they are made once. The panels stand in the product as a batch of narrow matrices, so that one call does
them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netstudio.engine.kernels import gemm, movement
from netstudio.engine.kernels.vectors import REGISTERS

Pair = tuple[int, int]


@dataclass(frozen=True)
class Panels:
    """Where the elements of a matrix (k, n) of `dtype` go; they take k * n elements."""

    k: int
    n: int
    dtype: np.dtype[Any]

    @property
    def wide(self) -> int:
        return 2 * REGISTERS.width // self.dtype.itemsize

    @property
    def count(self) -> int:
        return self.n // self.wide

    @property
    def left(self) -> int:
        return self.n % self.wide

    def lay_out(self, matrix: int, strides: Pair, target: int) -> list[gemm.Instruction]:
        """The calls that fill `target` from `matrix`: addresses; strides, in elements, along (k, n)."""
        k, wide, size = self.k, self.wide, self.dtype.itemsize
        calls = []
        if self.count:
            box, steps = (self.count, k, wide), (wide * strides[1], *strides)
            calls.append(movement.copy(box, matrix, steps, target, (k * wide, wide, 1)))
        if self.left:
            done = self.count * wide
            source = matrix + done * strides[1] * size
            calls.append(movement.copy((k, self.left), source, strides, target + k * done * size, (self.left, 1)))
        return [(movement.strided_copy, arguments, True) for arguments in calls]

    def product(
        self, x: int, panels: int, y: int, *, m: int, x_stride: int, y_stride: int, accumulate: bool, scratch: int
    ) -> list[gemm.Instruction]:
        """The calls of Y = X W, or Y += X W, for the W (k, n) at `panels`, X (m, k) and Y (m, n).

        Addresses; strides, in elements, along m. `scratch` is the address of as many elements as `scratch` says.
        """
        k, wide, size, calls = self.k, self.wide, self.dtype.itemsize, []
        if self.count:
            calls += gemm.instructions(
                x, panels, y, m=m, n=wide, k=k, x_strides=(x_stride, 1), w_strides=(wide, 1), y_stride=y_stride,
                dtype=self.dtype, batch=(1, self.count), w_batch=(0, k * wide), y_batch=(0, wide),
                accumulate=accumulate, scratch=scratch,
            )  # fmt: skip
        if self.left:
            done = self.count * wide
            calls += gemm.instructions(
                x, panels + k * done * size, y + done * size, m=m, n=self.left, k=k, x_strides=(x_stride, 1),
                w_strides=(self.left, 1), y_stride=y_stride, dtype=self.dtype, accumulate=accumulate, scratch=scratch,
            )  # fmt: skip
        return calls

    def scratch(self, m: int, workers: int) -> int:
        """Elements of workspace that `product` needs for `m` rows."""
        sizes = [(self.wide, (1, self.count))] * bool(self.count) + [(self.left, (1, 1))] * bool(self.left)
        needs = [gemm.scratch(m, n, self.k, (self.k, 1), (n, 1), workers, self.dtype, batch) for n, batch in sizes]
        return max(needs, default=0)
