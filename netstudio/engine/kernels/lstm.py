"""The LSTM over time, with tanh and the logistic function.

The rows of a batch know nothing of each other. A worker takes some of them through all steps, without waiting for
anyone, and what passes from step to step stays in its cache. Everything is laid out time-major (lstm_calls.py):

    shown    (steps or 1, batch, units)           h, of every step or of the last
    joined   (steps, batch, stride)               the row x | 1 | h of the step before: what the weights multiply
    gates    (4 gates, panel, steps, batch, wide) i, f, candidate, o, as their functions left them
    memory   (panel, steps + 1, batch, wide)      c, which begins with 0

The last two stand in panels (panels.py): a step's product leaves there what the cell reads in one piece, and the
gradients of the gates, laid out alike, are read by the products of the backward pass as they are. Source:
S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997); F. Gers et al., "Learning to
Forget" (2000).
"""

from __future__ import annotations

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.panels import add_panels, add_rows
from netstudio.engine.kernels.tile import SHORT
from netstudio.engine.kernels.vectors import lanes
from netstudio.engine.kernels.vmath import ONE, each, each_of, inlined, same, sigmoid, tanh

GATES = 4


@inlined
def _cell(i, f, candidate, o, before):
    """The gates and states of a step, from the gates' sums and the c before."""
    i, f, candidate, o = sigmoid(i), sigmoid(f), tanh(candidate), sigmoid(o)
    c = f * before + i * candidate
    return i, f, candidate, o, c, o * tanh(c)


@inlined
def _cell_grad(dh, dc, i, f, candidate, o, before, c):
    """The gradients of the gates' sums and of the c before, from those of h and c."""
    shown = tanh(c)
    dc = dc + dh * o * (ONE - shown * shown)
    d_i, d_f, d_o = dc * candidate * (i * (ONE - i)), dc * before * (f * (ONE - f)), dh * shown * (o * (ONE - o))
    return d_i, d_f, dc * i * (ONE - candidate * candidate), d_o, dc * f


# Where the forward pass' arguments stand, then the backward pass'.
X, WEIGHTS, SHOWN, JOINED, GATE, MEMORY, H, STEPS, BATCH, FEATURES, BIASED, UNITS, STRIDE, EVERY, BLOCK = range(15)
G, BACK, D_GATES, D_MEMORY = X, WEIGHTS, SHOWN, JOINED


@kernel
def lstm_forward(a, t, worker, workers):
    """All steps of some rows. H is workspace, a panel of the batch."""
    first, last = share(a[BATCH], SHORT, worker, workers)
    b = block.new()
    for row in range(first, last, block.ROWS):
        _forward(a, t, b, row, min(block.ROWS, last - row))


@device
def _forward(a, t, b, row, rows):
    size, wide, units = block.item_size(t), 2 * lanes(t), a[UNITS]
    k, panels = a[FEATURES] + a[BIASED] + units, (units + wide - 1) // wide
    block.lay_rows(b, 0, rows, (1, 1, rows), (0, 0, a[STRIDE]), (0, 0, wide))
    for panel in range(panels):
        _clear(_memory(a, t, panel, 0, row), rows * wide)
    for step in range(a[STEPS]):
        joined = a[JOINED] + (step * a[BATCH] + row) * a[STRIDE] * size
        _enter(a, t, step, row, rows)
        for panel in range(panels):
            b[block.COLUMNS] = min(wide, units - panel * wide)
            for gate in range(GATES):
                weights = a[WEIGHTS] + (gate * panels + panel) * k * wide * size
                sums = a[GATE] + _place(a, gate * panels + panel, step, row) * wide * size
                add_rows(a[BLOCK], b, t, joined, weights, sums, k if step > 0 else k - units, 0)
            _cells(a, t, panel, panels, step, row, rows)
            _show(a, t, panel * wide, step, row, rows)


@device
def _place(a, panel, step, row):
    """The number of a row among those of all panels of the gates."""
    return (panel * a[STEPS] + step) * a[BATCH] + row


@device
def _gate(a, t, panel, step, row):
    return at(pointer(a[GATE], t), _place(a, panel, step, row) * 2 * lanes(t))


@device
def _memory(a, t, panel, step, row):
    """c before the step."""
    return at(pointer(a[MEMORY], t), ((panel * (a[STEPS] + 1) + step) * a[BATCH] + row) * 2 * lanes(t))


@device
def _clear(out, count):
    for i in range(count):
        out[i] = cast(0, out)


@device
def _enter(a, t, step, row, rows):
    """x and 1 at the front of the step's rows."""
    features = a[FEATURES]
    for r in range(step * a[BATCH] + row, step * a[BATCH] + row + rows):
        joined = at(pointer(a[JOINED], t), r * a[STRIDE])
        each(same, joined, features, (at(pointer(a[X], t), r * features),))
        if a[BIASED]:
            joined[features] = cast(1, t)


@device
def _pieces(units, panel, rows, wide):
    """How many pieces of how many elements the cell works on: the rows of a full panel are one."""
    return (1, rows * wide) if (panel + 1) * wide <= units else (rows, units - panel * wide)


