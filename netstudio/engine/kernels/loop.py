"""The loop that runs a tape: one call, any number of steps, without Python and without the GIL.

Every worker runs the same loop on its own thread and does its share of each parallel instruction. Between
instructions that may read each other's output the workers meet at a barrier: a counter that each raises by one and
watches until all have. They spin, and give their core away after a while, so that a busy machine does not stall.

`relay` is for steps too short to be shared: while one worker takes a step, another prepares the samples of the next.

While it runs, numbers nearer to zero than the smallest normal one (1e-38 in float32) count as zero, where the processor
can do that: arithmetic on them is a hundred times slower, and the momentum of weights that get no gradient any more
fades into them and stays there.
"""

import platform

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I32, I64, INTS, OPTIONS, at, count_up, device, int_pointer
from netstudio.engine.kernels.state import BARRIER, FAILED, GLOBAL_STEP, GO, STEP, STOP

SERIAL, PARALLEL, CHECK = 0, 1, 2
FIELDS = 4  # of an instruction: kernel address, argument address, mode, whether the workers meet before it
TAPE, INSTRUCTIONS, STATE, STEPS, WORKER, WORKERS, GIVE_WAY, COUNTER, NEXT = range(9)  # what `run` takes
PATIENCE = 4000  # turns of the spin before the core is given away
LONG_PATIENCE = 10 * PATIENCE  # turns before another's work is done anew
CURRENT, BEGUN, READY, SIGNS = 0, 8, 16, 24  # of a relay: the step that is taken, and those that are prepared
WHOLE, TURNS, TURN, PART = 6, 8, 4, 2  # places of a relay's arguments
IS_X86 = platform.machine().lower() in ("x86_64", "amd64")
FLUSH = 0x8040  # of x86's control word: denormal results become zero, and denormal operands are zero


@intrinsic
def call(typingctx, address, arguments, worker, workers):
    """Call the kernel at an address with the arguments at another, to do one worker's share."""

    def codegen(context, builder, sig, args):
        nothing = ir.IntType(8).as_pointer()
        signature = ir.FunctionType(ir.VoidType(), [I64.as_pointer(), nothing, I64, I64])
        builder.call(
            builder.inttoptr(args[0], signature.as_pointer()),
            [builder.inttoptr(args[1], I64.as_pointer()), ir.Constant(nothing, None), args[2], args[3]],
        )
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), codegen


@intrinsic
def look(typingctx, counter):
    """The counter's value, atomically."""

    def codegen(context, builder, sig, args):
        return builder.load_atomic(args[0], "seq_cst", 8)

    return types.int64(INTS), codegen


