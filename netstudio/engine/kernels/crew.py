"""How helping threads get work: through a box each, in one word of which the leader and the helper meet.

A helper that has nothing to do watches the word for about a millisecond and then goes to sleep: work that follows work
at once is begun at once, on a core that is awake. The leader takes back what nobody has begun when its own part is
done, so that a helper that is slow to wake holds up nothing that was done without it.
"""

import llvmlite.ir as ir
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, INTS, device, int_pointer
from netstudio.engine.kernels.loop import PATIENCE, give_core_away, look

WORD, FOUND, FUNCTION, GIVE_WAY, BOX = 0, 8, 9, 10, 16  # places in a box, and its size: the word has a cache line alone
# Places in a leader's plan: how many helpers, the function to call, with what to call it oneself; from TEAM on, each
# helper's box and what to call it with.
COUNT, CALLED, OWN, TEAM = range(4)
# What the word may say; above them, the argument to call the function with.
IDLE, ASLEEP, BUSY, READY = 0, 1, 2, 3
YIELDS = 3000  # times that a helper gives its core away before it sleeps: about a millisecond


@intrinsic
def _exchange(typingctx, word, new):
    """Set the word, atomically; what it was."""

    def codegen(context, builder, sig, args):
        return builder.atomic_rmw("xchg", args[0], args[1], "seq_cst")

    return types.int64(INTS, types.int64), codegen


@intrinsic
def _change(typingctx, word, old, new):
    """Set the word, atomically, where it is `old`; whether it was."""

    def codegen(context, builder, sig, args):
        pair = builder.cmpxchg(args[0], args[1], args[2], "seq_cst", "seq_cst")
        return builder.zext(builder.extract_value(pair, 1), I64)

    return types.int64(INTS, types.int64, types.int64), codegen


@intrinsic
def _call(typingctx, address, argument):
    """Call a function of one pointer, both given as integers."""

    def codegen(context, builder, sig, args):
        kind = ir.FunctionType(ir.VoidType(), [I64.as_pointer()])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), [builder.inttoptr(args[1], I64.as_pointer())])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@device
def _collect(box, job):
    """Take the job back, or wait until it is done where it has been begun."""
    turns = 0
    if not _change(box, job, IDLE):
        while look(box) == BUSY:
            turns += 1
            if turns > PATIENCE:
                give_core_away(box[GIVE_WAY])


def serve(box):
    """Do what is put into the box, until nothing came for a while: the word then says that the helper sleeps."""
    turns = 0
    while True:
        word = look(box)
        if word == ASLEEP:
            return
        if word > READY and _change(box, word, BUSY):
            _call(box[FUNCTION], word)
            _exchange(box, IDLE)
            turns = 0
        turns += 1
        if turns > PATIENCE:
            give_core_away(box[GIVE_WAY])
        if turns > PATIENCE + YIELDS:
            _change(box, IDLE, ASLEEP)


def ready(plan):
    """Let no helper of the plan go to sleep; what each word was is FOUND in its box: ASLEEP asks for a call."""
    for i in range(plan[COUNT]):
        box = int_pointer(plan[TEAM + 2 * i])
        box[FOUND] = _exchange(box, READY)


def lead(plan):
    """Hand out the work to helpers that are `ready`, do one's own, and see to it that all is done."""
    for i in range(plan[COUNT]):
        box = int_pointer(plan[TEAM + 2 * i])
        box[FUNCTION] = plan[CALLED]
        _exchange(box, plan[TEAM + 2 * i + 1])
    _call(plan[CALLED], plan[OWN])
    for i in range(plan[COUNT]):
        _collect(int_pointer(plan[TEAM + 2 * i]), plan[TEAM + 2 * i + 1])
