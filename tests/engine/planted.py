"""Faults planted in the program for one test: what says where they are, and kernels that run in Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netstudio.catalogue import CATALOGUE
from netstudio.engine.kernels.abi import Kernel
from netstudio.engine.ops import elementwise
from netstudio.graph import Graph
from tests.graphs import graph

Patch = pytest.MonkeyPatch
Fault = Callable[[Patch], None]
Check = Callable[[Graph], None]


class Faults:
    """Faults, each with the graph that must bring it to light and the check that is to find it."""

    def __init__(self) -> None:
        self.all: list[tuple[Fault, Graph, Check]] = []

    def planted(self, on: Graph, check: Check) -> Callable[[Fault], Fault]:
        """The function plants a fault that `check` must find in `on`."""

        def register(fault: Fault) -> Fault:
            self.all.append((fault, on, check))
            return fault

        return register

    @property
    def names(self) -> list[str]:
        return [fault.__name__ for fault, _, _ in self.all]


def derivative(patch: Patch, name: str, faulty: Callable[..., Any]) -> None:
    """Give an elementwise operation another derivative."""
    patch.setitem(elementwise.DERIVATIVES, name, faulty)


def around(
    kind: str, params: dict[str, Any], shapes: Sequence[list[int]], out: list[int], dtype: str = "float"
) -> Graph:
    """A layer between inputs of those shapes and a mean squared error."""
    inputs = [(f"x{i}", "Input", {"shape": s, "dtype": dtype}) for i, s in enumerate(shapes)]
    nodes = [*inputs, ("n", kind, params), ("y", "Target", {"shape": out}), ("loss", "MeanSquaredError", {})]
    ports = CATALOGUE[kind].inputs
    into = [ports[min(i, len(ports) - 1)].name for i in range(len(inputs))]
    wires = [f"{i} n.{port}" for (i, _, _), port in zip(inputs, into)]
    return graph(nodes, ", ".join([*wires, "n loss.pred", "y loss.target"]))


Real = Callable[[NDArray[np.int64], int, int], None]
Work = Callable[[Real, NDArray[np.int64], np.dtype[Any], int, int], None]


class PythonKernel:
    """Stands in a kernel's place: `work(real, arguments, dtype, worker, workers)` does its worker's share in Python.

    `real(arguments, worker, workers)` runs the kernel whose place it takes.
    """

    SIGNATURE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)

    def __init__(self, kernel: Kernel, work: Work, count: int) -> None:
        self.name, self._kernel, self._work, self._count = kernel.name, kernel, work, count
        self._made: dict[Any, Any] = {}

    def is_cached(self, dtype: Any) -> bool:
        return True

    def address(self, dtype: Any) -> int:
        dtype = np.dtype(dtype)
        if dtype not in self._made:
            code = self.SIGNATURE(self._kernel.address(dtype))

            def real(arguments: NDArray[np.int64], worker: int, workers: int) -> None:
                code(arguments.ctypes.data, None, worker, workers)

            def run(a: int, _type: int, worker: int, workers: int) -> None:
                arguments = elements(a, self._count, np.dtype(np.int64)).copy()
                self._work(real, arguments, dtype, worker, workers)

            self._made[dtype] = self.SIGNATURE(run)
        return int(ctypes.cast(self._made[dtype], ctypes.c_void_p).value or 0)


def in_place_of(patch: Patch, module: Any, name: str, count: int, work: Work) -> None:
    """Put a kernel in Python in the place of `module.name`, which takes `count` arguments."""
    patch.setattr(module, name, PythonKernel(getattr(module, name), work, count))


def elements(address: int, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The memory there."""
    raw = (ctypes.c_byte * (int(count) * dtype.itemsize)).from_address(int(address))
    return np.frombuffer(raw, dtype)
