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
    """Y (+)= X W where X stands in panels, `step` elements apart, of `groups` groups of n columns; W is one panel.

    It goes by as many columns at once as W's share stays in the cache: several groups, or panels of one.
    """
    size, wide = block.item_size(t), 2 * lanes(t)
    whole, rest = n // wide, n % wide
    x_group = (whole + (1 if rest else 0)) * step
    block.set_triple(b, block.X_STEPS, (x_group, step, 1))
    block.set_triple(b, block.W_STEPS, (n * wide, wide * wide, wide))
    b[block.Y], b[block.RESUME] = y, resume
    together = max(1, CUT // n)
    for group in range(0, groups, together):
        count = min(together, groups - group)
        x_first, w_first = x + group * x_group * size, w + group * n * wide * size
        for panel in range(0, whole, CUT // wide):
            x_panel, w_panel = x_first + panel * step * size, w_first + panel * wide * wide * size
            _add_some(run, b, t, x_panel, w_panel, (count, min(CUT // wide, whole - panel), wide))
        if rest:
            x_panel, w_panel = x_first + whole * step * size, w_first + whole * wide * wide * size
            _add_some(run, b, t, x_panel, w_panel, (count, 1, rest))


@device
def _add_some(run, b, t, x, w, sizes):
    """Add some groups, panels of each and columns of each panel."""
    block.set_triple(b, block.SIZES, sizes)
    b[block.X], b[block.W] = x, w
    block.run(run, b, t)
    b[block.RESUME] = 1
