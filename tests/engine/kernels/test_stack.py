"""Memory on the stack has the size that was asked for, whatever was compiled before."""

import ctypes

import numpy as np
from numba import types

from netstudio.engine.kernels import cache
from netstudio.engine.kernels.abi import INTS, OPTIONS
from netstudio.engine.kernels.compiler import assemble, translate
from netstudio.engine.kernels.vmath import stack

SIGNATURE = types.void(INTS)


def compiled(function):
    return assemble(translate(function, SIGNATURE, OPTIONS))


def many(a):
    memory = stack(a, 512)
    for i in range(512):
        memory[i] = i
    a[0] = memory[a[1]]


def few(a):
    memory = stack(a, 16)
    for i in range(16):
        memory[i] = -i
    a[0] = memory[a[1]]


def test_each_size_is_its_own():
    first = compiled(many)
    compiled(few)
    again = compiled(many)
    assert len(first) == len(again)
    code = cache.Code(again)
    block = np.array([0, 511], np.int64)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(code.address)(block.ctypes.data)
    assert block[0] == 511


def test_code_does_not_depend_on_what_was_compiled_before():
    first = compiled(few)
    compiled(many)
    assert compiled(few) == first