@intrinsic
def _put(typingctx, place, value):
    """Write the value, atomically, after all that was written before."""

    def codegen(context, builder, sig, args):
        builder.store_atomic(args[1], args[0], "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(INTS, types.int64), codegen


@intrinsic
def give_core_away(typingctx, address):
    """Call the operating system's "let another thread run"."""

    def codegen(context, builder, sig, args):
        signature = ir.FunctionType(ir.IntType(32), [])
        builder.call(builder.inttoptr(args[0], signature.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


def _control(builder, name, place):
    """Call an instruction of x86 that stores or loads the thread's control word of float arithmetic."""
    pointer = ir.IntType(8).as_pointer()
    signature = ir.FunctionType(ir.VoidType(), [pointer])
    function = cgutils.get_or_insert_function(builder.module, signature, f"llvm.x86.sse.{name}")
    builder.call(function, [builder.bitcast(place, pointer)])


@intrinsic
def _flush_denormals(typingctx):
    """From now on denormal numbers are zero on this thread; the control word as it was, or 0 where there is none."""

    def codegen(context, builder, sig, args):
        if not IS_X86:
            return I32(0)
        place = cgutils.alloca_once(builder, I32)
        _control(builder, "stmxcsr", place)
        before = builder.load(place)
        builder.store(builder.or_(before, I32(FLUSH)), place)
        _control(builder, "ldmxcsr", place)
        return before

    return types.int32(), codegen


@intrinsic
def _restore(typingctx, before):
    """Set the control word that `_flush_denormals` gave."""

    def codegen(context, builder, sig, args):
        if IS_X86:
            place = cgutils.alloca_once(builder, I32)
            builder.store(args[0], place)
            _control(builder, "ldmxcsr", place)
        return context.get_dummy_value()

    return types.void(types.int32), codegen


@device
def _meet(state, workers, give_way):
    counter = at(state, BARRIER)
    target = (count_up(counter) // workers + 1) * workers
    turns = 0
    while look(counter) < target:
        turns += 1
        if turns > PATIENCE:
            give_core_away(give_way)


@device
def _step(tape, count, state, worker, workers, give_way):
    """One step; False where a check failed."""
    for i in range(count):
        instruction = at(tape, i * FIELDS)
        if instruction[3] and workers > 1:
            _meet(state, workers, give_way)
        if instruction[2] == PARALLEL:
            call(instruction[0], instruction[1], worker, workers)
        elif worker == 0:
            call(instruction[0], instruction[1], 0, 1)
        if instruction[2] == CHECK:
            if workers > 1:
                _meet(state, workers, give_way)
            if state[FAILED] != 0:
                return False
    return True


@device
def _is_on(state):
    return state[STOP] == 0 and state[FAILED] == 0


@device
def _count_step(state):
    state[STEP] += 1
    state[GLOBAL_STEP] += 1


@device
def _take_steps(tape, count, state, end, give_way, counter):
    """Run those of the steps before `end` that no other tape takes, which share the counter."""
    step = count_up(counter)
    while step < end:
        state[STEP] = step
        _step(tape, count, state, 0, 1, give_way)
        step = count_up(counter)


@device
def _run_steps(tape, count, state, steps, worker, workers, give_way):
    for _ in range(steps):
        if worker == 0:
            state[GO] = 1 if _is_on(state) else 0
        if workers > 1:
            _meet(state, workers, give_way)
        if state[GO] == 0:
            break
        if not _step(tape, count, state, worker, workers, give_way):
            break
        if workers > 1:
            _meet(state, workers, give_way)
        if worker == 0 and state[FAILED] == 0:
            _count_step(state)


@device
def _run(a):
    tape, count, state = int_pointer(a[TAPE]), a[INSTRUCTIONS], int_pointer(a[STATE])
    if a[COUNTER] != 0:
        _take_steps(tape, count, state, a[STEPS], a[GIVE_WAY], int_pointer(a[COUNTER]))
    else:
        _run_steps(tape, count, state, a[STEPS], a[WORKER], a[WORKERS], a[GIVE_WAY])


def run(a):
    """Run a tape: STEPS steps, as one of WORKERS threads. GIVE_WAY is the address of what gives the core away.

    With the address of a COUNTER, which tapes of other states share: steps before STEPS, each of them one tape's alone.
    NEXT is the address of what to run after it, or 0.
    """
    before, job = _flush_denormals(), a
    while True:
        _run(job)
        if job[NEXT] == 0:
            break
        job = int_pointer(job[NEXT])
    _restore(before)


@device
def _is_prepared(signs, number):
    """Whether step `number` is; waits for it, a little, if it has been begun."""
    turns = 0
    while look(at(signs, READY)) != number:
        turns += 1
        if look(at(signs, BEGUN)) != number or turns > LONG_PATIENCE:
            return False
    return True


@device
def _take_turns(a, state, signs, steps):
    for number in range(steps):
        if not _is_on(state):
            break
        _put(at(signs, CURRENT), number)
        part = at(a, TURNS + number % 2 * TURN + PART) if _is_prepared(signs, number) else at(a, WHOLE)
        if not _step(int_pointer(part[0]), part[1], state, 0, 1, 0):
            break
        if state[FAILED] == 0:
            _count_step(state)
    _put(at(signs, CURRENT), steps)


@device
def _prepare_turns(a, ahead, signs, steps, give_way):
    first, global_first, number = ahead[STEP], ahead[GLOBAL_STEP], 0
    while True:
        turns = 0
        while look(at(signs, CURRENT)) < number:
            turns += 1
            if turns > PATIENCE:
                give_core_away(give_way)
        number = look(at(signs, CURRENT)) + 1
        if number >= steps:
            return
        ahead[STEP], ahead[GLOBAL_STEP] = first + number, global_first + number
        _put(at(signs, BEGUN), number)
        part = at(a, TURNS + number % 2 * TURN)
        _step(int_pointer(part[0]), part[1], ahead, 0, 1, 0)
        _put(at(signs, READY), number)


def relay(a):
    """Steps that the first of two workers takes while the second prepares the next one's samples.

    They hardly wait for each other: the first does alone what the second has not come to, so that a second one that is
    held up costs nothing.

    a: state, the state as the second sees it, their signs to each other (-1 each), steps, worker, address of the
    function that gives the core away; a tape that takes a whole step, and its instructions; then for even and for odd
    steps the tape that prepares and its instructions, the tape that goes on from there and its instructions. Each of
    the three writes memory of its own.
    """
    state, ahead, signs, steps = int_pointer(a[0]), int_pointer(a[1]), int_pointer(a[2]), a[3]
    before = _flush_denormals()
    if a[4] == 0:
        _take_turns(a, state, signs, steps)
    else:
        _prepare_turns(a, ahead, signs, steps, a[5])
    _restore(before)


RUN = types.void(INTS)
__all__ = [
    "CHECK", "COUNTER", "FIELDS", "NEXT", "OPTIONS", "PARALLEL", "PATIENCE", "RUN", "SERIAL", "STEPS", "give_core_away",
    "look", "relay", "run",
]  # fmt: skip
