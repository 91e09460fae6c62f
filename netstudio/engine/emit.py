"""What an operation is handed when it turns into kernel calls: addresses, workspace, element type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from netstudio.engine.ir import Value
from netstudio.engine.kernels import movement, state
from netstudio.engine.kernels.abi import Kernel
from netstudio.engine.schedule import base


class Instruction(NamedTuple):
    """One kernel call; `parallel` where every worker does a share, else the first worker does it all.

    After a `check` the step goes on only if it found nothing.
    """

    kernel: Kernel
    arguments: Sequence[int]
    parallel: bool = True
    check: bool = False


@dataclass(frozen=True)
class Emitter:
    """Where everything is: `addresses` of the values, the workspace, the run's state block; all in bytes.

    `pointers` are of values that stay where they are: the places where their addresses will stand.
    """

    dtype: np.dtype[Any]
    workers: int
    addresses: Mapping[Value, int]
    scratch: int
    state: int
    pointers: Mapping[Value, int] = field(default_factory=dict)

    def address(self, value: Value) -> int:
        return self.addresses[value]

    def pointer(self, value: Value) -> int:
        """Where the address of `value` will stand; 0 where `address` tells it."""
        return self.pointers.get(base(value), 0)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def seed(self) -> int:
        """The address of the run's seed."""
        return self.state + 8 * state.SEED

    @property
    def global_step(self) -> int:
        """The address of the number of steps done."""
        return self.state + 8 * state.GLOBAL_STEP

    def calls(self, made: Iterable[tuple[Kernel, Sequence[int], bool]]) -> list[Instruction]:
        """What a kernel's own module says is to be run, as instructions."""
        return [Instruction(*call) for call in made]

    def copy(
        self, shape: Sequence[int], source: int, strides: Sequence[int], target: int, target_strides: Sequence[int]
    ) -> Instruction:
        """Copy a box between strided tensors; addresses in bytes, strides in elements."""
        return Instruction(movement.strided_copy, movement.copy(shape, source, strides, target, target_strides))

    def fill(self, value: Value, number: float) -> Instruction:
        return Instruction(movement.fill, movement.filling(self.address(value), value.size, number))


def broadcast_strides(shape: Sequence[int], target: Sequence[int]) -> tuple[int, ...]:
    """The strides with which a row-major tensor of `shape` is read as one of shape `target`: 0 along what repeats."""
    own = movement.contiguous_strides(shape)
    lead = len(target) - len(shape)
    return (0,) * lead + tuple(0 if n == 1 else s for n, s in zip(shape, own, strict=True))
