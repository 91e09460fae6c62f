"""Sparsemax: each row's nearest point of the probability simplex, max(x - t, 0) with the t that makes it sum to 1.

t is found without sorting: the mean excess of those above the present t gives a larger t, above which fewer are left,
until none drops out; then it is exact. At most as many passes as columns, in practice a handful.

Sources: A. Martins, R. Astudillo, "From Softmax to Sparsemax" (2016); C. Michelot, "A finite algorithm for finding the
projection of a point onto the canonical simplex of R^n", J. Optim. Theory Appl. 50 (1986).
"""

from netstudio.engine.kernels.abi import Kernel, at, device, kernel, pointer, share
from netstudio.engine.kernels.vmath import inlined, like

Instructions = list[tuple[Kernel, list[int], bool]]


@inlined
def _below(x, top):
    return x - top


@inlined
def _excess(x, top, threshold):
    return (x - top) - threshold


@device
def _largest(x, count):
    best = x[0]
    for i in range(1, count):
        best = x[i] if x[i] > best else best
    return best


@device
def _threshold(x, top, count):
    """t, less `top`: all is counted from the largest value, so that large ones lose nothing to rounding."""
    t = like(-1, top)
    left = 0
    while True:
        total, above = like(0, top), 0
        for i in range(count):
            below = _below(x[i], top)
            if below > t:
                total += below
                above += 1
        if above == left or above == 0:
            return t
        t, left = (total - like(1, top)) / like(above, top), above


@kernel
def sparsemax(a, t, worker, workers):
    """y from x, row by row. Arguments: x, y, rows, columns. A row with a NaN or with +infinity is all NaN."""
    columns = a[3]
    first, last = share(a[2], 1, worker, workers)
    for row in range(first, last):
        x, y = at(pointer(a[0], t), row * columns), at(pointer(a[1], t), row * columns)
        top = _largest(x, columns)
        threshold = _threshold(x, top, columns)
        spoilt = top - top
        for i in range(columns):
            spoilt += like(0, top) if x[i] == x[i] else x[i]
        for i in range(columns):
            excess = _excess(x[i], top, threshold)
            y[i] = (excess if excess > 0 else like(0, top)) + spoilt


def forward(x: int, y: int, rows: int, columns: int) -> Instructions:
    """The call that writes y (rows, columns) from x; addresses."""
    return [(sparsemax, [x, y, rows, columns], True)]
