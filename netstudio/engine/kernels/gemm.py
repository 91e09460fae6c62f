"""The matrix product with free strides: x·W, xᵀ·dy, dy·Wᵀ and the products of attention are this one kernel."""

from typing import Any

import numpy as np

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import Kernel, at, device, int_pointer, kernel, next_piece, pointer
from netstudio.engine.kernels.column import multiply_column
from netstudio.engine.kernels.pack import CUT, add_parts, pack_panel
from netstudio.engine.kernels.tile import HEIGHT, IS_BROAD, LOW
from netstudio.engine.kernels.vectors import REGISTERS, lanes

Pair = tuple[int, int]
Instruction = tuple[Kernel, list[int], bool]

# A long sum whose output has few tiles is cut into parts, for there to be work for several workers. How many depends
# on the sizes alone, never on the number of workers, so the result does not either.
MOST_PARTS = 16
LEAST_PART = 1024
FEW_OUTPUTS = 1 << 12
# Copying a panel of W to where it is dense pays from so many rows of X, where W's rows are further apart than this.
PACK_ROWS = 64
PACK_STRIDE = 64
# A packed W of at most NEAR_W bytes stays in the second-level cache while X, of at least FAR_X, passes by once.
NEAR_W, FAR_X = 1 << 19, 1 << 20

# Where the arguments stand.
X, W, Y, BIAS, SCRATCH, M, N, K, XM, XK, WK, WN, YM = range(13)
B0, B1, XB0, XB1, WB0, WB1, YB0, YB1, ACTIVATION, ACCUMULATE, PACKED, BLOCK, PARTS, PART, POINTED, COUNTER = range(
    13, 29
)
AS_IT_IS, CUT_PANEL, WHOLE = 0, 1, 2  # what PACKED says of W: not packed, by cuts of panels, all panels in full length
PANELS = 2 if IS_BROAD else 1  # that one tile takes
UNITS = 8 // PANELS  # for each worker
FEW_ROWS = 4 * LOW  # of fewer the last tile of four vectors may lose too much


