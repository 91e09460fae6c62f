"""The one calling convention of every kernel, and the pointers kernels are written with.

A kernel is a function `(a, t, worker, workers)`:

    a        pointer to this instruction's int64 arguments: absolute addresses, sizes, strides (in elements), flags
    t        a null pointer whose type says the element type, float32 or float64: `pointer(a[0], t)` is the data
    worker   which share of the *output* this call computes, of `workers` shares

Kernels are generic in shape, compiled once for each element type, and cached on disk. Work is split by output, so
that each element is computed by one thread in one order and the result does not depend on the number of threads.
A kernel allocates nothing and raises nothing.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import llvmlite.ir as ir
import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels import cache

# `fast=True` would make isnan() false: no "nnan" and no "ninf" here. The only place where these flags stand.
FLAGS = {"reassoc", "contract", "arcp", "nsz"}
OPTIONS: dict[str, Any] = {"fastmath": FLAGS, "error_model": "numpy", "boundscheck": False}

INTS = types.CPointer(types.int64)
ELEMENTS = {np.dtype("float32"): types.float32, np.dtype("float64"): types.float64}

KERNELS: dict[str, "Kernel"] = {}


def device(function: Callable[..., Any]) -> Any:
    """A function that kernels call, compiled into each of them."""
    return numba.njit(**OPTIONS)(function)


class Kernel:
    """A named kernel; `address(dtype)` compiles it, or loads it from the cache, at its first use."""

    def __init__(self, function: Callable[..., None]) -> None:
        self.name = function.__name__
        self.function = function
        self._compiled: dict[np.dtype[Any], cache.Code] = {}
        self._begun: dict[np.dtype[Any], Future[bytes]] = {}
        self._loading = threading.Lock()

    def address(self, dtype: Any) -> int:
        dtype = np.dtype(dtype)
        if dtype not in self._compiled:
            with self._loading:  # code loaded twice would go with the one that is dropped, while a tape calls it
                self._load(dtype)
        return self._compiled[dtype].address

    def _load(self, dtype: np.dtype[Any]) -> None:
        if dtype in self._compiled:
            return
        try:
            self._compiled[dtype] = cache.Code(self.begin(dtype).result())
        finally:
            self._begun.pop(dtype, None)

    def begin(self, dtype: Any) -> Future[bytes]:
        """Have it compiled soon, what can be by a thread; `address` waits for that."""
        dtype = np.dtype(dtype)
        if dtype not in self._begun:
            self._begun[dtype] = cache.object_code(self.function, self._signature(dtype), OPTIONS)
        return self._begun[dtype]

    def is_cached(self, dtype: Any) -> bool:
        """Whether there is machine code already, in memory or on disk."""
        dtype = np.dtype(dtype)
        return dtype in self._compiled or cache.has(self.function, self._signature(dtype))

    @staticmethod
    def _signature(dtype: np.dtype[Any]) -> Any:
        return types.void(INTS, types.CPointer(ELEMENTS[dtype]), types.int64, types.int64)

    def __call__(self, arguments: np.ndarray, dtype: Any, workers: int = 1) -> None:
        """Run once from Python, the workers one after another: for tests and tools, not for tapes."""
        import ctypes

        call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2)(self.address(dtype))
        for worker in range(workers):
            call(arguments.ctypes.data, None, worker, workers)


def kernel(function: Callable[..., None]) -> Kernel:
    """Register `function` as a kernel under its own name, which is unique."""
    made = Kernel(function)
    if made.name in KERNELS and KERNELS[made.name].function.__code__ != function.__code__:
        raise ValueError(f"two kernels are named {made.name!r}")
    KERNELS[made.name] = made
    return made


@intrinsic
def pointer(typingctx, address, like):
    """The int64 `address` as a pointer of the type of `like`."""

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return like(types.int64, like), codegen


@intrinsic
def int_pointer(typingctx, address):
    """The int64 `address` as a pointer to int64."""

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return INTS(types.int64), codegen


@intrinsic
def double_pointer(typingctx, address):
    """The int64 `address` as a pointer to float64."""

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(types.float64)(types.int64), codegen


@intrinsic
def at(typingctx, p, offset):
    """The pointer `offset` elements past `p`."""

    def codegen(context, builder, sig, args):
        return builder.gep(args[0], [args[1]])

    return p(p, types.int64), codegen


@intrinsic
def cast(typingctx, value, like):
    """`value` as the element type that the pointer `like` points to."""
    element = like.dtype

    def codegen(context, builder, sig, args):
        return context.cast(builder, args[0], sig.args[0], element)

    return element(value, like), codegen


@intrinsic
def count_up(typingctx, counter):
    """Raise the counter, a pointer to int64, by one, atomically; its value before."""

    def codegen(context, builder, sig, args):
        return builder.atomic_rmw("add", args[0], ir.Constant(I64, 1), "seq_cst")

    return types.int64(INTS), codegen


@device
def next_piece(piece, counter, pieces, workers):
    """The number of a piece of work that nobody has done, after `piece`, at first -1; `pieces` or more if none is left.

    Every worker asks until none is left, so that one that is held up does less. The counter starts at 0; the last to
    find nothing leaves it so for the next time.
    """
    if workers == 1:
        return piece + 1
    taken = count_up(counter)
    if taken == pieces + workers - 1:
        counter[0] = 0
    return taken


def share(total: int, grain: int, worker: int, workers: int) -> tuple[int, int]:
    """The half-open range of `total` items that `worker` does, cut at multiples of `grain`."""
    if workers == 1:  # without a division: this is asked for in the shortest of instructions
        return 0, total
    pieces = (total + grain - 1) // grain
    first = pieces * worker // workers * grain
    last = pieces * (worker + 1) // workers * grain
    return first, min(last, total)


share = device(share)

I64, I32 = ir.IntType(64), ir.IntType(32)