@device
def _cells(a, t, panel, panels, step, row, rows):
    wide = 2 * lanes(t)
    i, f = _gate(a, t, panel, step, row), _gate(a, t, panels + panel, step, row)
    candidate, o = _gate(a, t, 2 * panels + panel, step, row), _gate(a, t, 3 * panels + panel, step, row)
    before, c = _memory(a, t, panel, step, row), _memory(a, t, panel, step + 1, row)
    h = at(pointer(a[H], t), row * wide)
    pieces, count = _pieces(a[UNITS], panel, rows, wide)
    for piece in range(pieces):
        n = piece * wide
        read = (at(i, n), at(f, n), at(candidate, n), at(o, n), at(before, n))
        each_of(_cell, (read[0], read[1], read[2], read[3], at(c, n), at(h, n)), count, read)


@device
def _show(a, t, column, step, row, rows):
    """h to where the next step finds it, and to where it is asked for."""
    wide, units, last = 2 * lanes(t), a[UNITS], step == a[STEPS] - 1
    count, start = min(wide, units - column), a[FEATURES] + a[BIASED] + column
    for r in range(row, row + rows):
        h = at(pointer(a[H], t), r * wide)
        if not last:
            each(same, at(pointer(a[JOINED], t), ((step + 1) * a[BATCH] + r) * a[STRIDE] + start), count, (h,))
        if a[EVERY] or last:
            shown = (step * a[BATCH] if a[EVERY] else 0) + r
            each(same, at(pointer(a[SHOWN], t), shown * units + column), count, (h,))


@kernel
def lstm_backward(a, t, worker, workers):
    """The gradient of the gates' sums at all steps of some rows. H and D_MEMORY are workspace, for those of h and c."""
    first, last = share(a[BATCH], SHORT, worker, workers)
    b = block.new()
    for row in range(first, last, block.ROWS):
        _backward(a, t, b, row, min(block.ROWS, last - row))


@device
def _backward(a, t, b, row, rows):
    size, wide, units = block.item_size(t), 2 * lanes(t), a[UNITS]
    panels, all_rows = (units + wide - 1) // wide, a[STEPS] * a[BATCH]
    block.lay_rows(b, 0, rows, (1, 1, rows), (0, 0, wide), (0, 0, wide))
    for panel in range(panels):
        _clear(at(pointer(a[D_MEMORY], t), (panel * a[BATCH] + row) * wide), rows * wide)
    for step in range(a[STEPS] - 1, -1, -1):
        last = step == a[STEPS] - 1
        for panel in range(panels):
            dh = a[H] + row * wide * size
            b[block.COLUMNS] = min(wide, units - panel * wide)
            given = a[EVERY] or last
            if given:
                _receive(a, t, panel * wide, step, row, rows)
            if not last:
                after = a[D_GATES] + _place(a, 0, step + 1, row) * wide * size
                weights = a[BACK] + panel * GATES * units * wide * size
                add_panels(a[BLOCK], b, t, after, all_rows * wide, weights, dh, GATES, units, given)
            _cell_grads(a, t, panel, panels, step, row, rows)


@device
def _receive(a, t, column, step, row, rows):
    """The gradient of what is shown, which that of h begins with."""
    wide, units = 2 * lanes(t), a[UNITS]
    for r in range(row, row + rows):
        g = at(pointer(a[G], t), ((step * a[BATCH] if a[EVERY] else 0) + r) * units + column)
        each(same, at(pointer(a[H], t), r * wide), min(wide, units - column), (g,))


@device
def _d_gate(a, t, panel, step, row):
    return at(pointer(a[D_GATES], t), _place(a, panel, step, row) * 2 * lanes(t))


@device
def _cell_grads(a, t, panel, panels, step, row, rows):
    wide = 2 * lanes(t)
    dh, dc = at(pointer(a[H], t), row * wide), at(pointer(a[D_MEMORY], t), (panel * a[BATCH] + row) * wide)
    i, f = _gate(a, t, panel, step, row), _gate(a, t, panels + panel, step, row)
    candidate, o = _gate(a, t, 2 * panels + panel, step, row), _gate(a, t, 3 * panels + panel, step, row)
    before, c = _memory(a, t, panel, step, row), _memory(a, t, panel, step + 1, row)
    d_i, d_f = _d_gate(a, t, panel, step, row), _d_gate(a, t, panels + panel, step, row)
    d_candidate, d_o = _d_gate(a, t, 2 * panels + panel, step, row), _d_gate(a, t, 3 * panels + panel, step, row)
    pieces, count = _pieces(a[UNITS], panel, rows, wide)
    for piece in range(pieces):
        n = piece * wide
        outs = (at(d_i, n), at(d_f, n), at(d_candidate, n), at(d_o, n), at(dc, n))
        state = (at(dh, n), at(dc, n), at(i, n), at(f, n), at(candidate, n), at(o, n), at(before, n), at(c, n))
        each_of(_cell_grad, outs, count, state)


@kernel
def lstm_input_grad(a, t, worker, workers):
    """dx from the gradient of the gates' sums. a: d_gates, panels of the kernel's transpose, dx, rows, features,
    units, address of the block's kernel."""
    size, wide, features, units = block.item_size(t), 2 * lanes(t), a[4], a[5]
    first, last = share(a[3], SHORT, worker, workers)
    b = block.new()
    for row in range(first, last, block.ROWS):
        rows = min(block.ROWS, last - row)
        block.lay_rows(b, 0, rows, (1, 1, rows), (0, 0, wide), (0, 0, features))
        for column in range(0, features, wide):
            b[block.COLUMNS] = min(wide, features - column)
            weights = a[1] + column * GATES * units * size
            dx = a[2] + (row * features + column) * size
            add_panels(a[6], b, t, a[0] + row * wide * size, a[3] * wide, weights, dx, GATES, units, 0)
