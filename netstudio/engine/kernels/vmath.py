"""Branch-free elementary functions of one element, which LLVM vectorises inside a loop.

The functions here are called from kernels. In float32 each is a range reduction and a polynomial (minimax fits by
Lawson's iteration, made for this module; the reductions are those of Cody & Waite, "Software Manual for the
Elementary Functions", 1980), right to 2 units in the last place over the whole range, with NaN, infinities,
denormals and signed zeros as IEEE has them. In float64, which serves for checking, they call the C library.

They are compiled with `contract` alone: `reassoc` would merge the two halves of a split constant and undo the range
reduction. Flags stand on each instruction, so they hold where the functions are inlined into kernels of other flags.
"""

import math
from collections.abc import Callable
from typing import Any

import llvmlite.ir as ir
import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from netstudio.engine.kernels.abi import FLAGS, I32, I64, OPTIONS
from netstudio.engine.kernels.vectors import REGISTERS

PRECISE: dict[str, Any] = OPTIONS | {"fastmath": FLAGS & {"contract"}, "forceinline": True}


def inlined(function: Callable[..., Any]) -> Any:
    """A function compiled into the loop that calls it, with the flags of this module."""
    return numba.njit(**PRECISE)(function)


F = np.float32
LOG2E, LN2_HIGH, LN2_LOW = F(1.44269502), F(0.693359375), F(-2.12194442e-4)
ROUNDER = F(12582912.0)  # 1.5 * 2**23: adding it leaves the rounded integer in the low bits
ROUNDER_BITS = np.int32(0x4B400000)
ONE_BITS, HALF_ROOT_BITS = np.int32(0x3F800000), np.int32(0x3F3504F3)  # 1 and sqrt(1/2)
ONE, TWO, HALF, ZERO, INF, NAN = F(1), F(2), F(0.5), F(0), F(np.inf), F(np.nan)
SMALLEST_NORMAL, TWO_23 = F(2.0**-126), F(2.0**23)
RECIPROCAL_BITS = np.int32(0x7EF311C7)
# Rounders that leave the bits of 2**n, or of 2**(n + 64), which is normal where 2**n is not, for a shift by 23.
TO_SCALE, TO_SCALE_64, SCALE_BACK = F(12582912.0 + 127), F(12582912.0 + 191), F(2.0**-64)
SIGN, MAGNITUDE = np.int32(-(2**31)), np.int32(2**31 - 1)

EXP = (F(0.49999994), F(0.16666521), F(0.041668389), F(0.0083687454), F(0.0013814538))
EXPM1 = (F(0.5), F(0.16666667), F(0.041666355), F(0.0083332742), F(0.0013941064), F(0.00019913634))
LOG = (
    *(F(0.33333313), F(-0.25000009), F(0.20002124), F(-0.16668006), F(0.14219451)),
    *(F(-0.12405343), F(0.11888709), F(-0.11677506), F(0.067476921)),
)
TANH = (F(-0.33333328), F(0.13333158), F(-0.053940564), F(0.021666344), F(-0.0080919648), F(0.0020646621))
RECIPROCAL = (F(0.99826694), F(-0.94280773), F(0.66551137), F(-0.22183713))  # of 1 + e for 0 <= e <= 1, to 0.0018
ERF = (
    *(F(0.12837917), F(-0.37612632), F(0.11283673), F(-0.026858104)),
    *(F(0.0051977970), F(-0.00081059654), F(8.2154234e-05)),
)
MINUS_LOG_ERFC = (
    *(F(-0.00016920513), F(1.1294883), F(0.63340086), F(0.10822038)),
    *(F(-0.025080616), F(0.0041562547), F(-0.00043139356), F(2.0828619e-05)),
)
SIN = (F(-0.16666667), F(0.0083333291), F(-0.00019839327), F(2.7182372e-06))
COS = (F(0.041666668), F(-0.0013888883), F(2.4799512e-05), F(-2.7209543e-07))

