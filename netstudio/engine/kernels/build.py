"""Compiling several kernels at once: this process from the front of the list, a second one from its back.

Numba compiles on one thread. The two meet through the cache: each takes what it finds there.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from netstudio.engine.kernels.abi import KERNELS, Kernel

FEW = 3  # a second process takes most of a second to start


def build(kernels: Sequence[Kernel], dtype: Any) -> None:
    """Have machine code for all of these; what the cache lacks is compiled."""
    missing = dealt([k for k in dict.fromkeys(kernels) if not k.is_cached(dtype)])
    with _second_process([k.name for k in reversed(missing)], np.dtype(dtype).name):
        for kernel in missing:
            kernel.address(dtype)


def dealt(kernels: Sequence[Kernel]) -> list[Kernel]:
    """Those that take long at both ends, where the two processes begin; the short ones between, where they meet.

    How long one takes goes roughly with the length of its source file.
    """
    longest = sorted(kernels, key=_source_bytes, reverse=True)
    return longest[::2] + longest[1::2][::-1]


def _source_bytes(kernel: Kernel) -> int:
    path = kernel.function.__code__.co_filename
    return os.path.getsize(path) if os.path.exists(path) else 0


def build_all(dtype: Any) -> None:
    """Have machine code for every kernel there is, so that no graph will have to wait for one."""
    importlib.import_module("netstudio.engine.ir")  # registers every kernel
    build(list(KERNELS.values()), dtype)


@contextmanager
def _second_process(names: Sequence[str], dtype: str) -> Iterator[None]:
    if len(names) < FEW or (os.cpu_count() or 1) < 2 or getattr(sys, "frozen", False):
        yield
        return
    command = [sys.executable, "-m", "netstudio.engine.kernels.build", dtype, *names]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.kill()  # whatever it is at has been compiled here meanwhile


def main(arguments: Sequence[str]) -> None:
    gc.disable()  # the compiler makes millions of small objects and keeps most; this process ends soon
    importlib.import_module("netstudio.engine.ir")  # registers every kernel
    dtype, *names = arguments
    for name in names:
        if name in KERNELS:
            KERNELS[name].address(dtype)


if __name__ == "__main__":
    main(sys.argv[1:])
