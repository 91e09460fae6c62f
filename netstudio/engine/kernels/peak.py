"""What the processor's multiply-add units can do at most: accumulators that never leave their registers."""

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, at, kernel, pointer
from netstudio.engine.kernels.vectors import REGISTERS, Vectors, lanes

# As many as the register tile has: enough that each unit has a sum to go on with while the others are under way.
SUMS = 2 * REGISTERS.rows


@intrinsic
def _multiply_add_loop(typingctx, factors, out, rounds):
    """`rounds` times sum = sum * factor + factor for the SUMS vectors that lie in `out`.

    The compiler does not know them, so it can't find that some are the same.
    """
    signature = types.void(factors, out, types.int64)

    def codegen(context, builder, sig, args):
        v = Vectors(builder, sig.args[0].dtype)
        factors, out, rounds = args
        factor = v.load(factors)
        places = [builder.gep(out, [ir.Constant(I64, n * v.lanes)]) for n in range(SUMS)]
        sums = [cgutils.alloca_once_value(builder, v.load(place)) for place in places]
        with cgutils.for_range(builder, rounds, intp=I64):
            for total in sums:
                builder.store(v.multiply_add(builder.load(total), factor, factor), total)
        for place, total in zip(places, sums):
            v.store(builder.load(total), place)
        return context.get_dummy_value()

    return signature, codegen


@kernel
def multiply_add_peak(a, t, worker, workers):
    """a: one vector of factors, SUMS vectors of sums for each worker, rounds. Each worker does all the rounds."""
    out = at(pointer(a[1], t), worker * SUMS * lanes(t))
    _multiply_add_loop(pointer(a[0], t), out, a[2])


def multiply_adds(rounds: int, dtype_bytes: int) -> int:
    """How many multiply-adds one worker does in `rounds` rounds, of elements of that many bytes."""
    return rounds * SUMS * (REGISTERS.width // dtype_bytes)