TWO_OVER_PI = 0.6366197723675814
HALF_PI_HIGH, HALF_PI_LOW = 1.5707963267341256, 6.077100506506192e-11  # the high half ends in 21 zero bits
ROUNDER_64 = 6755399441055744.0  # 1.5 * 2**52
ROUNDER_BITS_64, HALF_ROOT_BITS_64 = 0x4338000000000000, 0x3FE6A09E667F3BCD
LN2_64, LOG2E_64, INF_64 = math.log(2), 1 / math.log(2), math.inf
ATANH_64 = tuple(2 / (2 * k + 1) for k in range(9))  # log((1 + s) / (1 - s)) / s, as a series in s**2
EXP_64 = tuple(1 / math.factorial(k) for k in range(11))
TRIGONOMETRIC_LIMIT = F(2.0**45)


@intrinsic
def bits(typingctx, x):
    """The bit pattern of the float32 or float64 `x` as an int32 or int64."""
    integer = types.int32 if x == types.float32 else types.int64

    def codegen(context, builder, sig, args):
        return builder.bitcast(args[0], I32 if x == types.float32 else I64)

    return integer(x), codegen


@intrinsic
def float_of_bits(typingctx, i):
    """The float32 or float64 whose bit pattern is the int32 or int64 `i`."""
    element, kind = (types.float32, ir.FloatType()) if i == types.int32 else (types.float64, ir.DoubleType())

    def codegen(context, builder, sig, args):
        return builder.bitcast(args[0], kind)

    return element(i), codegen


def bits_of_double(value: float) -> int:
    """The bit pattern of `value` as a float64: how arguments carry values, which `float_of_bits` reads."""
    return int(np.float64(value).view(np.int64))


@intrinsic
def like(typingctx, value, x):
    """`value` as the type of `x`."""

    def codegen(context, builder, sig, args):
        return context.cast(builder, args[0], sig.args[0], sig.args[1])

    return x(value, x), codegen


@intrinsic
def item_size(typingctx, p):
    """The bytes of one element of the pointer `p`."""
    size = p.dtype.bitwidth // 8

    def codegen(context, builder, sig, args):
        return I64(size)

    return types.int64(p), codegen


@intrinsic(prefer_literal=True)
def stack(typingctx, p, count):
    """`count`, a constant, elements of the type of the pointer `p`, on the stack at a 64-byte boundary."""

    def codegen(context, builder, sig, args):
        element = context.get_value_type(sig.return_type).pointee
        memory = cgutils.alloca_once(builder, ir.ArrayType(element, count.literal_value))
        memory.align = 64
        return builder.bitcast(memory, element.as_pointer())

    # The constant is part of the signature: Numba keeps one code generator for each, and takes the last one made.
    return p(p, count), codegen


@intrinsic
def select(typingctx, condition, a, b):
    """`a if condition else b`, both evaluated: no branch."""

    def codegen(context, builder, sig, args):
        return builder.select(*args)

    return a(types.boolean, a, a), codegen


@intrinsic
def horner(typingctx, x, coefficients):
    """The polynomial of x whose coefficients stand in the tuple, the constant one first."""

    def codegen(context, builder, sig, args):
        value, tuple_ = args
        result = builder.extract_value(tuple_, len(coefficients) - 1)
        for i in reversed(range(len(coefficients) - 1)):
            product = builder.fmul(result, value, flags=("contract",))
            result = builder.fadd(product, builder.extract_value(tuple_, i), flags=("contract",))
        return result

    return x(x, coefficients), codegen


def _ieee(name: str) -> Any:
    """The LLVM intrinsic `llvm.<name>` of two equal floats."""

    @intrinsic
    def call(typingctx, a, b):
        def codegen(context, builder, sig, args):
            element = args[0].type
            shape = ir.FunctionType(element, [element, element])
            function = builder.module.declare_intrinsic(f"llvm.{name}", [element], shape)
            return builder.call(function, args, fastmath=("nsz",))

        return a(a, a), codegen

    return call


maximum = _ieee("maximum")  # a NaN on either side gives NaN
minimum = _ieee("minimum")


