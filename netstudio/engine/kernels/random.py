"""Random numbers that depend on nothing but seed, stream, step and place.

The generator is Philox 4x32-10 of Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC'11):
the key is the seed; the counter holds the number of the block, the stream and the step. Each counter gives four words
of 32 bits. Elements are dealt in pieces of PIECE: the k-th quarter of a piece takes the k-th words of a run of
counters, so that both the generator and the stores run along vectors.
"""

import numpy as np

from netstudio.engine.kernels.abi import Kernel, at, device, int_pointer, kernel, pointer, share
from netstudio.engine.kernels.vmath import cos, each, inlined, like, log, same, sin, sqrt, stack

PIECE = 512
QUARTER = PIECE // 4
ROUNDS = 10
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
LOW = 0xFFFFFFFF
STEP_24 = 2.0**-24
TURN = 6.283185307179586

Instructions = list[tuple[Kernel, list[int], bool]]


@device
def _words(words, seed, stream, step, block):
    """Write the 4 * QUARTER words, 0 to 2**32 - 1, of the counters from `block` on."""
    for i in range(QUARTER):
        a, b, c, d = block + i, stream, step & LOW, (step >> 32) & LOW
        k, l = seed & LOW, (seed >> 32) & LOW  # noqa: E741
        for _ in range(ROUNDS):
            first, second = a * MULTIPLIERS[0], c * MULTIPLIERS[1]
            a, b, c, d = ((second >> 32) & LOW) ^ b ^ k, second & LOW, ((first >> 32) & LOW) ^ d ^ l, first & LOW
            k, l = (k + WEYL[0]) & LOW, (l + WEYL[1]) & LOW  # noqa: E741
        words[i] = a
        words[QUARTER + i] = b
        words[2 * QUARTER + i] = c
        words[3 * QUARTER + i] = d


@inlined
def _fraction(word, x):
    """24 of the word's bits as a number of the type of x, 0 <= it < 1: exact in float32, and the same in float64."""
    return like(np.int32(word >> 8), x) * like(STEP_24, x)


@device
def _uniform_piece(out, words):
    for i in range(PIECE):
        out[i] = _fraction(words[i], out[i])


@inlined
def _radius(word, x):
    """Of Box & Muller ("A note on the generation of random normal deviates", 1958); at most 5.8."""
    return sqrt(like(-2, x) * log(like(1, x) - _fraction(word, x)))


@device
def _normal_piece(out, words):
    for half in range(0, PIECE, 2 * QUARTER):
        for i in range(half, half + QUARTER):
            radius = _radius(words[i], out[i])
            angle = _fraction(words[i + QUARTER], out[i]) * like(TURN, out[i])
            out[i] = radius * cos(angle)
            out[i + QUARTER] = radius * sin(angle)


@device
def _piece(out, words, is_normal):
    if is_normal:
        _normal_piece(out, words)
    else:
        _uniform_piece(out, words)


@kernel
def random(a, t, worker, workers):
    """Fill a tensor with random numbers; arguments by `instructions`."""
    out, count, stream = pointer(a[0], t), a[1], a[2]
    seed, step = int_pointer(a[3])[0], int_pointer(a[4])[0]
    words, values = stack(a, PIECE), stack(out, PIECE)
    first, last = share(count, PIECE, worker, workers)
    for begin in range(first, last, PIECE):
        _words(words, seed, stream, step, begin // 4)
        _piece(values, words, a[5])
        each(same, at(out, begin), min(PIECE, last - begin), (values,))


DISTRIBUTIONS = {"uniform": 0, "normal": 1}


def instructions(distribution: str, out: int, count: int, *, stream: int, seed: int, step: int) -> Instructions:
    """The call that fills `count` elements from address `out` on with random numbers.

    Args:
        distribution: "uniform", 0 <= x < 1 in steps of 2**-24 in both element types, or "normal", with mean 0 and
            deviation 1.
        stream: a number below 2**32 that keeps the random tensors of one program apart.
        seed, step: addresses of int64 values, read when the kernel runs.

    Raises KeyError for another distribution.
    """
    return [(random, [out, count, stream, seed, step, DISTRIBUTIONS[distribution]], True)]
