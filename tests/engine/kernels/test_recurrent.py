"""The passes of recurrent layers over time against NumPy in float64, for any number of workers."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import recurrent_calls as calls
from netstudio.engine.kernels.panels import panels_of, wide_of
from netstudio.engine.kernels.recurrent_calls import KINDS, Sizes

# Steps, batch, features, units: one of each; fewer than a vector; whole panels; a panel and a bit; many rows.
SIZES = [(1, 1, 1, 1), (4, 3, 2, 5), (3, 9, 40, 32), (2, 5, 3, 35), (3, 11, 7, 64), (3, 530, 2, 3)]
TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_forward(x, kernel, recurrent, bias):
    """h (steps, batch, units), the gates (steps, batch, 4 units), and what the backward pass needs: c."""
    h = c = np.zeros((x.shape[1], len(recurrent)))
    hs, cs, gates = [], [], []
    for step in x:
        i, f, g, o = np.split(step @ kernel + h @ recurrent + bias, 4, -1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * c + i * g
        h = o * np.tanh(c)
        hs.append(h)
        cs.append(c)
        gates.append(np.concatenate([i, f, g, o], -1))
    return np.stack(hs), np.stack(gates), np.stack(cs)


def lstm_backward(g, cs, gates, recurrent):
    """The gradient of the gates' sums, from that of every h, chain rule by chain rule."""
    dh = dc = np.zeros(cs.shape[1:])
    found = np.zeros_like(gates)
    for t in reversed(range(len(cs))):
        i, f, candidate, o = np.split(gates[t], 4, -1)
        before = cs[t - 1] if t else np.zeros_like(cs[t])
        dh = dh + g[t]
        shown = np.tanh(cs[t])
        dc = dc + dh * o * (1 - shown**2)
        parts = [dc * candidate * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - candidate**2)]
        found[t] = np.concatenate([*parts, dh * shown * o * (1 - o)], -1)
        dc, dh = dc * f, found[t] @ recurrent.T
    return found


def gru_forward(x, kernel, recurrent, bias):
    """As `lstm_forward`; the gates are the new state from x, z, r, and the new state from h."""
    h, hs, gates = np.zeros((x.shape[1], len(recurrent))), [], []
    for step in x:
        new, z, r, _ = np.split(step @ kernel + h @ recurrent + bias, 4, -1)
        back = np.split(h @ recurrent + bias, 4, -1)[3]
        new = np.split(step @ kernel + bias, 4, -1)[0]
        z, r = sigmoid(z), sigmoid(r)
        new = np.tanh(new + r * back)
        h = z * h + (1 - z) * new
        hs.append(h)
        gates.append(np.concatenate([new, z, r, back], -1))
    return np.stack(hs), np.stack(gates), np.stack(hs)


def gru_backward(g, hs, gates, recurrent):
    units = hs.shape[-1]
    dh, found = np.zeros(hs.shape[1:]), np.zeros_like(gates)
    for t in reversed(range(len(hs))):
        new, z, r, back = np.split(gates[t], 4, -1)
        before = hs[t - 1] if t else np.zeros_like(hs[t])
        dh = dh + g[t]
        d_new = dh * (1 - z) * (1 - new**2)
        parts = [d_new, dh * (before - new) * z * (1 - z), d_new * back * r * (1 - r), d_new * r]
        found[t] = np.concatenate(parts, -1)
        dh = dh * z + found[t][:, units:] @ recurrent[:, units:].T
    return found


def simple_forward(x, kernel, recurrent, bias):
    h, hs = np.zeros((x.shape[1], len(recurrent))), []
    for step in x:
        h = np.tanh(step @ kernel + h @ recurrent + bias)
        hs.append(h)
    return np.stack(hs), np.stack(hs), np.stack(hs)


def simple_backward(g, hs, gates, recurrent):
    dh, found = np.zeros(hs.shape[1:]), np.zeros_like(gates)
    for t in reversed(range(len(hs))):
        found[t] = (dh + g[t]) * (1 - hs[t] ** 2)
        dh = found[t] @ recurrent.T
    return found


TWINS = {
    "lstm": (lstm_forward, lstm_backward),
    "gru": (gru_forward, gru_backward),
    "simple": (simple_forward, simple_backward),
}


def sizes(shape, biased, every, kind="lstm"):
    return Sizes(*shape, biased, every, KINDS[kind])


def kind_of(s):
    return next(name for name, kind in KINDS.items() if kind == s.kind)


