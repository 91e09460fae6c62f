"""The elementary functions against the C library in float64, over all of float32."""

import math

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, strides

from netstudio.engine.kernels import elementwise

EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1e-38, -1e-38, 88.72, 88.73, -87.4, -103.9, -104.1, -1, 1]
EXACT = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "sigmoid": lambda x: np.exp(-np.logaddexp(0, -x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "erf": np.vectorize(math.erf),
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "sin": np.sin,
    "cos": np.cos,
}


def samples(seed, count=30_000):
    """Bit patterns of all kinds, values of everyday size, and the edges."""
    random = np.random.default_rng(seed)
    patterns = random.integers(0, 2**32, count, dtype=np.uint32).view(np.float32)
    usual = random.normal(0, 1, count) * 10.0 ** random.integers(-4, 3, count)
    return np.concatenate([patterns, usual.astype(np.float32), np.array(EDGES, np.float32)])


def evaluate(name, *sources):
    """`name` of arrays, through the kernel."""
    out = Guarded(sources[0].shape, sources[0].dtype)
    program = [(name, len(sources), tuple(range(len(sources))))]
    steps = [strides(s) for s in sources]
    scratch = Guarded(elementwise.scratch(out.array.shape, steps, [], program, [len(sources)], 1), out.array.dtype)
    inputs = [(s.ctypes.data, step) for s, step in zip(sources, steps)]
    outputs = [(out.address, len(sources))]
    code = elementwise.encode(out.array.shape, inputs, [], program, outputs, scratch.address)
    elementwise.elementwise(arguments(code), out.array.dtype)
    scratch.check()
    return out.check()


def errors(found, exact):
    """In units in the last place of float32; where the exact value is none, 0 or infinity for right or wrong."""
    rounded = exact.astype(np.float32)
    with np.errstate(invalid="ignore"):
        units = np.abs(found - exact) / np.spacing(np.abs(rounded)).astype(float)
    right = (found == rounded) | (np.isnan(found) & np.isnan(rounded))
    return np.where(np.isfinite(rounded), units, np.where(right, 0, np.inf))


@pytest.mark.parametrize("name", EXACT)
def test_float32_is_right_to_two_units(name):
    x = samples(1)
    if name in ("sin", "cos"):
        x = x[~(np.abs(x) >= 2.0**45) | np.isinf(x)]
    with np.errstate(all="ignore"):
        exact = (
            EXACT[name](x.astype(float))
            if name not in ("sin", "cos")
            else EXACT[name](np.where(np.isinf(x), np.nan, x.astype(float)))
        )
        units = errors(evaluate(name, x), exact)
    worst = np.nanargmax(units)
    assert units[worst] <= 2, f"{name}({x[worst]!r}) is {units[worst]} units off"
    assert not np.isnan(units).any()


@pytest.mark.parametrize("z", [1e-12, 1e-7, 1.0, 1e12])
def test_a_quotient_by_a_root_is_right_to_about_three_units(z):
    random = np.random.default_rng(0)
    y = np.concatenate([10.0 ** random.uniform(-46, 38, 30_000), [0.0, np.inf, np.nan, -1.0, -1e-37]])
    x, y, z = (np.asarray(v, np.float32) for v in (random.normal(0, 10, len(y)), y, np.full(len(y), z)))
    with np.errstate(invalid="ignore"):
        exact = x.astype(float) / (np.sqrt(y.astype(float)) + z.astype(float))
    ordinary = ~(np.abs(exact) < 1e-37)  # the rest may be denormal, and is right to the least number there is
    found = evaluate("over_root", x, y, z)
    assert errors(found, exact)[ordinary].max() <= 3.1
    np.testing.assert_allclose(found[~ordinary], exact[~ordinary], rtol=0, atol=2e-44)


@pytest.mark.parametrize("name", sorted(set(EXACT) - {"sigmoid", "softplus"}))
def test_float64_is_the_c_librarys(name):
    with np.errstate(all="ignore"):
        x = samples(2, 2000).astype(float)
        x = np.where(np.isinf(x), np.nan, x) if name in ("sin", "cos") else x
        exact = EXACT[name](x)
    np.testing.assert_allclose(evaluate(name, x), exact, rtol=1e-15)


@pytest.mark.parametrize("name", ["expm1", "log1p", "tanh", "erf", "sin", "sqrt"])
def test_the_sign_of_zero_stays(name):
    signs = np.signbit(evaluate(name, np.array([0.0, -0.0], np.float32)))
    assert signs.tolist() == [False, True]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_and_softplus_do_not_overflow(dtype):
    x = np.array([-1e4, -800, -100, 0, 100, 800, 1e4], dtype)
    np.testing.assert_allclose(evaluate("sigmoid", x), [0, 0, math.exp(-100), 0.5, 1, 1, 1], rtol=1e-4, atol=1e-44)
    np.testing.assert_allclose(evaluate("softplus", x), [0, 0, math.exp(-100), math.log(2), 100, 800, 1e4], atol=1e-44)


def test_sine_and_cosine_of_what_is_too_large_stay_bounded():
    x = np.array([2.0**46, -(2.0**100), 3e38], np.float32)
    assert (evaluate("sin", x) == 0).all()
    assert (evaluate("cos", x) == 1).all()


def test_power_is_right_to_one_unit():
    random = np.random.default_rng(3)
    x = np.concatenate([samples(4, 10_000), np.repeat(EDGES, len(EDGES)).astype(np.float32)])
    y = np.concatenate([random.normal(0, 8, x.size - len(EDGES) ** 2), np.tile(EDGES, len(EDGES))]).astype(np.float32)
    y[::3] = np.round(y[::3])
    found = evaluate("pow", x, y)
    with np.errstate(all="ignore"):
        exact = np.power(x.astype(float), y.astype(float))
        assert errors(found, exact).max() <= 1
        number = ~np.isnan(found)
    assert (np.signbit(found) == np.signbit(exact))[number].all()
