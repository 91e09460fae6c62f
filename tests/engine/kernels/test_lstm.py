"""The LSTM's passes over time against NumPy in float64, for any number of workers."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import lstm
from netstudio.engine.kernels.lstm import Sizes

SIZES = [Sizes(1, 1, 1, 1), Sizes(4, 3, 2, 5), Sizes(3, 9, 40, 16), Sizes(2, 5, 3, 35)]
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


def data(s, dtype):
    rng = np.random.default_rng(2)
    shapes = [(s.steps, s.batch, s.features), (s.features, 4 * s.units), (s.units, 4 * s.units), (4 * s.units,)]
    return [(0.7 * rng.normal(size=shape)).astype(dtype) for shape in shapes]


def run(make, needs, shape, dtype, workers):
    """What `make(address of the output, address of scratch)` computes."""
    out, scratch = Guarded(shape, dtype), Guarded((needs,), dtype)
    for kernel, values, parallel in make(out.address, scratch.address):
        kernel(arguments(values), dtype, workers if parallel else 1)
    scratch.check()
    return out.check()


def run_forward(s, dtype, x, kernel, recurrent, bias, workers):
    given = [a.ctypes.data for a in (x, kernel, recurrent)] + [bias.ctypes.data if bias is not None else 0]
    needs = lstm.forward_scratch(s, workers, dtype)

    def make(y, scratch):
        return lstm.forward(s, *given, y, dtype=dtype, scratch=scratch, workers=workers)

    return run(make, needs, (s.output,), dtype, workers)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("s", SIZES, ids=str)
def test_forward(s, dtype, biased):
    x, kernel, recurrent, bias = data(s, dtype)
    bias = bias if biased else None
    found = [run_forward(s, dtype, x, kernel, recurrent, bias, workers) for workers in (1, 2, 3)]
    assert same_bits(found[0], found[1])
    assert same_bits(found[0], found[2])
    expected = forward(*(a.astype(float) for a in (x, kernel, recurrent)), 0.0 if bias is None else bias)
    expected = np.concatenate([part.ravel() for part in expected])
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("s", SIZES, ids=str)
def test_backward(s, dtype, every):
    x, kernel, recurrent, bias = data(s, dtype)
    parts = forward(x, kernel, recurrent, bias)
    y = np.concatenate([part.ravel() for part in parts]).astype(dtype)
    shape = (s.steps, s.batch, s.units) if every else (s.batch, s.units)
    g = np.random.default_rng(3).normal(size=shape).astype(dtype)
    found = []
    for workers in (1, 2, 3):

        def make(out, scratch, workers=workers):
            given = (g.ctypes.data, every, y.ctypes.data, recurrent.ctypes.data, out)
            return lstm.backward(s, *given, dtype=dtype, scratch=scratch, workers=workers)

        needs = lstm.backward_scratch(s, workers, dtype)
        found.append(run(make, needs, (s.steps, s.batch, 4 * s.units), dtype, workers))
    assert same_bits(found[0], found[1])
    assert same_bits(found[0], found[2])
    whole = np.zeros((s.steps, s.batch, s.units))
    whole[... if every else -1] = g
    np.testing.assert_allclose(found[0], backward(whole, *parts, recurrent), rtol=0, atol=TOLERANCE[dtype] * 3)