def emit_loop(
    builder: Any,
    count: Any,
    width: int,
    body: Callable[[Any, Callable[[Any], Any]], None],
    masked: bool,
    at_once: int = 1,
) -> None:
    """Emit `for i in range(count): body(i, mark)` as a loop that LLVM vectorises by `width` (0: as it sees fit).

    `body` passes each load and store through `mark`, which declares that no iteration depends on another, so that
    nothing need be checked: what a loop writes it may also read at the same index, and nowhere else. If `masked`, the
    last few iterations, fewer than `width`, are one vector with a mask: for loops that are often short.
    """
    if width == 0:
        _emit_loop(builder, I64(0), count, {"unroll.disable": []}, body)
        return
    hints: dict[str, list[Any]] = {"vectorize.width": [I32(width)], "unroll.disable": []}
    several = hints | {"interleave.count": [I32(at_once)]}
    if not masked:
        _emit_loop(builder, I64(0), count, several, body)
        return
    whole = builder.and_(count, I64(-width * at_once))
    one = hints | {"interleave.count": [I32(1)], "vectorize.predicate.enable": [ir.IntType(1)(1)]}
    _emit_loop(builder, I64(0), whole, several, body)
    _emit_loop(builder, whole, count, one, body)


def _emit_loop(
    builder: Any, first: Any, last: Any, hints: dict[str, list[Any]], body: Callable[[Any, Callable[[Any], Any]], None]
) -> None:
    before, block, after = builder.block, builder.append_basic_block("each"), builder.append_basic_block("done")
    builder.cbranch(builder.icmp_signed("<", first, last), block, after)
    builder.position_at_end(block)
    index = builder.phi(I64)
    index.add_incoming(first, before)
    loop = _loop_metadata(builder.module, hints)

    def mark(access: Any) -> Any:
        access.set_metadata("llvm.mem.parallel_loop_access", loop)
        return access

    body(index, mark)
    following = builder.add(index, I64(1), flags=("nsw",))
    index.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("!=", following, last), block, after).set_metadata("llvm.loop", loop)
    builder.position_at_end(after)


def _loop_metadata(module: Any, hints: dict[str, list[Any]]) -> Any:
    """A loop's own name (a node that holds itself) and what LLVM is to do with it."""
    wishes = [
        module.add_metadata([ir.MetaDataString(module, f"llvm.loop.{name}"), *value]) for name, value in hints.items()
    ]
    node = ir.values.MDValue(module, wishes, name=str(len(module.metadata)))
    node.operands = (node, *wishes)
    return node


def vector_width(element: Any) -> int:
    """How many elements a loop does at once: 64 bytes of float32; 0, LLVM's choice, for float64 with its C calls."""
    return 16 if element == types.float32 else 0


@intrinsic
def each(typingctx, function, out, count, sources):
    """out[i] = function(*[s[i] for s in sources]) for i < count; `out` may be one of `sources`."""
    element = out.dtype
    signature = typingctx.resolve_function_type(function, (element,) * len(sources), {})

    def codegen(context, builder, sig, args):
        _, target, n, packed = args
        pointers = [builder.extract_value(packed, i) for i in range(len(sources))]
        emit_map(context, builder, function, signature, [target], n, pointers)
        return context.get_dummy_value()

    return types.void(function, out, types.int64, sources), codegen


@intrinsic
def each_of(typingctx, function, outs, count, sources):
    """outs[n][i] = function(*[s[i] for s in sources])[n] for i < count and all n; an out may be one of `sources`."""
    element = outs[0].dtype
    signature = typingctx.resolve_function_type(function, (element,) * len(sources), {})

    def codegen(context, builder, sig, args):
        targets = [builder.extract_value(args[1], n) for n in range(len(outs))]
        pointers = [builder.extract_value(args[3], n) for n in range(len(sources))]
        emit_map(context, builder, function, signature, targets, args[2], pointers, at_once=2)
        return context.get_dummy_value()

    return types.void(function, outs, types.int64, sources), codegen


def emit_map(
    context: Any,
    builder: Any,
    function: Any,
    signature: Any,
    targets: list[Any],
    count: Any,
    sources: list[Any],
    at_once: int = 1,
    held: int = 0,
) -> None:
    """Emit the loop of `each`, or of `each_of`, in which `function` of `signature` is called.

    Of the last `held` sources the first element serves for all.
    """
    call, kind = context.get_function(function, signature), signature.return_type
    several = isinstance(kind, types.BaseTuple)
    moving = len(sources) - held
    fixed = [builder.load(p) for p in sources[moving:]]

    def body(i: Any, mark: Callable[[Any], Any]) -> None:
        made = call(builder, [*(mark(builder.load(builder.gep(p, [i]))) for p in sources[:moving]), *fixed])
        results = [builder.extract_value(made, n) for n in range(len(targets))] if several else [made]
        for result, own, target in zip(results, kind if several else [kind], targets):
            value = context.cast(builder, result, own, signature.args[0])
            mark(builder.store(value, builder.gep(target, [i])))

    emit_loop(builder, count, vector_width(signature.args[0]), body, masked=True, at_once=at_once)