def data(s, dtype):
    """x, kernel, recurrent kernel, bias (0 where there is none) and the gradient of what is shown."""
    rng = np.random.default_rng(2)
    shapes = [(s.steps, s.batch, s.features), (s.features, s.columns), (s.units, s.columns), (s.columns,)]
    shapes.append((s.steps, s.batch, s.units) if s.every else (s.batch, s.units))
    x, kernel, recurrent, bias, g = [(0.7 * rng.normal(size=shape)).astype(dtype) for shape in shapes]
    kernel[:, s.kind.x_gates * s.units :] = 0.0  # what does not feed a gate is nothing, and never read
    recurrent[:, : s.kind.first_back * s.units] = 0.0
    return x, kernel, recurrent, bias * s.biased, g


def run(make, needs, count, dtype, workers):
    """What `make(address of the output, address of scratch)` computes."""
    out, scratch = Guarded((count,), dtype), Guarded((needs,), dtype)
    for kernel, values, parallel in make(out.address, scratch.address):
        kernel(arguments(values), dtype, workers if parallel else 1)
    scratch.check()
    return out.check()


def passes(s, dtype, workers):
    """What the forward pass shows, its gates, and the gradients of the gates' sums, of x and of the weights."""
    held = data(s, dtype)
    x, kernel, recurrent, bias, g = (a.ctypes.data for a in held)
    at = s.layout(wide_of(np.dtype(dtype).itemsize))

    def call(function, needs, count, *given):
        def make(out, scratch):
            return function(s, *given, out, dtype=dtype, scratch=scratch)

        return run(make, needs, count, dtype, workers)

    y = call(calls.forward, calls.forward_scratch(s, dtype), at.size, x, kernel, recurrent, bias if s.biased else 0)
    gates = gates_elements(s, dtype)
    d = call(calls.backward, calls.backward_scratch(s, dtype), gates, g, y.ctypes.data, recurrent)
    dx = call(calls.input_grad, calls.input_grad_scratch(s, dtype), held[0].size, d.ctypes.data, kernel)
    needs, count = calls.weight_grad_scratch(s, workers, dtype), s.weights * s.columns
    dw = call(calls.weight_grad, needs, count, d.ctypes.data, y.ctypes.data)
    return y[: s.shown], unpack(s, y[at.gates : at.gates + gates]), unpack(s, d), dx, dw


def gates_elements(s, dtype):
    return s.gate_elements(wide_of(np.dtype(dtype).itemsize))


def unpack(s, gates):
    """Gates (gates, panel, steps, batch, wide) as (steps, batch, gates · units)."""
    wide, count = wide_of(gates.itemsize), s.kind.gates
    panels = gates.reshape(count, panels_of(s.units, wide), s.steps, s.batch, wide).transpose(2, 3, 0, 1, 4)
    return panels.reshape(s.steps, s.batch, count, -1)[..., : s.units].reshape(s.steps, s.batch, s.columns)


def expected(s, dtype):
    """The same by NumPy in float64."""
    x, kernel, recurrent, bias, g = (a.astype(float) for a in data(s, dtype))
    forward, backward = TWINS[kind_of(s)]
    hs, gates, kept = forward(x, kernel, recurrent, bias)
    whole = np.zeros_like(hs)
    whole[... if s.every else -1] = g
    d = backward(whole, kept, gates, recurrent)
    before = np.concatenate([np.zeros_like(hs[:1]), hs[:-1]])
    rows = np.concatenate([x, np.ones((s.steps, s.batch, int(s.biased))), before], -1)
    dw = np.einsum("tbk,tbn->kn", rows, d)
    return hs if s.every else hs[-1], gates, d, d @ kernel.T, dw


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("biased", "every"), [(False, True), (True, False)])
@pytest.mark.parametrize("kind", TWINS)
@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_passes(shape, kind, biased, every, dtype):
    s = sizes(shape, biased, every, kind)
    found = passes(s, dtype, workers=1)
    for workers in (2, 3):
        assert all(same_bits(a, b) for a, b in zip(found, passes(s, dtype, workers)))
    for result, wanted in zip(found, expected(s, dtype)):
        scale = max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(result.ravel(), wanted.ravel(), rtol=0, atol=TOLERANCE[dtype] * scale)


@pytest.mark.parametrize("kind", TWINS)
@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_the_widest_panels_take_most_room(shape, kind):
    s = sizes(shape, True, True, kind)
    assert s.layout().size >= max(s.layout(wide).size for wide in (wide_of(4), wide_of(8)))
    assert s.gate_elements() >= max(s.gate_elements(wide) for wide in (wide_of(4), wide_of(8)))
