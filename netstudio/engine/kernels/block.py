"""The block product: some rows, given by a table of offsets, times the columns of a matrix.

The kernel `multiply_block` is what all matrix products and convolutions spend their time in. They call it through its
address, which stands among their arguments, so its machine code exists once.
"""

import llvmlite.ir as ir
import numpy as np
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, INTS, at, cast, device, int_pointer, kernel, pointer
from netstudio.engine.kernels.tile import HEIGHT, LOW, SHORT, make_tile
from netstudio.engine.kernels.vectors import REGISTERS, lanes

WIDTH = REGISTERS.width
# The most rows that one table holds, whole tiles.
ROWS = 512 // HEIGHT * HEIGHT
ROW_BYTES = 16  # of the table

# The arguments of `multiply_block`: addresses; the counts of rows and columns; sizes and strides of the sum's loops;
# the address of the bias or 0; whether to start from what Y holds; the activation; whether X is read lanewise; the
# address of memory to fetch meanwhile, or 0, and how many bytes to go on there at each turn of the innermost loop; how
# many elements of W it is from a panel of two vectors to the next, where two panels may be taken at once, or 0.
X, W, Y, TABLE, COUNT, COLUMNS, SIZES, X_STEPS, W_STEPS = 0, 1, 2, 3, 4, 5, 6, 9, 12
BIAS, RESUME, ACTIVATION, LANEWISE, AHEAD, AHEAD_STEP, PAIR, ARGUMENTS = range(15, 23)

_broad, _broad_short = (make_tile(height, 4, False, False) for height in (LOW, LOW // 2))
_wide, _wide_short = (make_tile(height, 2, False, False) for height in (HEIGHT, SHORT))
_part, _part_short = (make_tile(height, 2, True, False) for height in (HEIGHT, SHORT))
# One vector alone leaves half of the accumulators idle, and too few sums in flight to hide an addition's delay.
TALL = 2 * HEIGHT
_edge_tall, _edge, _edge_short = (make_tile(height, 1, True, False) for height in (TALL, HEIGHT, SHORT))
_lanewise, _lanewise_short = (make_tile(height, 1, True, True) for height in (HEIGHT, SHORT))


@kernel
def multiply_block(a, t, worker, workers):
    """Y[m, n] (+)= act(bias[n] + sum over i, j, k of X W) for the table's rows m and all columns n."""
    table, size, lane = int_pointer(a[TABLE]), item_size(t), lanes(t)
    x, w, y, bias = pointer(a[X], t), pointer(a[W], t), pointer(a[Y], t), a[BIAS]
    sizes, x_steps, w_steps = triple(a, SIZES), triple(a, X_STEPS), triple(a, W_STEPS)
    resume, low = a[RESUME], cast(0, t) if a[ACTIVATION] == 1 else cast(-np.inf, t)
    ahead, ahead_step = a[AHEAD] if a[AHEAD] != 0 else a[TABLE], a[AHEAD_STEP]
    pair = a[PAIR]
    n = 0
    while n < a[COLUMNS]:
        left = a[COLUMNS] - n
        broad, wide = pair != 0 and left >= 4 * lane, left >= 2 * lane and a[LANEWISE] == 0
        part = left > lane and a[LANEWISE] == 0  # of two vectors
        m = 0
        while broad and m < a[COUNT]:
            rows = at(table, 2 * m)
            if a[COUNT] - m > LOW // 2:
                _broad(x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair)
                m += LOW
            else:
                _broad_short(x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair)
                m += LOW // 2
        while m < a[COUNT]:
            rows, high, step = at(table, 2 * m), a[COUNT] - m > SHORT, HEIGHT
            if wide:
                if high:
                    _wide(x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair)
                else:
                    _wide_short(
                        x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair
                    )
            elif part:
                if high:
                    _part(x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair)
                else:
                    _part_short(
                        x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair
                    )
            elif a[LANEWISE] == 0:
                if a[COUNT] - m > HEIGHT:
                    _edge_tall(x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair)
                    step = TALL
                elif high:
                    _edge(x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair)
                else:
                    _edge_short(
                        x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair
                    )
            elif high:
                _lanewise(x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair)
            else:
                _lanewise_short(
                    x, w, y, rows, sizes, x_steps, w_steps, left, bias, resume, low, ahead, ahead_step, pair
                )
            m += step if high else SHORT
        step = 4 * lane if broad else 2 * lane if part else lane
        n += step
        w = at(w, 2 * pair if broad else pair if wide and pair != 0 else step)
        y, x = at(y, step), at(x, step if a[LANEWISE] == 1 else 0)
        bias += step * size if bias != 0 else 0


@device
def triple(a, index):
    return a[index], a[index + 1], a[index + 2]


@device
def set_triple(a, index, values):
    a[index], a[index + 1], a[index + 2] = values


@device
def item_size(like):
    """Bytes of an element of the kind that the pointer `like` points to."""
    return WIDTH // lanes(like)


@intrinsic
def new(typingctx):
    """Arguments for `multiply_block`, all 0, and a table of up to `ROWS` rows, on the stack of the calling kernel."""

    def codegen(context, builder, sig, args):
        with builder.goto_entry_block():  # not alloca_once, which would clear the table at each call
            block, table = (builder.alloca(I64, count) for count in (ARGUMENTS, 2 * (ROWS + TALL)))
        for index in range(ARGUMENTS):
            value = builder.ptrtoint(table, I64) if index == TABLE else ir.Constant(I64, 0)
            builder.store(value, builder.gep(block, [ir.Constant(I64, index)]))
        return block

    return INTS(), codegen


@device
def lay_rows(block, first, count, sizes, x_steps, y_steps):
    """Fill the block's table with `count` rows, at most `ROWS`, of three nested loops, from the `first` on.

    Offsets count from where the loops start. The last row is repeated up to a whole tile: a tile then writes the same
    values to the same place more than once, and needs no mask for rows.
    """
    table = int_pointer(block[TABLE])
    block[COUNT] = count
    i, j, k = first // (sizes[1] * sizes[2]), first // sizes[2] % sizes[1], first % sizes[2]
    for m in range(count):
        table[2 * m] = i * x_steps[0] + j * x_steps[1] + k * x_steps[2]
        table[2 * m + 1] = i * y_steps[0] + j * y_steps[1] + k * y_steps[2]
        k += 1
        if k == sizes[2]:
            k, j = 0, j + 1
            if j == sizes[1]:
                j, i = 0, i + 1
    for m in range(count, count + TALL):
        table[2 * m] = table[2 * count - 2]
        table[2 * m + 1] = table[2 * count - 1]


@device
def lay_matrix(block, count, x_step, y_step):
    """As `lay_rows`, the rows of a matrix from the first on."""
    table = int_pointer(block[TABLE])
    block[COUNT] = count
    x = y = 0
    for m in range(count):
        table[2 * m], table[2 * m + 1] = x, y
        x += x_step
        y += y_step
    for m in range(count, count + TALL):
        table[2 * m], table[2 * m + 1] = x - x_step, y - y_step


@intrinsic
def run(typingctx, address, block, like):
    """Call the kernel `multiply_block` of the element type of `like`, at `address`, with the arguments `block`."""
    signature = types.void(types.int64, INTS, like)

    def codegen(context, builder, sig, args):
        kinds = [args[1].type, args[2].type, I64, I64]
        function = builder.inttoptr(args[0], ir.FunctionType(ir.VoidType(), kinds).as_pointer())
        builder.call(function, [args[1], args[2], ir.Constant(I64, 0), ir.Constant(I64, 1)])
        return context.get_dummy_value()

    return signature, codegen
