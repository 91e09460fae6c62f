"""A matrix by one column: of the register tile all lanes but one would be idle."""

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, at, cast, int_pointer, kernel, pointer, share
from netstudio.engine.kernels.vectors import Vectors, lanes
from netstudio.engine.kernels.vmath import stack

X, W, Y, BIAS, M, K, XM, ACTIVATION, ACCUMULATE, POINTED = range(10)  # where the arguments stand
MOST_LANES = 16


@kernel
def multiply_column(a, t, worker, workers):
    """Y[m] (+)= act(sum over k of X[m, k] w[k] + bias).

    a: addresses of X, or of where it will stand, of w, of Y and of the bias, or 0; sizes; the stride of X's rows;
    activation; whether to add to Y; whether X is yet to be pointed to.
    """
    x, w, y = pointer(int_pointer(a[X])[0] if a[POINTED] else a[X], t), pointer(a[W], t), pointer(a[Y], t)
    zero = cast(0, t)
    bias = pointer(a[BIAS], t)[0] if a[BIAS] != 0 else zero
    sums, lane = stack(t, MOST_LANES), lanes(t)
    first, last = share(a[M], lane, worker, workers)
    for m in range(first, last, lane):
        count = min(lane, last - m)
        _dots(at(x, m * a[XM]), a[XM], count, w, a[K], sums)
        for i in range(count):
            total = sums[i] + bias + (y[m + i] if a[ACCUMULATE] else zero)
            y[m + i] = zero if a[ACTIVATION] == 1 and total < zero else total


@intrinsic
def _dots(typingctx, x, step, count, w, k, out):
    """out[m] = sum over k of X[m, k] w[k] for one vector of rows, `step` apart, the last of `count` again and again.

    Each row is summed in a vector; then interleaving row i with row i + half, and adding, halves both the rows and the
    parts of each sum, until all sums stand in one vector.
    """
    signature = types.void(x, types.int64, types.int64, x, types.int64, x)

    def codegen(context, builder, sig, args):
        v = Vectors(builder, sig.args[0].dtype)
        x, step, count, w, k, out = args
        last = builder.sub(count, I64(1))
        sums = [cgutils.alloca_once_value(builder, v.zero()) for _ in range(v.lanes)]
        rows = []
        for m in range(v.lanes):
            row = builder.select(builder.icmp_signed("<", I64(m), last), I64(m), last)
            rows.append(builder.gep(x, [builder.mul(row, step)]))

        def add(start: ir.Value, mask: ir.Value | None) -> None:
            factor = v.load(builder.gep(w, [start]), mask)
            for row, total in zip(rows, sums):
                term = v.load(builder.gep(row, [start]), mask)
                builder.store(v.multiply_add(term, factor, builder.load(total)), total)

        whole = builder.and_(k, I64(-v.lanes))
        with cgutils.for_range_slice(builder, I64(0), whole, I64(v.lanes), I64) as (start, _):
            add(start, None)
        with builder.if_then(builder.icmp_signed("<", whole, k)):
            add(whole, v.mask(builder.sub(k, whole)))
        vectors = [builder.load(total) for total in sums]
        while len(vectors) > 1:
            half = len(vectors) // 2
            pairs = [v.interleave(*pair) for pair in zip(vectors[:half], vectors[half:])]
            vectors = [builder.fadd(low, high) for low, high in pairs]
        v.store(vectors[0], out)
        return context.get_dummy_value()

    return signature, codegen
