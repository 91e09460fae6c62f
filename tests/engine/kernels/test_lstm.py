"""The LSTM's passes over time against NumPy in float64, for any number of workers."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import lstm_calls
from netstudio.engine.kernels.lstm_calls import Sizes
from netstudio.engine.kernels.panels import panels_of, wide_of

# Steps, batch, features, units: one of each; fewer than a vector; whole panels; a panel and a bit; many rows.
SIZES = [(1, 1, 1, 1), (4, 3, 2, 5), (3, 9, 40, 32), (2, 5, 3, 35), (3, 11, 7, 64), (3, 530, 2, 3)]
TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def forward(x, kernel, recurrent, bias):
    """h and c (steps, batch, units) and the gates (steps, batch, 4 units)."""
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
    return np.stack(hs), np.stack(cs), np.stack(gates)


def backward(g, hs, cs, gates, recurrent):
    """The gradient of the gates' sums, from that of every h, chain rule by chain rule."""
    dh = dc = np.zeros(hs.shape[1:])
    found = np.zeros_like(gates)
    for t in reversed(range(len(hs))):
        i, f, candidate, o = np.split(gates[t], 4, -1)
        before = cs[t - 1] if t else np.zeros_like(cs[t])
        dh = dh + g[t]
        shown = np.tanh(cs[t])
        dc = dc + dh * o * (1 - shown**2)
        parts = [dc * candidate * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - candidate**2)]
        found[t] = np.concatenate([*parts, dh * shown * o * (1 - o)], -1)
        dc, dh = dc * f, found[t] @ recurrent.T
    return found


def sizes(shape, biased, every):
    return Sizes(*shape, biased, every)


def data(s, dtype):
    """x, kernel, recurrent kernel, bias (0 where there is none) and the gradient of what is shown."""
    rng = np.random.default_rng(2)
    shapes = [(s.steps, s.batch, s.features), (s.features, 4 * s.units), (s.units, 4 * s.units), (4 * s.units,)]
    shapes.append((s.steps, s.batch, s.units) if s.every else (s.batch, s.units))
    x, kernel, recurrent, bias, g = [(0.7 * rng.normal(size=shape)).astype(dtype) for shape in shapes]
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

    y = call(
        lstm_calls.forward, lstm_calls.forward_scratch(s, dtype), at.size, x, kernel, recurrent, bias if s.biased else 0
    )
    gates = gates_elements(s, dtype)
    d = call(lstm_calls.backward, lstm_calls.backward_scratch(s, dtype), gates, g, y.ctypes.data, recurrent)
    dx = call(lstm_calls.input_grad, lstm_calls.input_grad_scratch(s, dtype), held[0].size, d.ctypes.data, kernel)
    needs, count = lstm_calls.weight_grad_scratch(s, workers, dtype), s.weights * 4 * s.units
    dw = call(lstm_calls.weight_grad, needs, count, d.ctypes.data, y.ctypes.data)
    return y[: s.shown], unpack(s, y[at.gates : at.gates + gates]), unpack(s, d), dx, dw


def gates_elements(s, dtype):
    return s.gate_elements(wide_of(np.dtype(dtype).itemsize))


def unpack(s, gates):
    """Gates (4, panel, steps, batch, wide) as (steps, batch, 4 units)."""
    wide = wide_of(gates.itemsize)
    panels = gates.reshape(4, panels_of(s.units, wide), s.steps, s.batch, wide).transpose(2, 3, 0, 1, 4)
    return panels.reshape(s.steps, s.batch, 4, -1)[..., : s.units].reshape(s.steps, s.batch, 4 * s.units)


def expected(s, dtype):
    """The same by NumPy in float64."""
    x, kernel, recurrent, bias, g = (a.astype(float) for a in data(s, dtype))
    hs, cs, gates = forward(x, kernel, recurrent, bias)
    whole = np.zeros_like(hs)
    whole[... if s.every else -1] = g
    d = backward(whole, hs, cs, gates, recurrent)
    before = np.concatenate([np.zeros_like(hs[:1]), hs[:-1]])
    rows = np.concatenate([x, np.ones((s.steps, s.batch, int(s.biased))), before], -1)
    dw = np.einsum("tbk,tbn->kn", rows, d)
    return hs if s.every else hs[-1], gates, d, d @ kernel.T, dw


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("biased", "every"), [(False, True), (True, False)])
@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_passes(shape, biased, every, dtype):
    s = sizes(shape, biased, every)
    found = passes(s, dtype, workers=1)
    for workers in (2, 3):
        assert all(same_bits(a, b) for a, b in zip(found, passes(s, dtype, workers)))
    for result, wanted in zip(found, expected(s, dtype)):
        scale = max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(result.ravel(), wanted.ravel(), rtol=0, atol=TOLERANCE[dtype] * scale)


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_the_widest_panels_take_most_room(shape):
    s = sizes(shape, True, True)
    assert s.layout().size >= max(s.layout(wide).size for wide in (wide_of(4), wide_of(8)))
    assert s.gate_elements() >= max(s.gate_elements(wide) for wide in (wide_of(4), wide_of(8)))
