"""The LSTM over time, with tanh and the logistic function: for each step a product and a fused cell.

Everything is laid out time-major, so that a step is one block of memory. The output of the forward pass is one buffer

    h (steps, batch, units), c (steps, batch, units), gates (steps, batch, 4 units)

with the gates i, f, c, o as their functions left them: all that the backward pass reads. Source: S. Hochreiter,
J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997); F. Gers et al., "Learning to Forget" (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netstudio.engine.kernels import vmath
from netstudio.engine.kernels.abi import Kernel, at, kernel, pointer, share
from netstudio.engine.kernels.movement import fill, filling
from netstudio.engine.kernels.panels import Panels
from netstudio.engine.kernels.vmath import each, inlined, tanh

Instructions = list[tuple[Kernel, list[int], bool]]
LINE = 64  # bytes


@inlined
def _logistic_of_sum(z, bias):
    return vmath.sigmoid(z + bias)


@inlined
def _tanh_of_sum(z, bias):
    return vmath.tanh(z + bias)


@inlined
def _state(kept, before, let_in, candidate):
    return kept * before + let_in * candidate


@inlined
def _shown(let_out, state):
    return let_out * vmath.tanh(state)


@inlined
def _through_tanh(d_state, d_shown, let_out, state):
    return d_state + d_shown * let_out * (1 - state * state)


@inlined
def _through_logistic(slope, other, gate):
    return slope * other * (gate * (1 - gate))


@inlined
def _into_candidate(slope, let_in, candidate):
    return slope * let_in * (1 - candidate * candidate)


@inlined
def _times(x, y):
    return x * y


@kernel
def lstm_cell(a, t, worker, workers):
    """One step of all rows: gates in place from their sums, then c and h.

    Arguments: gates (rows, 4 units); bias (4 units); the c before and its rows' stride; c; h; rows; units.
    """
    bias, rows, units = pointer(a[1], t), a[6], a[7]
    first, last = share(rows, 1, worker, workers)
    for row in range(first, last):
        z = at(pointer(a[0], t), row * 4 * units)
        before = at(pointer(a[2], t), row * a[3])
        c, h = at(pointer(a[4], t), row * units), at(pointer(a[5], t), row * units)
        candidate, out = at(z, 2 * units), at(z, 3 * units)
        each(_logistic_of_sum, z, 2 * units, (z, bias))
        each(_tanh_of_sum, candidate, units, (candidate, at(bias, 2 * units)))
        each(_logistic_of_sum, out, units, (out, at(bias, 3 * units)))
        each(_state, c, units, (at(z, units), before, z, candidate))
        each(_shown, h, units, (out, c))


@kernel
def lstm_cell_grad(a, t, worker, workers):
    """The gradient of one step of all rows, with respect to the gates' sums; and dc, in place, for the step before.

    Arguments: the gradient of h that comes from the step after, and its rows' stride; that of the output, and its rows'
    stride; dc (rows, units); gates (rows, 4 units); the c before and its rows' stride; c; d_gates (rows, 4 units);
    rows; units.
    """
    rows, units = a[10], a[11]
    first, last = share(rows, 1, worker, workers)
    for row in range(first, last):
        carried, g = at(pointer(a[0], t), row * a[1]), at(pointer(a[2], t), row * a[3])
        dc, i = at(pointer(a[4], t), row * units), at(pointer(a[5], t), row * 4 * units)
        before, c = at(pointer(a[6], t), row * a[7]), at(pointer(a[8], t), row * units)
        di = at(pointer(a[9], t), row * 4 * units)
        f, candidate, o = at(i, units), at(i, 2 * units), at(i, 3 * units)
        df, d_candidate, do = at(di, units), at(di, 2 * units), at(di, 3 * units)
        each(tanh, do, units, (c,))
        each(vmath.plus, di, units, (carried, g))
        each(_through_tanh, dc, units, (dc, di, o, do))
        each(_times, do, units, (di, do))
        each(_out_gate, do, units, (do, o))
        each(_through_logistic, df, units, (dc, before, f))
        each(_into_candidate, d_candidate, units, (dc, i, candidate))
        each(_through_logistic, di, units, (dc, candidate, i))
        each(_times, dc, units, (dc, f))


@inlined
def _out_gate(slope, gate):
    return slope * (gate * (1 - gate))


@dataclass(frozen=True)
class Sizes:
    """x is (steps, batch, features), the kernel (features, 4 units), the recurrent kernel (units, 4 units)."""

    steps: int
    batch: int
    features: int
    units: int

    @property
    def hidden(self) -> int:
        """Elements of h at one step."""
        return self.batch * self.units

    @property
    def output(self) -> int:
        """Elements of what the forward pass writes."""
        return 6 * self.steps * self.hidden


class _Scratch:
    """Hands out parts of the workspace, each at a cache line; its `used` elements are what is needed."""

    def __init__(self, address: int, dtype: np.dtype[Any]) -> None:
        self.address, self.dtype, self.used = address, dtype, 0

    def take(self, elements: int) -> int:
        """The address of so many elements."""
        place, step = self.address + self.used * self.dtype.itemsize, LINE // self.dtype.itemsize
        self.used += -(-elements // step) * step
        return place


def forward(
    s: Sizes, x: int, kernel: int, recurrent: int, bias: int, y: int, *, dtype: Any, scratch: int, workers: int = 1
) -> Instructions:
    """The calls that fill `y`; addresses. `bias` 0 is none; `scratch` is what `forward_scratch` says."""
    return _forward(s, x, kernel, recurrent, bias, y, np.dtype(dtype), scratch, workers)[0]


def forward_scratch(s: Sizes, workers: int, dtype: Any) -> int:
    """Elements of workspace that `forward` needs when run by at most `workers` workers."""
    return _forward(s, 0, 0, 0, 0, 0, np.dtype(dtype), 0, workers)[1]


def _forward(
    s: Sizes, x: int, kernel: int, recurrent: int, bias: int, y: int, dtype: np.dtype[Any], scratch: int, workers: int
) -> tuple[Instructions, int]:
    size, four = dtype.itemsize, 4 * s.units
    from_x, from_h = Panels(s.features, four, dtype), Panels(s.units, four, dtype)
    room = _Scratch(scratch, dtype)
    zeros = room.take(four)
    kernel_panels, recurrent_panels = room.take(s.features * four), room.take(s.units * four)
    work = room.take(max(from_x.scratch(s.batch, workers), from_h.scratch(s.batch, workers)))
    calls: Instructions = [(fill, filling(zeros, four, 0.0), False)]
    calls += from_x.lay_out(kernel, (four, 1), kernel_panels) + from_h.lay_out(recurrent, (four, 1), recurrent_panels)
    step = s.hidden * size
    h, c, gates = y, y + s.steps * step, y + 2 * s.steps * step
    for t in range(s.steps):
        sums = {"m": s.batch, "y_stride": four, "scratch": work}
        xs, z = x + t * s.batch * s.features * size, gates + 4 * t * step
        calls += from_x.product(xs, kernel_panels, z, x_stride=s.features, accumulate=False, **sums)
        if t > 0:
            before = h + (t - 1) * step
            calls += from_h.product(before, recurrent_panels, z, x_stride=s.units, accumulate=True, **sums)
        c_before = [c + (t - 1) * step, s.units] if t > 0 else [zeros, 0]
        arguments = [z, bias or zeros, *c_before, c + t * step, h + t * step, s.batch, s.units]
        calls.append((lstm_cell, arguments, True))
    return calls, room.used


def backward(
    s: Sizes, g: int, every: bool, y: int, recurrent: int, d_gates: int, *, dtype: Any, scratch: int, workers: int = 1
) -> Instructions:
    """The calls that fill `d_gates` (steps, batch, 4 units), the gradient of the gates' sums; addresses.

    `g` is the gradient of h (steps, batch, units) where `every`, else that of the last h (batch, units); `y` is what
    the forward pass wrote; `scratch` is what `backward_scratch` says.
    """
    return _backward(s, g, every, y, recurrent, d_gates, np.dtype(dtype), scratch, workers)[0]


def backward_scratch(s: Sizes, workers: int, dtype: Any) -> int:
    """Elements of workspace that `backward` needs when run by at most `workers` workers."""
    return _backward(s, 0, True, 0, 0, 0, np.dtype(dtype), 0, workers)[1]


def _backward(
    s: Sizes, g: int, every: bool, y: int, recurrent: int, d_gates: int, dtype: np.dtype[Any], scratch: int,
    workers: int,
) -> tuple[Instructions, int]:  # fmt: skip
    four, step = 4 * s.units, s.hidden * dtype.itemsize
    back = Panels(four, s.units, dtype)
    room = _Scratch(scratch, dtype)
    zeros, dc, dh = room.take(s.units), room.take(s.hidden), room.take(s.hidden)
    panels, work = room.take(s.units * four), room.take(back.scratch(s.batch, workers))
    calls: Instructions = [(fill, filling(zeros, s.units, 0.0), False), (fill, filling(dc, s.hidden, 0.0), True)]
    calls += back.lay_out(recurrent, (1, four), panels)
    c, gates = y + s.steps * step, y + 2 * s.steps * step
    for t in reversed(range(s.steps)):
        last = t == s.steps - 1
        if not last:
            calls += back.product(
                d_gates + 4 * (t + 1) * step, panels, dh, m=s.batch, x_stride=four, y_stride=s.units,
                accumulate=False, scratch=work,
            )  # fmt: skip
        carried = [zeros, 0] if last else [dh, s.units]
        shown = [g + t * step if every else g, s.units] if every or last else [zeros, 0]
        before = [c + (t - 1) * step, s.units] if t > 0 else [zeros, 0]
        arguments = [*carried, *shown, dc, gates + 4 * t * step, *before, c + t * step, d_gates + 4 * t * step]
        calls.append((lstm_cell_grad, [*arguments, s.batch, s.units], True))
    return calls, room.used
