"""Random numbers that depend on nothing but seed, stream, step and place.

The generator is Philox 4x32-10 of Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC'11):
the key is the seed; the counter holds the number of the block, the stream and the step. Each counter gives four words
of 32 bits. Elements are dealt in pieces of PIECE: the k-th quarter of a piece takes the k-th words of a run of
counters, so that both the generator and the stores run along vectors.
"""

import math

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from netstudio.engine.kernels.abi import Kernel, at, int_pointer, kernel, pointer, share
from netstudio.engine.kernels.vmath import (
    COS,
    HALF,
    ONE,
    PRECISE,
    SIN,
    bits,
    each,
    emit_loop,
    float_of_bits,
    horner,
    inlined,
    like,
    log,
    same,
    select,
    sqrt,
    stack,
    vector_width,
)

PIECE = 512
QUARTER = PIECE // 4
ROUNDS = 10
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
LOW = 0xFFFFFFFF
STEP_24 = 2.0**-24
TURN = 6.283185307179586
ANGLE_24 = np.float32(TURN * STEP_24)

Instructions = list[tuple[Kernel, list[int], bool]]


@inlined
def _words(block, stream, step, seed):
    """The 4 words, 0 to 2**32 - 1, of one counter."""
    a, b, c, d = block & LOW, stream, step & LOW, (step >> 32) & LOW
    k, l = seed & LOW, (seed >> 32) & LOW  # noqa: E741
    for _ in range(ROUNDS):
        first, second = a * MULTIPLIERS[0], c * MULTIPLIERS[1]
        a, b, c, d = ((second >> 32) & LOW) ^ b ^ k, second & LOW, ((first >> 32) & LOW) ^ d ^ l, first & LOW
        k, l = (k + WEYL[0]) & LOW, (l + WEYL[1]) & LOW  # noqa: E741
    return a, b, c, d


@inlined
def _fraction(word, x):
    """24 of the word's bits as a number of the type of x, 0 <= it < 1: exact in float32, and the same in float64."""
    return like(np.int32(word >> 8), x) * like(STEP_24, x)


def _point32(word, x):
    """The nearest quarter of the turn is taken off in whole numbers, and so exactly."""
    angle = np.int32(word >> 8)
    quarter = np.int32((angle + (1 << 21)) >> 22)
    t = np.float32(np.int32(angle - (quarter << 22))) * ANGLE_24
    s = t * t
    sine = t + t * s * horner(s, SIN)
    cosine = s * s * horner(s, COS) - HALF * s + ONE
    odd = quarter & 1 == 1
    down, left = np.int32((quarter & 2) << 30), np.int32(((quarter + 1) & 2) << 30)
    across, up = select(odd, sine, cosine), select(odd, cosine, sine)
    return float_of_bits(np.int32(bits(across) ^ left)), float_of_bits(np.int32(bits(up) ^ down))


def _point64(word, x):
    angle = _fraction(word, x) * TURN
    return math.cos(angle), math.sin(angle)


def _point(word, x):
    """Cosine and sine of a word's `_fraction` of a full turn."""
    return _point64(word, x)


overload(_point, jit_options=PRECISE)(lambda word, x: _point32 if x == types.float32 else _point64)


@inlined
def _uniform(block, stream, step, seed, x):
    a, b, c, d = _words(block, stream, step, seed)
    return _fraction(a, x), _fraction(b, x), _fraction(c, x), _fraction(d, x)


@inlined
def _radius(word, x):
    """Of Box & Muller ("A note on the generation of random normal deviates", 1958); at most 5.8."""
    return sqrt(like(-2, x) * log(like(1, x) - _fraction(word, x)))


@inlined
def _normal(block, stream, step, seed, x):
    a, b, c, d = _words(block, stream, step, seed)
    first, second = _radius(a, x), _radius(c, x)
    (across, up), (right, above) = _point(b, x), _point(d, x)
    return first * across, first * up, second * right, second * above


@intrinsic
def _each_of_four(typingctx, function, out, apart, count, numbers):
    """out[i + n * apart] = function(numbers[0] + i, *numbers[1:])[n] for i < count and n < 4."""
    signature = typingctx.resolve_function_type(function, tuple(numbers), {})

    def codegen(context, builder, sig, args):
        call = context.get_function(function, signature)
        first, *others = [builder.extract_value(args[4], k) for k in range(len(numbers))]
        targets = [builder.gep(args[1], [builder.mul(args[2], args[2].type(n))]) for n in range(4)]

        def body(i, mark):
            four = call(builder, [builder.add(first, i), *others])
            for n, target in enumerate(targets):
                mark(builder.store(builder.extract_value(four, n), builder.gep(target, [i])))

        emit_loop(builder, args[3], vector_width(out.dtype), body, masked=True)
        return context.get_dummy_value()

    return types.void(function, out, types.int64, types.int64, numbers), codegen


@kernel
def random(a, t, worker, workers):
    """Fill a tensor with random numbers; arguments by `instructions`."""
    out, count, stream = pointer(a[0], t), a[1], a[2]
    seed, step = int_pointer(a[3])[0], int_pointer(a[4])[0]
    rest, zero = stack(out, PIECE), like(0, out[0])
    first, last = share(count, PIECE, worker, workers)
    for begin in range(first, last, PIECE):
        wanted = min(PIECE, last - begin)
        numbers = begin // 4, stream, step, seed, zero
        values, counters = at(out, begin) if wanted == PIECE else rest, min(QUARTER, wanted)
        if a[5]:
            _each_of_four(_normal, values, QUARTER, counters, numbers)
        else:
            _each_of_four(_uniform, values, QUARTER, counters, numbers)
        if wanted < PIECE:
            each(same, at(out, begin), wanted, (rest,))


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
