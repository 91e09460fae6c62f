"""Having several kernels compiled: Numba's step here, one after another, LLVM's meanwhile on threads."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from typing import Any

from netstudio.engine.kernels.abi import KERNELS, Kernel


def build(kernels: Iterable[Kernel], dtype: Any, in_order: bool = False) -> None:
    """Begin to compile those of them that the cache lacks; `address` waits for what is under way.

    The one that takes longest comes first, so that there are but short ones to wait for at the end; with `in_order`
    they begin as they are given.
    """
    missing = [kernel for kernel in dict.fromkeys(kernels) if not kernel.is_cached(dtype)]
    for kernel in missing if in_order else longest_first(missing):
        kernel.begin(dtype)


def build_all(dtype: Any) -> None:
    """Have machine code for every kernel there is, so that no graph will have to wait for one."""
    importlib.import_module("netstudio.engine.ir")  # registers every kernel
    build(KERNELS.values(), dtype)
    for kernel in KERNELS.values():
        kernel.address(dtype)


def longest_first(kernels: Iterable[Kernel]) -> list[Kernel]:
    """How long one takes to compile goes roughly with the length of its source file."""
    return sorted(kernels, key=_source_bytes, reverse=True)


def _source_bytes(kernel: Kernel) -> int:
    path = kernel.function.__code__.co_filename
    return os.path.getsize(path) if os.path.exists(path) else 0
