"""Recurrent layers over time, with tanh and the logistic function: LSTM, GRU and the simple RNN.

The rows of a batch know nothing of each other. A worker takes some of them through all steps, without waiting for
anyone, and what passes from step to step stays in its cache. Everything is laid out time-major (recurrent_calls.py):

    shown    (steps or 1, batch, units)           h, of every step or of the last
    joined   (steps, batch, stride)               the row x | 1 | h of the step before: what the weights multiply
    gates    (gates, panel, steps, batch, wide)   i, f, candidate, o, as their functions left them
    memory   (panel, steps + 1, batch, wide)      c, which begins with 0; where there is no c, h

The last two stand in panels (panels.py): a step's product leaves there what the cell reads in one piece, and the
gradients of the gates, laid out alike, are read by the products of the backward pass as they are.

A GRU's new state needs what x gives it and what h gives it apart. So its gates are four: new from x | 1, z, r, and new
from 1 | h; the products leave out what does not feed a gate. A simple RNN has one, and no memory but h.

Sources: S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997); F. Gers et al., "Learning
to Forget" (2000); K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014).
"""

from __future__ import annotations

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.panels import add_panels, add_rows
from netstudio.engine.kernels.tile import SHORT
from netstudio.engine.kernels.vectors import lanes
from netstudio.engine.kernels.vmath import ONE, each, each_of, inlined, same, sigmoid, tanh

LSTM, GRU, SIMPLE = range(3)


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


@inlined
def _gru_cell(new, z, r, back, before):
    """The new state's candidate, the gates and twice the state, from the sums and the h before."""
    z, r = sigmoid(z), sigmoid(r)
    new = tanh(new + r * back)
    h = z * before + (ONE - z) * new
    return new, z, r, h, h


@inlined
def _gru_grad(dh, dc, new, z, r, back, before):
    """The gradients of the gates' sums and of the h before that passes on by itself."""
    d = dh + dc
    d_new = d * (ONE - z) * (ONE - new * new)
    return d_new, d * (before - new) * (z * (ONE - z)), d_new * back * (r * (ONE - r)), d_new * r, d * z


@inlined
def _simple_cell(total):
    """h, for those that read it in one panel and in the next step."""
    h = tanh(total)
    return h, h


@inlined
def _simple_grad(dh, h):
    return (dh * (ONE - h * h),)


# Where the forward pass' arguments stand, then the backward pass'. X feeds the first X_GATES of GATES, h all from
# FIRST_BACK on.
(
    X, WEIGHTS, SHOWN, JOINED, GATE, MEMORY, H, STEPS, BATCH, FEATURES, BIASED, UNITS, STRIDE, EVERY, BLOCK, KIND,
    GATES, X_GATES, FIRST_BACK,
) = range(19)  # fmt: skip
G, BACK, D_GATES, D_MEMORY = X, WEIGHTS, SHOWN, JOINED


@kernel
def recurrent_forward(a, t, worker, workers):
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
            for gate in range(a[GATES]):
                weights = a[WEIGHTS] + (gate * panels + panel) * k * wide * size
                sums = a[GATE] + _place(a, gate * panels + panel, step, row) * wide * size
                start = 0 if gate < a[X_GATES] else a[FEATURES]
                count = (k if step > 0 and gate >= a[FIRST_BACK] else k - units) - start
                if count > 0:
                    skipped = weights + start * wide * size
                    add_rows(a[BLOCK], b, t, joined + start * size, skipped, sums, count, 0)
                else:
                    _clear(pointer(sums, t), rows * wide)
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
    before, c = _memory(a, t, panel, step, row), _memory(a, t, panel, step + 1, row)
    h, first = at(pointer(a[H], t), row * wide), _gate(a, t, panel, step, row)
    pieces, count = _pieces(a[UNITS], panel, rows, wide)
    if a[KIND] == SIMPLE:
        for piece in range(pieces):
            n = piece * wide
            each_of(_simple_cell, (at(first, n), at(h, n)), count, (at(first, n),))
        return
    second, third = _gate(a, t, panels + panel, step, row), _gate(a, t, 2 * panels + panel, step, row)
    fourth = _gate(a, t, 3 * panels + panel, step, row)
    for piece in range(pieces):
        n = piece * wide
        read = (at(first, n), at(second, n), at(third, n), at(fourth, n), at(before, n))
        if a[KIND] == LSTM:
            each_of(_cell, (read[0], read[1], read[2], read[3], at(c, n), at(h, n)), count, read)
        else:
            each_of(_gru_cell, (read[0], read[1], read[2], at(c, n), at(h, n)), count, read)


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
def recurrent_backward(a, t, worker, workers):
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
                after = a[D_GATES] + _place(a, a[FIRST_BACK] * panels, step + 1, row) * wide * size
                weights = a[BACK] + (panel * a[GATES] + a[FIRST_BACK]) * units * wide * size
                feeding = a[GATES] - a[FIRST_BACK]
                add_panels(a[BLOCK], b, t, after, all_rows * wide, weights, dh, feeding, units, given)
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
    before, c = _memory(a, t, panel, step, row), _memory(a, t, panel, step + 1, row)
    first, d_first = _gate(a, t, panel, step, row), _d_gate(a, t, panel, step, row)
    pieces, count = _pieces(a[UNITS], panel, rows, wide)
    if a[KIND] == SIMPLE:
        for piece in range(pieces):
            n = piece * wide
            each_of(_simple_grad, (at(d_first, n),), count, (at(dh, n), at(first, n)))
        return
    second, third = _gate(a, t, panels + panel, step, row), _gate(a, t, 2 * panels + panel, step, row)
    fourth, d_fourth = _gate(a, t, 3 * panels + panel, step, row), _d_gate(a, t, 3 * panels + panel, step, row)
    d_second, d_third = _d_gate(a, t, panels + panel, step, row), _d_gate(a, t, 2 * panels + panel, step, row)
    for piece in range(pieces):
        n = piece * wide
        outs = (at(d_first, n), at(d_second, n), at(d_third, n), at(d_fourth, n), at(dc, n))
        gates = (at(first, n), at(second, n), at(third, n), at(fourth, n))
        state = (at(dh, n), at(dc, n), gates[0], gates[1], gates[2], gates[3], at(before, n))
        if a[KIND] == LSTM:
            each_of(
                _cell_grad, outs, count,
                (state[0], state[1], gates[0], gates[1], gates[2], gates[3], state[6], at(c, n)),
            )  # fmt: skip
        else:
            each_of(_gru_grad, outs, count, state)


@kernel
def recurrent_input_grad(a, t, worker, workers):
    """dx from the gradient of the gates' sums. a: d_gates, panels of the kernel's transpose, dx, rows, features,
    units, address of the block's kernel, gates, how many of them x feeds."""
    size, wide, features, units = block.item_size(t), 2 * lanes(t), a[4], a[5]
    first, last = share(a[3], SHORT, worker, workers)
    b = block.new()
    for row in range(first, last, block.ROWS):
        rows = min(block.ROWS, last - row)
        block.lay_rows(b, 0, rows, (1, 1, rows), (0, 0, wide), (0, 0, features))
        for column in range(0, features, wide):
            b[block.COLUMNS] = min(wide, features - column)
            weights = a[1] + column * a[7] * units * size
            dx = a[2] + (row * features + column) * size
            add_panels(a[6], b, t, a[0] + row * wide * size, a[3] * wide, weights, dx, a[8], units, 0)
