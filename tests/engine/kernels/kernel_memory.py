"""Memory for trying kernels: aligned, guarded by canaries, full of rubbish; and the reading of strides."""

import numpy as np

CANARY = 77.0
GUARD = 32


class Guarded:
    """An array of `shape` at a 64-byte boundary, rubbish inside, canaries on both sides."""

    def __init__(self, shape, dtype, values=None):
        count = int(np.prod(shape, dtype=int))
        memory = np.full(count + 2 * GUARD + 16, CANARY, dtype)
        shift = -memory.ctypes.data % 64 // memory.itemsize
        self.whole = memory[shift : shift + count + 2 * GUARD]
        self.array = self.whole[GUARD : GUARD + count].reshape(shape)
        self.array[...] = np.nan if values is None else values
        self.address = self.array.ctypes.data

    def check(self):
        assert (self.whole[:GUARD] == CANARY).all(), "wrote before its memory"
        assert (self.whole[GUARD + self.array.size :] == CANARY).all(), "wrote past its memory"
        return self.array


def strides(array):
    """In elements."""
    return tuple(step // array.itemsize for step in array.strides)


def arguments(values):
    return np.array(values, np.int64)


def same_bits(a, b):
    return a.tobytes() == b.tobytes()
