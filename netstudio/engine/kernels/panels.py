"""Dense panels as wide as the register tile: where a matrix, or rows of activations, meet the same product every step.

A matrix (k, n) of panels is laid[panel, k, column], `wide` columns to a panel. Where the columns come in groups of n,
such as the gates of a recurrent layer, every group begins a panel of its own. What lies past n in a group's last panel
is never read.
"""

from __future__ import annotations

from collections.abc import Sequence

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import Kernel, device, kernel, pointer, share
from netstudio.engine.kernels.pack import CUT, pack_panel
from netstudio.engine.kernels.vectors import REGISTERS, lanes

WIDEST = REGISTERS.width // 2  # columns of a panel of float32; float64 has half as many


def wide_of(itemsize: int) -> int:
    """Columns of a panel whose elements take so many bytes."""
    return 2 * REGISTERS.width // itemsize


def panels_of(n: int, wide: int) -> int:
    """How many panels hold n columns."""
    return -(-n // wide)


@kernel
def lay_panels(a, t, worker, workers):
    """Lay rows of a matrix out in panels; see `lay`."""
    n, rows, wide, size = a[3], a[4], 2 * lanes(t), block.item_size(t)
    panels = (n + wide - 1) // wide
    first, last = share(a[2] * panels, 1, worker, workers)
    for panel in range(first, last):
        group, column = panel // panels, panel % panels * wide
        source = a[0] + (group * n + column) * a[6] * size
        target = a[1] + (panel * a[7] + a[8]) * wide * size
        pack_panel(pointer(source, t), a[5], a[6], rows, min(wide, n - column), pointer(target, t))


def lay(
    matrix: int, target: int, *, groups: int, n: int, rows: int, strides: Sequence[int], length: int, start: int = 0
) -> tuple[Kernel, list[int], bool]:
    """The call that lays `rows` rows of a matrix (rows, groups * n) into panels of `length` rows, from row `start` on.

    Addresses; strides of the matrix, in elements, along (row, column).
    """
    return lay_panels, [matrix, target, groups, n, rows, *strides, length, start], True


@device
def add_rows(run, b, t, x, w, y, k, resume):
    """Y (+)= X W for the rows and columns laid in the block `b`: X's rows in one piece of k, W one panel; addresses."""
    size, wide = block.item_size(t), 2 * lanes(t)
    block.set_triple(b, block.X_STEPS, (0, 0, 1))
    block.set_triple(b, block.W_STEPS, (0, 0, wide))
    b[block.Y] = y
    cuts = max(1, (k + CUT - 1) // CUT)
    for cut in range(cuts):
        start, end = k * cut // cuts, k * (cut + 1) // cuts
        block.set_triple(b, block.SIZES, (1, 1, end - start))
        b[block.X], b[block.W] = x + start * size, w + start * wide * size
        b[block.RESUME] = 1 if cut > 0 else resume
        block.run(run, b, t)


@device
def add_panels(run, b, t, x, step, w, y, groups, n, resume):
    """Y (+)= X W where X stands in panels, `step` elements apart, of `groups` groups of n columns; W is one panel."""
    size, wide = block.item_size(t), 2 * lanes(t)
    block.set_triple(b, block.X_STEPS, (step, 0, 1))
    block.set_triple(b, block.W_STEPS, (wide * wide, 0, wide))
    b[block.Y], b[block.RESUME] = y, resume
    whole, rest = n // wide, n % wide
    if rest == 0:
        _add_some(run, b, t, x, w, groups * whole, wide, step)
        return
    for group in range(groups):
        x_group = x + group * (whole + 1) * step * size
        w_group = w + group * n * wide * size
        _add_some(run, b, t, x_group, w_group, whole, wide, step)
        _add_some(run, b, t, x_group + whole * step * size, w_group + whole * wide * wide * size, 1, rest, step)


@device
def _add_some(run, b, t, x, w, panels, k, step):
    """Add the first k columns of each of `panels` panels, so many at once as W's share stays in the cache."""
    size, wide = block.item_size(t), 2 * lanes(t)
    for first in range(0, panels, CUT // wide):
        block.set_triple(b, block.SIZES, (min(CUT // wide, panels - first), 1, k))
        b[block.X], b[block.W] = x + first * step * size, w + first * wide * wide * size
        block.run(run, b, t)
        b[block.RESUME] = 1
