"""Kernels that tie a tape to its run: the batch, the step's numbers, sums over an epoch, the watch for NaN.

A run's state block is an int64 array; the names below are places in it. What changes from run to run (where the data
lies, the order of the rows) stands there, so that a tape is bound to no data.
"""

import numpy as np

from netstudio.engine.kernels.abi import at, cast, double_pointer, int_pointer, kernel, pointer, share
from netstudio.engine.kernels.finite import all_finite
from netstudio.engine.kernels.vmath import each, same

STEP = 0  # steps done in this epoch
GLOBAL_STEP = 1  # steps done in all
SEED = 2
STOP = 3  # anyone: ends the run before the next step
GO = 4  # the first worker: whether this step runs
FAILED = 5  # the code of the check that found a number that is not finite
ORDER = 6  # address of the rows' order, int64
SCALARS = 7  # address of each step's numbers, float64
LOSSES = 8  # address of each step's loss, float64
STRIDE = 9  # how many places of the order a step takes
BARRIER = 16  # counts arrivals; alone in its cache line
FEEDS = 24  # addresses of the data, one array after another, then of what results go to; 0 where there is none


@kernel
def load_batch(a, t, worker, workers):
    """a: output, feed, state, elements a row, rows: the step's rows of an array, in the order of the run."""
    out, state, width, rows = pointer(a[0], t), int_pointer(a[2]), a[3], a[4]
    data = pointer(state[FEEDS + a[1]], t)
    order = int_pointer(state[ORDER])
    start = state[STEP] * state[STRIDE]
    first, last = share(rows, 1, worker, workers)
    for row in range(first, last):
        each(same, at(out, row * width), width, (at(data, order[start + row] * width),))


@kernel
def point_batch(a, t, worker, workers):
    """a: where to write, feed, state, bytes a row: the address of the step's first row, where the rows are in order."""
    state = int_pointer(a[2])
    first = int_pointer(state[ORDER])[state[STEP] * state[STRIDE]]
    int_pointer(a[0])[0] = state[FEEDS + a[1]] + first * a[3]


@kernel
def store_batch(a, t, worker, workers):
    """a: values, place among the feeds, state, elements a row, rows: the step's results, to the array they go to."""
    values, state, width = pointer(a[0], t), int_pointer(a[2]), a[3]
    address = state[FEEDS + a[1]]
    if address == 0:
        return
    out = at(pointer(address, t), state[STEP] * state[STRIDE] * width)
    first, last = share(a[4], 1, worker, workers)
    for i in range(first * width, last * width):
        out[i] = values[i]


@kernel
def load_scalars(a, t, worker, workers):
    """a: output, state, how many: the step's numbers."""
    out, state, count = pointer(a[0], t), int_pointer(a[1]), a[2]
    table = double_pointer(state[SCALARS])
    for i in range(count):
        out[i] = cast(table[state[STEP] * count + i], t)


@kernel
def record_loss(a, t, worker, workers):
    """a: value, state: keep the step's loss."""
    state = int_pointer(a[1])
    double_pointer(state[LOSSES])[state[STEP]] = np.float64(pointer(a[0], t)[0])


@kernel
def accumulate(a, t, worker, workers):
    """a: value, count, address of the float64 sums, address of a float64 factor: sums += factor * value."""
    value, sums, factor = pointer(a[0], t), double_pointer(a[2]), double_pointer(a[3])[0]
    for i in range(a[1]):
        sums[i] += np.float64(value[i]) * factor


@kernel
def check_finite(a, t, worker, workers):
    """a: values, count, state, code: note `code` where a value is NaN or infinite."""
    values, state = pointer(a[0], t), int_pointer(a[2])
    first, last = share(a[1], 16, worker, workers)
    if not all_finite(at(values, first), last - first):
        state[FAILED] = a[3]