@inlined
def same(x):
    """x: `each` of it copies."""
    return x


@inlined
def plus(x, y):
    """x + y."""
    return x + y


def _by_type(single: Callable[[Any], Any], double: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that kernels call: `single` for float32, `double` for float64 and in plain Python."""

    def function(x: Any) -> Any:
        return double(x)

    function.__name__, function.__doc__ = single.__name__.removesuffix("32"), single.__doc__
    overload(function, jit_options=PRECISE)(lambda x: single if x == types.float32 else double)
    return function


@intrinsic
def power_of_two(typingctx, n):
    """2**n as a float32, for the int32 -126 <= n <= 127."""

    def codegen(context, builder, sig, args):
        biased = builder.add(args[0], ir.Constant(I32, 127))
        return builder.bitcast(builder.shl(biased, ir.Constant(I32, 23)), ir.FloatType())

    return types.float32(types.int32), codegen


def exp32(x):
    """e**x."""
    x = select(x > F(89), F(89), select(x < F(-104), F(-104), x))
    z = x * LOG2E + ROUNDER
    n = z - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = r * r * horner(r, EXP) + r + ONE
    i = np.int32(bits(z) - ROUNDER_BITS)
    half = np.int32(i >> 1)  # in two steps, as 2**i itself may lie outside the normal numbers
    return p * power_of_two(half) * power_of_two(np.int32(i - half))


def exp64(x):
    return math.exp(x)


exp = _by_type(exp32, exp64)


def expm1_32(x):
    """e**x - 1, exact near 0."""
    y = select(x > F(89), F(89), select(x < F(-20), F(-20), x))
    z = y * LOG2E + ROUNDER
    n = z - ROUNDER
    r = (y - n * LN2_HIGH) - n * LN2_LOW
    e = r * r * horner(r, EXPM1) + r
    scale = power_of_two(np.int32(bits(z) - ROUNDER_BITS - 1))  # half of 2**n, which may overflow
    result = (scale * e + (scale - HALF)) * TWO
    return select(x == ZERO, x, result)


def expm1_64(x):
    return math.expm1(x)


expm1 = _by_type(expm1_32, expm1_64)


def log32(x):
    """The natural logarithm; -inf at 0, NaN below."""
    tiny = x < SMALLEST_NORMAL
    b = bits(select(tiny, x * TWO_23, x))
    e = np.int32(np.int32(b - HALF_ROOT_BITS) >> 23)
    f = float_of_bits(np.int32(b - (e << 23))) - ONE  # sqrt(1/2) - 1 <= f < sqrt(2) - 1
    k = F(e) - select(tiny, F(23), ZERO)
    y = f * f * (f * horner(f, LOG)) - HALF * (f * f) + k * LN2_LOW
    result = (f + y) + k * LN2_HIGH
    result = select(x < INF, result, x)
    return select(x > ZERO, result, select(x == ZERO, -INF, x * NAN))


def log64(x):
    return math.log(x)


log = _by_type(log32, log64)


def log1p32(x):
    """log(1 + x), exact near 0."""
    u = ONE + x
    lost = x - (u - ONE)  # what rounding took from u (Kahan)
    result = log(u) + select((u > ZERO) & (u < INF), lost / u, ZERO)
    return select(x == ZERO, x, result)


def log1p64(x):
    return math.log1p(x)


log1p = _by_type(log1p32, log1p64)


def _falling32(a, rounder):
    """r and 2**(n + m) of e**-a = 2**n * e**r, for 0 <= a <= 104; `rounder` is ROUNDER + 127 + m."""
    z = rounder - a * LOG2E
    n = z - rounder
    r = (-a - n * LN2_HIGH) - n * LN2_LOW
    return r, float_of_bits(np.int32(bits(z) << 23))


overload(_falling32, jit_options=PRECISE)(lambda a, rounder: _falling32)


def tanh32(x):
    """The hyperbolic tangent: 1 - 2 e / (1 + e) where e = e**(-2 |x|), and a polynomial near 0."""
    a = abs(x) + abs(x)
    r, scale = _falling32(select(a > F(20), F(20), a), TO_SCALE)
    e = ((horner(r, EXP) * r + ONE) * r + ONE) * scale
    large = ONE - (e + e) / (e + ONE)
    small = x + x * (x * x * horner(x * x, TANH))
    t = select(a < F(1.25), small, large)
    return float_of_bits(np.int32((bits(t) & MAGNITUDE) | (bits(x) & SIGN)))


def tanh64(x):
    return math.tanh(x)


tanh = _by_type(tanh32, tanh64)


def sigmoid32(x):
    """1 / (1 + e**-x). The quotient is a guess and a third-order Newton step: the CPU's one divider is slow."""
    a = abs(x)
    r, scale = _falling32(select(a > F(104), F(104), a), TO_SCALE_64)
    e = ((horner(r, EXP) * r + ONE) * r + ONE) * scale * SCALE_BACK
    q = horner(e, RECIPROCAL)
    lost = (ONE - q) - q * e
    q = q + q * (lost + lost * lost)
    return select(x < ZERO, e, ONE) * q


def sigmoid64(x):
    e = math.exp(-abs(x))
    return (e if x < 0.0 else 1.0) / (1.0 + e)


sigmoid = _by_type(sigmoid32, sigmoid64)


def softplus32(x):
    """log(1 + e**x)."""
    return maximum(x, ZERO) + log1p(exp(-abs(x)))


def softplus64(x):
    return maximum(x, 0.0) + math.log1p(math.exp(-abs(x)))


softplus = _by_type(softplus32, softplus64)


def erf32(x):
    """The error function."""
    a = select(abs(x) > F(4), F(4), abs(x))
    small = x + x * horner(x * x, ERF)
    large = ONE - exp(-horner(a, MINUS_LOG_ERFC))
    return select(abs(x) < F(0.95), small, select(x < ZERO, -large, large))


def erf64(x):
    return math.erf(x)


erf = _by_type(erf32, erf64)


def sqrt(x):
    """The square root, correctly rounded; NaN below 0."""
    return np.sqrt(x)


overload(sqrt, jit_options=PRECISE)(lambda x: lambda x: np.sqrt(x))


def reciprocal32(x):
    """1 / x."""
    return ONE / x


def reciprocal64(x):
    return 1.0 / x


reciprocal = _by_type(reciprocal32, reciprocal64)


def rsqrt32(x):
    """1 / sqrt(x)."""
    return ONE / np.sqrt(x)


def rsqrt64(x):
    return 1.0 / np.sqrt(x)


rsqrt = _by_type(rsqrt32, rsqrt64)


def over_root32(x, y, z):
    """x / (sqrt(y) + z) for 1e-12 <= z <= 1e12; right to about 3 units in the last place.

    The CPU has one slow unit for roots and quotients: while it is at the root, the quotient before is worked out by
    Newton's method, which begins with a guess from the bits of the exponent and ends with the remainder's share.
    """
    d = np.sqrt(y) + z
    q = float_of_bits(np.int32(RECIPROCAL_BITS - bits(d)))  # 1 / d to 12 %, to 2e-3, to 3e-6
    e = ONE - d * q
    q = q + q * (e + e * e)
    q = q + q * (ONE - d * q)
    result = x * q
    result = result + q * (x - result * d)
    return select(d < INF, result, x * select(d == INF, ZERO, d))


ESTIMATES = REGISTERS.width == 64  # whether a vector of quotients or roots can begin with 14 bits from the CPU
NEARLY = ("arcp", "contract", "ninf")  # LLVM then takes such a guess and one step of Newton's method


@intrinsic
def _near_quotient(typingctx, x, y):
    """x / y to 1 unit in the last place; NaN where y is infinite."""

    def codegen(context, builder, sig, args):
        return builder.fdiv(*args, flags=NEARLY)

    return x(x, x), codegen


@intrinsic
def _near_rsqrt(typingctx, x):
    """1 / sqrt(x) to 2 units in the last place; NaN where x is 0 or infinite."""

    def codegen(context, builder, sig, args):
        kind = args[0].type
        root = builder.call(builder.module.declare_intrinsic("llvm.sqrt", [kind]), args)
        return builder.fdiv(ir.Constant(kind, 1.0), root, flags=NEARLY)

    return x(x), codegen


def over_root_by_estimates32(x, y, z):
    """As `over_root32`. Where the number that is added to y shows, the root is nothing beside z."""
    return select(y == INF, x * ZERO, _near_quotient(x, y * _near_rsqrt(y + SMALLEST_NORMAL) + z))


def over_root64(x, y, z):
    return x / (np.sqrt(y) + z)


def over_root(x: Any, y: Any, z: Any) -> Any:
    """x / (sqrt(y) + z)."""
    return over_root64(x, y, z)


_over_root32 = over_root_by_estimates32 if ESTIMATES else over_root32
overload(over_root, jit_options=PRECISE)(lambda x, y, z: _over_root32 if x == types.float32 else over_root64)


def pow32(x, y):
    """x**y, computed in float64, with the special cases of IEEE 754."""
    magnitude, exponent = np.float64(abs(x)), np.float64(y)
    b = bits(magnitude)
    e = (b - HALF_ROOT_BITS_64) >> 52
    m = float_of_bits(b - (e << 52))
    s = (m - 1.0) / (m + 1.0)
    logarithm = e * LN2_64 + s * horner(s * s, ATANH_64)
    logarithm = select(magnitude == 0.0, -INF_64, select(magnitude < INF_64, logarithm, magnitude))
    t = select((exponent == 0.0) | (magnitude == 1.0), 0.0, exponent * logarithm)
    t = select(t > 90.0, 90.0, select(t < -110.0, -110.0, t))
    z = t * LOG2E_64 + ROUNDER_64
    r = t - (z - ROUNDER_64) * LN2_64
    scale = float_of_bits((bits(z) - ROUNDER_BITS_64 + 1023) << 52)
    power = F(horner(r, EXP_64) * scale)
    whole = np.floor(y) == y
    odd = whole & (np.floor(y * HALF) != y * HALF)
    power = select((bits(x) < 0) & odd, -power, power)
    defined = (x >= ZERO) | whole | (x == -INF) | (x != x)
    undefined = (not defined) | ((y != y) & (x != ONE)) | ((x != x) & (y != ZERO))
    return select(undefined, NAN, power)


def pow64(x, y):
    return x**y


def power(x: Any, y: Any) -> Any:
    """x**y, right to 1 unit in the last place."""
    return pow64(x, y)


overload(power, jit_options=PRECISE)(lambda x, y: pow32 if x == types.float32 else pow64)


def _quadrant32(x, turns):
    """sin(x + turns * pi / 2). The reduction is done in float64; from 2**45 on, x counts as 0."""
    near = np.float64(select(abs(x) < TRIGONOMETRIC_LIMIT, x, x * ZERO))
    z = near * TWO_OVER_PI + ROUNDER_64
    n = z - ROUNDER_64
    r = F((near - n * HALF_PI_HIGH) - n * HALF_PI_LOW)
    quadrant = bits(z) + turns
    s = r * r
    sine = r + r * s * horner(s, SIN)
    cosine = s * s * horner(s, COS) - HALF * s + ONE
    result = select(quadrant & 1 == 1, cosine, sine)
    return select(quadrant & 2 == 2, -result, result)


overload(_quadrant32, jit_options=PRECISE)(lambda x, turns: _quadrant32)


def sin32(x):
    """The sine of x radians; 0 from |x| = 2**45 on, where neighbouring float32 lie millions of turns apart."""
    return select(x == ZERO, x, _quadrant32(x, 0))


def sin64(x):
    return math.sin(x)


sin = _by_type(sin32, sin64)


def cos32(x):
    """The cosine of x radians; 1 from |x| = 2**45 on, where neighbouring float32 lie millions of turns apart."""
    return _quadrant32(x, 1)


def cos64(x):
    return math.cos(x)


cos = _by_type(cos32, cos64)