@kernel
def gemm(a, t, worker, workers):
    """Y[b, m, n] (+)= act(sum over k of X[b, m, k] W[b, k, n] + bias[n]); see `instructions`."""
    m, n, wide, b, laid = a[M], a[N], 2 * PANELS * lanes(t), block.new(), 0
    held = -1
    panels = max(1, (n + wide - 1) // wide)
    outer = a[PARTS] * a[B0] * a[B1]
    height, width = unit_size(m, panels, outer, workers)
    bands, strips = (m + height - 1) // height, (panels + width - 1) // width
    units = outer * bands * strips
    unit = next_piece(-1, at(a, COUNTER), units, workers)
    while unit < units:
        item, band = divmod(unit // strips, bands)
        row, column = band * height, unit % strips * width * wide
        rows = min(height, m - row)
        if rows != laid:
            block.lay_matrix(b, rows, a[XM], a[YM])
            laid = rows
        columns = column, min(n, column + width * wide)
        if a[PACKED] == WHOLE:
            packed = a[SCRATCH] + worker * panels_elements(n, a[K], 2 * lanes(t)) * block.item_size(t)
            if column != held:
                w = a[W] + column * a[WN] * block.item_size(t)
                pack_panels(a, t, w, a[K], columns[1] - column, packed, a[K])
                held = column
            multiply_whole(a, t, b, row, columns, packed)
        else:
            multiply(a, t, b, item, row, columns, worker)
        unit = next_piece(unit, at(a, COUNTER), units, workers)


@device
def unit_size(m, panels, outer, workers):
    """Rows of a unit of work, and how many times the columns of one tile: few enough that all workers find work."""
    if workers == 1:
        return block.ROWS, panels
    wanted = UNITS * workers
    missing = (wanted + outer * panels - 1) // (outer * panels)
    height = min(max(2 * HEIGHT, m // missing), block.ROWS)
    height = (height + HEIGHT - 1) // HEIGHT * HEIGHT
    return height, max(1, outer * panels * ((m + height - 1) // height) // wanted)


@device
def part_elements(a):
    """Elements of scratch that the partial sums take; the packed panels follow."""
    return a[PARTS] * a[M] * a[N] if a[PARTS] > 1 else 0


def _panels_elements(n: int, k: int, wide: int) -> int:
    """Elements that W takes, all panels whole."""
    return (n + wide - 1) // wide * wide * k


panels_elements = device(_panels_elements)


@device
def multiply(a, t, b, item, row, columns, worker):
    """The block's rows times some columns (first, end), of one matrix of the batch, over one part of the sum.

    The sum is cut so that the rows of X stay in the cache while the panels of W pass by.
    """
    size, wide = block.item_size(t), 2 * lanes(t)
    part, batch = divmod(item, a[B0] * a[B1])
    outer, inner = divmod(batch, a[B1])
    x = int_pointer(a[X])[0] if a[POINTED] else a[X]
    x += (outer * a[XB0] + inner * a[XB1] + row * a[XM]) * size
    w = a[W] + (outer * a[WB0] + inner * a[WB1]) * size
    y = a[Y] + (outer * a[YB0] + inner * a[YB1] + row * a[YM] + part * a[M] * a[N]) * size
    packed = a[SCRATCH] + (part_elements(a) + worker * PANELS * CUT * wide) * size
    begin, end = part * a[PART], min(a[K], (part + 1) * a[PART])
    cuts = max(1, (end - begin + CUT - 1) // CUT)
    block.set_triple(b, block.X_STEPS, (0, 0, a[XK]))
    block.set_triple(b, block.W_STEPS, (0, 0, wide if a[PACKED] else a[WK]))
    panels = PANELS if suits_broad(b[block.COUNT]) else 1
    b[block.PAIR] = 0 if panels == 1 else CUT * wide if a[PACKED] else wide
    for cut in range(cuts):
        k, k_end = begin + (end - begin) * cut // cuts, begin + (end - begin) * (cut + 1) // cuts
        block.set_triple(b, block.SIZES, (1, 1, k_end - k))
        b[block.X] = x + k * a[XK] * size
        b[block.RESUME] = 1 if cut > 0 else a[ACCUMULATE]
        b[block.ACTIVATION] = a[ACTIVATION] if cut == cuts - 1 else 0
        for n in range(columns[0], columns[1], panels * wide):
            b[block.COLUMNS] = min(panels * wide, columns[1] - n)
            b[block.W], b[block.Y] = w + (k * a[WK] + n * a[WN]) * size, y + n * size
            b[block.BIAS] = a[BIAS] + n * size if a[BIAS] != 0 and cut == 0 else 0
            if a[PACKED]:
                pack_panels(a, t, b[block.W], k_end - k, b[block.COLUMNS], packed, CUT)
                b[block.W] = packed
            block.run(a[BLOCK], b, t)
    b[block.PAIR] = 0


@device
def suits_broad(rows):
    """Whether tiles of four vectors do: whether they waste no more rows than those of two, or the rows are many."""
    half, other = LOW // 2, HEIGHT // 2
    return rows >= FEW_ROWS or (rows + half - 1) // half * half <= (rows + other - 1) // other * other


@device
def pack_panels(a, t, w, k, columns, packed, apart):
    """Lay k rows of some columns of W, from the address `w` on, out in panels `apart` rows from each other."""
    size, wide = block.item_size(t), 2 * lanes(t)
    for n in range(0, columns, wide):
        source, target = pointer(w + n * a[WN] * size, t), pointer(packed + n * apart * size, t)
        pack_panel(source, a[WK], a[WN], k, min(wide, columns - n), target)


@device
def multiply_whole(a, t, b, row, columns, packed):
    """The block's rows times columns (first, end), all packed, few rows after another: X passes by only once.

    One sum takes all of k, in the order in which `multiply` adds: the result is the same, bit by bit.
    """
    size, wide, first = block.item_size(t), 2 * lanes(t), columns[0]
    block.set_triple(b, block.SIZES, (1, 1, a[K]))
    block.set_triple(b, block.X_STEPS, (0, 0, 1))
    block.set_triple(b, block.W_STEPS, (0, 0, wide))
    b[block.X] = (int_pointer(a[X])[0] if a[POINTED] else a[X]) + row * a[XM] * size
    b[block.RESUME], b[block.ACTIVATION] = a[ACCUMULATE], a[ACTIVATION]
    table, rows = b[block.TABLE], b[block.COUNT]
    panels, few = whole_tile(columns[1] - first, wide)
    b[block.PAIR] = a[K] * wide if panels > 1 else 0
    # While a panel passes by, its part of the next rows is fetched from memory.
    ahead, step = b[block.X] + few * a[XM] * size, few * size * panels * wide // (columns[1] - first)
    b[block.AHEAD_STEP] = step
    for m in range(0, rows, few):
        b[block.TABLE], b[block.COUNT] = table + m * block.ROW_BYTES, min(few, rows - m)
        for n in range(first, columns[1], panels * wide):
            b[block.COLUMNS] = min(panels * wide, columns[1] - n)
            b[block.W], b[block.Y] = packed + (n - first) * a[K] * size, a[Y] + (row * a[YM] + n) * size
            b[block.BIAS] = a[BIAS] + n * size if a[BIAS] != 0 else 0
            b[block.AHEAD] = ahead + m * a[XM] * size + (n - first) // (panels * wide) * a[K] * step
            block.run(a[BLOCK], b, t)
    b[block.TABLE], b[block.COUNT], b[block.AHEAD], b[block.AHEAD_STEP], b[block.PAIR] = table, rows, 0, 0, 0


@device
def whole_tile(columns, wide):
    """The panels and the rows of the tiles that so many columns are computed by."""
    if columns % (PANELS * wide) == 0:
        return PANELS, LOW if PANELS > 1 else HEIGHT
    return 1, HEIGHT if columns % wide == 0 else block.TALL


def instructions(
    x: int,
    w: int,
    y: int,
    *,
    m: int,
    n: int,
    k: int,
    x_strides: Pair,
    w_strides: Pair,
    y_stride: int,
    dtype: Any,
    batch: Pair = (1, 1),
    x_batch: Pair = (0, 0),
    w_batch: Pair = (0, 0),
    y_batch: Pair = (0, 0),
    bias: int = 0,
    activation: int = 0,
    accumulate: bool = False,
    scratch: int = 0,
    pointed: bool = False,
) -> list[Instruction]:
    """Y[b, m, n] = act(sum over k of X[b, m, k] W[b, k, n] + bias[n]), or Y += the sum + bias.

    Addresses (`x`, `w`, `y`, `bias`, `scratch`) are absolute; strides count elements: `x_strides` along (m, k),
    `w_strides` along (k, n), `y_stride` along m. A batch has two levels, each with its stride for X, W and Y; 0 shares
    a matrix. `bias` 0 is none; `activation` is 0 for none, 1 for ReLU. `scratch` is the address of as many elements as
    `scratch()` says. With `pointed`, `x` is where X's address will stand.

    Returns (kernel, arguments, whether it may be shared among workers) in the order in which to run them.

    Raises ValueError where both `activation` and `accumulate` are given.
    """
    if activation and accumulate:
        raise ValueError(
            "gemm: an activation can't be accumulated into the output; run it as an instruction of its own"
        )
    parts, part = _parts(m, n, k, batch)
    if n == y_stride == 1 and batch == (1, 1) and parts == 1:
        if x_strides[1] == w_strides[0] == 1:
            column = [x, w, y, bias, m, k, x_strides[0], activation, int(accumulate), int(pointed)]
            return [(multiply_column, column, True)]
        if x_strides[0] == 1 and m > 1 and not (bias or pointed):  # its transpose has whole vectors of columns
            return instructions(
                w, x, y, m=1, n=m, k=k, x_strides=(k, w_strides[0]), w_strides=(x_strides[1], 1), y_stride=m,
                dtype=dtype, activation=activation, accumulate=accumulate, scratch=scratch,
            )  # fmt: skip
    addresses, layout = [x, w, y, bias, scratch], [m, n, k, *x_strides, *w_strides, y_stride]
    batches = [*batch, *x_batch, *w_batch, *y_batch]
    packing = _packing(m, n, k, x_strides, w_strides, dtype, batch)
    fixed = [packing, block.multiply_block.address(dtype), parts, part, int(pointed), 0]
    if parts == 1:
        return [(gemm, [*addresses, *layout, *batches, activation, int(accumulate), *fixed], True)]
    addresses, layout = [x, w, scratch, 0, scratch], [m, n, k, *x_strides, *w_strides, n]
    total = [scratch, y, bias, parts, m, n, y_stride, activation, int(accumulate)]
    return [(gemm, [*addresses, *layout, *batches, 0, 0, *fixed], True), (add_parts, total, True)]


def scratch(
    m: int, n: int, k: int, x_strides: Pair, w_strides: Pair, workers: int, dtype: Any, batch: Pair = (1, 1)
) -> int:
    """Elements of workspace that `instructions` of these sizes needs when run by at most `workers` workers."""
    parts, _ = _parts(m, n, k, batch)
    wide = _wide(dtype)
    needs = {AS_IT_IS: 0, CUT_PANEL: PANELS * CUT * wide, WHOLE: _panels_elements(n, k, wide)}
    each = needs[_packing(m, n, k, x_strides, w_strides, dtype, batch)]
    return (parts * m * n if parts > 1 else 0) + workers * each


def _wide(dtype: Any) -> int:
    """Columns of a panel."""
    return 2 * REGISTERS.width // int(np.dtype(dtype).itemsize)


def _packing(m: int, n: int, k: int, x_strides: Pair, w_strides: Pair, dtype: Any, batch: Pair) -> int:
    """How W is packed."""
    size = np.dtype(dtype).itemsize
    near, far = _panels_elements(n, k, _wide(dtype)) * size <= NEAR_W, m * k * size >= FAR_X
    if near and far and k > CUT and x_strides[1] == 1 and batch == (1, 1) and _parts(m, n, k, batch)[0] == 1:
        return WHOLE
    return CUT_PANEL if w_strides[1] != 1 or (m >= PACK_ROWS and w_strides[0] > PACK_STRIDE) else AS_IT_IS


def is_one_sum(k: int) -> bool:
    """Whether sums of so many products are taken in one go, however few rows there are."""
    return k < 2 * LEAST_PART


def _parts(m: int, n: int, k: int, batch: Pair) -> Pair:
    """Into how many parts of which length the sum is cut."""
    if batch != (1, 1) or m * n > FEW_OUTPUTS:
        return 1, k
    count = max(1, min(MOST_PARTS, k // LEAST_PART))
    part = -(-k // count)
    return -(-k // part) if k else 1, part
