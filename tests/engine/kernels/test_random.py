"""The generator against published values and a slow twin; its numbers against what they should look like."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import random as kernels


def philox(counter, key):
    """Four words of Philox 4x32-10, in Python's integers."""
    c, k = list(counter), list(key)
    for _ in range(10):
        first, second = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [second >> 32 ^ c[1] ^ k[0], second % 2**32, first >> 32 ^ c[3] ^ k[1], first % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c


def naive_words(count, seed, stream, step):
    key, tail = (seed % 2**32, seed >> 32), (stream, step % 2**32, step >> 32)
    pieces = range(-(-count // kernels.PIECE))
    blocks = [[philox((p * kernels.QUARTER + i, *tail), key) for i in range(kernels.QUARTER)] for p in pieces]
    return np.array(blocks).transpose(0, 2, 1).reshape(-1)[:count]


def run(distribution, count, dtype="float32", seed=1, stream=2, step=3, workers=1):
    out = Guarded((count,), dtype)
    state = np.array([seed, step], np.int64)
    ((kernel, values, _),) = kernels.instructions(
        distribution, out.address, count, stream=stream, seed=state.ctypes.data, step=state.ctypes.data + 8
    )
    kernel(arguments(values), dtype, workers)
    return out.check()


def test_the_twin_gives_the_published_words():
    """The known answers of the authors' Random123 distribution."""
    assert philox((0,) * 4, (0,) * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert philox((2**32 - 1,) * 4, (2**32 - 1,) * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [1, 3, 511, 1030])
def test_uniform_is_24_bits_of_each_word(count, dtype):
    seed, stream, step = 0x123456789ABCDEF, 2**32 - 1, 5 + (7 << 32)
    expected = (naive_words(count, seed, stream, step) >> 8) / 2**24
    np.testing.assert_array_equal(run("uniform", count, dtype, seed, stream, step), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_is_box_and_mullers(dtype):
    count = 4 * kernels.PIECE
    u = (naive_words(count, 1, 2, 3).reshape(-1, 2, 2, kernels.QUARTER) >> 8) / 2**24
    radius, angle = np.sqrt(-2 * np.log(1 - u[:, :, 0])), 2 * np.pi * u[:, :, 1]
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2).reshape(-1)
    tolerance = 2e-6 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(run("normal", count, dtype), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_workers_do_not_matter_and_a_shorter_tensor_is_the_beginning_of_a_longer(distribution):
    longest = run(distribution, 5000)
    for workers in (2, 3):
        assert same_bits(run(distribution, 5000, workers=workers), longest)
    assert same_bits(run(distribution, 700), longest[:700])


def test_seed_stream_and_step_each_change_everything():
    base = run("uniform", 2000)
    for change in ({"seed": 2}, {"stream": 3}, {"step": 4}, {"seed": 1 + 2**32}, {"step": 3 + 2**32}):
        assert (run("uniform", 2000, **change) == base).mean() < 0.01


def test_moments():
    """Within five standard errors of what they should be."""
    count = 200_000
    u, z = run("uniform", count).astype(float), run("normal", count).astype(float)
    assert 0 <= u.min() < u.max() < 1
    for value, mean, deviation in [
        (u, 0.5, 12**-0.5),
        (u * u, 1 / 3, (4 / 45) ** 0.5),
        (z, 0, 1),
        (z * z, 1, 2**0.5),
        (z**3, 0, 15**0.5),
        (z**4, 3, 96**0.5),
        (z[:-1] * z[1:], 0, 1),
        ((np.abs(z) > 3).astype(float), 0.0026998, 0.0519),
    ]:
        assert abs(value.mean() - mean) < 5 * deviation / count**0.5
