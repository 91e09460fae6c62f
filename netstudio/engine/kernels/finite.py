"""Whether all of some numbers are finite, at the speed of reading them."""

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64
from netstudio.engine.kernels.vectors import Vectors

AT_ONCE = 4  # vectors, so that an addition's delay does not count


@intrinsic
def all_finite(typingctx, x, count):
    """Whether no element of `count` from the pointer `x` on is NaN or infinite: only then is the sum of 0 * x zero."""

    def codegen(context, builder, sig, args):
        v = Vectors(builder, sig.args[0].dtype)
        x, count = args
        sums = [cgutils.alloca_once_value(builder, v.zero()) for _ in range(AT_ONCE)]

        def add(total: ir.Value, start: ir.Value, mask: ir.Value | None = None) -> None:
            value = v.load(builder.gep(x, [start]), mask)
            builder.store(v.multiply_add(value, v.zero(), builder.load(total)), total)

        whole = builder.and_(count, I64(-AT_ONCE * v.lanes))
        with cgutils.for_range_slice(builder, I64(0), whole, I64(AT_ONCE * v.lanes), I64) as (start, _):
            for n, total in enumerate(sums):
                add(total, builder.add(start, I64(n * v.lanes)))
        with cgutils.for_range_slice(builder, whole, count, I64(v.lanes), I64) as (start, _):
            add(sums[0], start, v.mask(builder.sub(count, start)))
        first, *others = (builder.load(total) for total in sums)
        for other in others:
            first = builder.fadd(first, other)
        bits = builder.bitcast(builder.fcmp_ordered("==", first, v.zero()), ir.IntType(v.lanes))
        return builder.icmp_unsigned("==", bits, ir.Constant(bits.type, -1))

    return types.boolean(x, types.int64), codegen
