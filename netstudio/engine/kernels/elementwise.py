"""One kernel that evaluates a whole chain of element-by-element operations in one pass over memory.

A program is a list of instructions over registers, each a block of BLOCK elements that stays in the first-level cache.
The kernel walks the output block by block and runs the program on each: inputs that lie contiguous are read in
place and results are stored straight to their output; constants, scalars and broadcast inputs are spread out in
scratch memory, where the pattern repeats within PERIOD elements only once a call.

A program may also sum registers, over all axes but the last or over all. A sum is a register of its own to which the
program adds block by block; blocks hold whole rows then. After CHUNK blocks it is folded in float64 to one partial sum,
and a second kernel adds the partial sums in float64. The chunks depend on the sizes alone, so a sum does not depend on
the number of threads, and its error does not grow with the length.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels import vmath
from netstudio.engine.kernels.abi import (
    I64,
    Kernel,
    at,
    cast,
    device,
    double_pointer,
    int_pointer,
    kernel,
    pointer,
    share,
)
from netstudio.engine.kernels.finite import all_finite
from netstudio.engine.kernels.movement import collapse, expand, put
from netstudio.engine.kernels.rewriting import Program, Steps, fresh_register, fused_steps, merged_steps, with_copies
from netstudio.engine.kernels.state import FAILED
from netstudio.engine.kernels.vectors import LINE, prefetch
from netstudio.engine.kernels.vmath import stack

BLOCK = 512
LONG_BLOCK = 4 * BLOCK  # of a program of one instruction that keeps nothing in scratch memory
CHUNK = 32  # blocks that are added in the element type
PERIOD = 1024
FAR = 1 << 18  # elements of a tensor that is hardly in the cache
SLACK = 16  # elements that `expand` may write past the end

Instructions = list[tuple[Kernel, list[int], bool]]


_op = vmath.inlined

# One row an operation: its name, how many registers it reads, what it does. The opcode is the position.
TABLE: dict[str, tuple[int, Any]] = {
    "copy": (1, _op(lambda x: x)),
    "neg": (1, _op(lambda x: -x)),
    "abs": (1, _op(lambda x: abs(x))),
    "sign": (1, _op(lambda x: vmath.select(x > 0, vmath.like(1, x), vmath.select(x < 0, vmath.like(-1, x), x)))),
    "exp": (1, vmath.exp),
    "expm1": (1, vmath.expm1),
    "log": (1, vmath.log),
    "log1p": (1, vmath.log1p),
    "sqrt": (1, vmath.sqrt),
    "rsqrt": (1, vmath.rsqrt),
    "square": (1, _op(lambda x: x * x)),
    "reciprocal": (1, vmath.reciprocal),
    "sin": (1, vmath.sin),
    "cos": (1, vmath.cos),
    "tanh": (1, vmath.tanh),
    "sigmoid": (1, vmath.sigmoid),
    "softplus": (1, vmath.softplus),
    "erf": (1, vmath.erf),
    "relu": (1, _op(lambda x: vmath.select(x < 0, vmath.like(0, x), x))),
    "floor": (1, _op(lambda x: np.floor(x))),
    "round": (1, _op(lambda x: np.rint(x))),
    "is_finite": (1, _op(lambda x: x - x == 0)),
    "add": (2, _op(lambda x, y: x + y)),
    "sub": (2, _op(lambda x, y: x - y)),
    "mul": (2, _op(lambda x, y: x * y)),
    "div": (2, _op(lambda x, y: x / y)),
    "maximum": (2, vmath.maximum),
    "minimum": (2, vmath.minimum),
    "pow": (2, vmath.power),
    "gt": (2, _op(lambda x, y: x > y)),
    "ge": (2, _op(lambda x, y: x >= y)),
    "lt": (2, _op(lambda x, y: x < y)),
    "le": (2, _op(lambda x, y: x <= y)),
    "eq": (2, _op(lambda x, y: x == y)),
    "ne": (2, _op(lambda x, y: x != y)),
    "where": (3, _op(lambda c, x, y: vmath.select(c != 0, x, y))),
    "where_gt": (4, _op(lambda x, y, a, b: vmath.select(x > y, a, b))),
    "clip": (3, _op(lambda x, low, high: vmath.minimum(vmath.maximum(x, low), high))),
    "fma": (3, _op(lambda x, y, z: x * y + z)),
    "fms": (3, _op(lambda x, y, z: x * y - z)),
    "fnma": (3, _op(lambda x, y, z: z - x * y)),
    "over_root": (3, vmath.over_root),
    "lerp": (3, _op(lambda x, y, t: x + (y - x) * t)),
    "lerp_to_product": (4, _op(lambda x, y, z, t: x + (y * z - x) * t)),
    "sub_over_root": (5, _op(lambda w, x, r, y, z: w - vmath.over_root(x * r, y, z))),
}
OPS: dict[str, int] = {name: arity for name, (arity, _) in TABLE.items()}


@vmath.inlined
def _step_by_averages(m, v, g, w, t, u, r, z):
    """A gradient's moving average and that of its square, moved on, and the weight, moved by their quotient."""
    m, v = m + (g - m) * t, v + (g * g - v) * u
    return m, v, w - vmath.over_root(m * r, v, z)


class Case(NamedTuple):
    """An instruction: how many registers it reads, the last `held` of which are the same throughout, and writes."""

    arity: int
    function: Any
    results: int = 1
    held: int = 0


# The last is what several instructions of a program become.
CASES = {name: Case(*row) for name, row in TABLE.items()} | {"step_by_averages": Case(8, _step_by_averages, 3, 4)}
OPCODES: dict[str, int] = {name: code for code, name in enumerate(CASES)}
MOST = max(case.arity + case.results for case in CASES.values())  # operands

# How the block that a register stands for is found: it moves along with the output (a contiguous input or an output),
# stays in scratch (a temporary), holds a constant, repeats a short pattern, is spread out anew for each block, or is
# one number, of which no block is needed.
MOVING, FIXED, CONSTANT, PERIODIC, STRIDED, HELD = range(6)
HEADER, RECORD, INSTRUCTION, TOTAL = 12, 6, 1 + MOST, 3  # int64 arguments of each
WATCHED, STATE, CODE = 9, 10, 11  # places in the header


@intrinsic
def _execute(typingctx, step, table, count, like):
    """Run an instruction on `count` elements of the type that `like` points to: its opcode, results and operands.

    The opcode is a position in CASES; the others are registers, whose addresses stand in the table.
    """
    kinds = [typingctx.resolve_value_type(case.function) for case in CASES.values()]
    signatures = [
        typingctx.resolve_function_type(kind, (like.dtype,) * case.arity, {})
        for kind, case in zip(kinds, CASES.values(), strict=True)
    ]

    def codegen(context, builder, sig, args):
        step, table, n, like = args

        def operand(place):
            register = builder.load(builder.gep(step, [I64(1 + place)]))
            return builder.inttoptr(builder.load(builder.gep(table, [register])), like.type)

        end = builder.append_basic_block("end")
        switch = builder.switch(builder.load(step), end)
        for i, (case, kind, signature) in enumerate(zip(CASES.values(), kinds, signatures, strict=True)):
            switch.add_case(I64(i), builder.append_basic_block(f"case{i}"))
            builder.position_at_end(switch.cases[-1][1])
            operands = [operand(place) for place in range(case.results + case.arity)]
            targets, sources = operands[: case.results], operands[case.results :]
            vmath.emit_map(context, builder, kind, signature, targets, n, sources, at_once=2, held=case.held)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(step, table, types.int64, like), codegen


@device
def _repeat(buffer, source, dims, ndim, period, count):
    """Fill `count` elements with the pattern of `period` elements that `dims` describes."""
    expand(buffer, source, dims, ndim, 0, min(period, count))
    have = period
    while have < count:
        vmath.each(vmath.same, at(buffer, have), min(have, count - have), (buffer,))
        have += have


@device
def _prepare(a, t, scratch, count, table):
    """Do what serves all blocks of this worker: find scratch registers, spread out what repeats."""
    size = vmath.item_size(t)
    for r in range(a[3]):
        record = HEADER + r * RECORD
        address = scratch + a[record + 2] * size
        table[r] = a[record + 1] if a[record] == HELD else address
        if a[record] == CONSTANT:
            value = cast(vmath.float_of_bits(a[record + 1]), t)
            buffer = pointer(address, t)
            for i in range(min(count, a[record + 3])):
                buffer[i] = value
        elif a[record] == PERIODIC:
            source = pointer(a[record + 1], t)
            _repeat(
                pointer(address, t), source, at(a, a[record + 5]), a[record + 4], a[record + 3], count + a[record + 3]
            )


@device
def _advance(a, t, scratch, start, count, table):
    """Point the registers at the block that begins with element `start`."""
    size = vmath.item_size(t)
    for r in range(a[3]):
        record = HEADER + r * RECORD
        if a[record] == MOVING:
            table[r] = a[record + 1] + start * size
        elif a[record] == PERIODIC:
            table[r] = scratch + (a[record + 2] + start % a[record + 3]) * size
        elif a[record] == STRIDED:
            source = pointer(a[record + 1], t)
            expand(pointer(table[r], t), source, at(a, a[record + 5]), a[record + 4], start, count)


@device
def _fetch(a, t, start, number):
    """Ask for some of the block that begins with element `start`: what falls to the instruction of that number."""
    size = vmath.item_size(t)
    for r in range(number, a[3], a[4]):
        record = HEADER + r * RECORD
        if a[record] == MOVING:
            for i in range(0, a[6] * size, LINE):
                prefetch(pointer(a[record + 1] + start * size + i, t), 0)


@device
def _run(a, t, scratch, first, last, table):
    """The program on the elements from `first` to `last`, block by block."""
    # One instruction alone reads evenly, and the processor fetches ahead by itself; several make it wait.
    far = a[0] >= FAR and a[4] > 1
    start = first
    while start < last:  # a range of such steps would divide to count them
        count = min(a[6], last - start)
        _advance(a, t, scratch, start, count, table)
        for i in range(a[4]):
            if far and start + a[6] < last:
                _fetch(a, t, start + a[6], i)
            _execute(at(a, a[5] + i * INSTRUCTION), table, count, t)
        if a[WATCHED] >= 0 and not all_finite(pointer(table[a[WATCHED]], t), count):
            int_pointer(a[STATE])[FAILED] = a[CODE]
        start += a[6]


@device
def _clear_totals(a, t, table):
    for i in range(a[8]):
        total = at(a, a[7] + i * TOTAL)
        put(cast(0.0, t), pointer(table[total[0]], t), a[6])


@device
def _sum(x, count):
    result = 0.0
    for i in range(count):
        result += x[i]
    return result


@device
def _sum_rows(out, x, rows, width):
    for column in range(width):
        out[column] = x[column]
    for row in range(1, rows):
        part = at(x, row * width)
        for column in range(width):
            out[column] += part[column]


@device
def _fold_totals(a, t, table, chunk):
    """Write the chunk's partial sums: of each total the elements that are a multiple of its width apart, added up."""
    columns = stack(double_pointer(0), BLOCK)
    for i in range(a[8]):
        total = at(a, a[7] + i * TOTAL)
        width, sums = total[1], pointer(table[total[0]], t)
        out = at(pointer(total[2], t), chunk * width)
        if width == 1:
            out[0] = cast(_sum(sums, a[6]), t)
        else:
            _sum_rows(columns, sums, a[6] // width, width)
            for column in range(width):
                out[column] = cast(columns[column], t)


@kernel
def elementwise(a, t, worker, workers):
    """Run the program that `encode` wrote over this worker's blocks."""
    chunk = a[6] * CHUNK if a[8] else a[6]
    first, last = share(a[0], chunk, worker, workers)
    if first >= last:
        return
    scratch = a[1] + worker * a[2] * vmath.item_size(t)
    table = int_pointer(scratch)
    _prepare(a, t, scratch, min(BLOCK, last - first), table)
    if a[8] == 0:
        _run(a, t, scratch, first, last, table)
        return
    for start in range(first, last, chunk):
        _clear_totals(a, t, table)
        _run(a, t, scratch, start, min(start + chunk, last), table)
        _fold_totals(a, t, table, start // chunk)


@kernel
def add_partial_sums(a, t, worker, workers):
    """a: chunks, how many sums, then for each its partial sums (chunks, width), its width and where it goes."""
    for i in range(a[1]):
        width, out = a[3 + i * TOTAL], pointer(a[4 + i * TOTAL], t)
        parts = pointer(a[2 + i * TOTAL], t)
        first, last = share(width, 16, worker, workers)
        for column in range(first, last):
            result = 0.0
            for chunk in range(a[0]):
                result += parts[chunk * width + column]
            out[column] = cast(result, t)


@dataclass
class _Layout:
    """Registers and scratch memory as they are handed out; offsets in elements from the worker's part of scratch."""

    registers: int
    records: list[list[int]] = field(default_factory=list)
    dims: list[int] = field(default_factory=list)
    used: int = 0
    largest: int = 0  # of the parts that were handed out

    def __post_init__(self) -> None:
        self.used = _rounded(2 * self.registers)  # the table of addresses: an int64 is two float32

    def reserve(self, elements: int) -> int:
        self.largest = max(self.largest, elements)
        self.used += _rounded(elements)
        return self.used - _rounded(elements)

    def add(self, mode: int, where: int, offset: int = 0, period: int = 0, dims: Sequence[int] = ()) -> int:
        """A new register; its number."""
        self.records.append([mode, where, offset, period, len(dims) // 2, len(self.dims)])
        self.dims += dims
        return len(self.records) - 1

    def add_constant(self, value: float, held: bool) -> int:
        count = 1 if held else BLOCK
        return self.add(CONSTANT, vmath.bits_of_double(value), self.reserve(count), count)

    def add_input(self, address: int, shape: Sequence[int], strides: Sequence[int], held: bool) -> int:
        if held:
            return self.add(HELD, address)
        sizes, (steps,) = collapse(shape, [strides])
        if list(steps) in ([], [1]):
            return self.add(MOVING, address)
        if steps[0] == 0:
            period = int(np.prod(sizes[1:], dtype=np.int64))
            if period <= PERIOD:
                buffer = self.reserve(BLOCK + period + SLACK)
                return self.add(PERIODIC, address, buffer, period, _pairs(sizes[1:], steps[1:]))
        return self.add(STRIDED, address, self.reserve(BLOCK + SLACK), 0, _pairs(sizes, steps))


def _rounded(elements: int) -> int:
    return -(-elements // 16) * 16


def _pairs(sizes: Sequence[int], strides: Sequence[int]) -> list[int]:
    return [value for pair in zip(sizes, strides, strict=True) for value in pair]


def _checked(program: Program, given: int, outputs: Sequence[int]) -> None:
    """Raise ValueError where an instruction or an output is not right."""
    known = set(range(given))
    for i, (name, target, sources) in enumerate(program):
        if name not in OPS:
            raise ValueError(f"instruction {i}: there is no operation {name!r}; there are {', '.join(OPS)}")
        if len(sources) != OPS[name]:
            raise ValueError(f"instruction {i}: {name} reads {OPS[name]} registers, not {len(sources)}")
        for source in sources:
            if source not in known:
                raise ValueError(f"instruction {i} ({name}) reads register {source} before it is written")
        if target in known:
            raise ValueError(f"instruction {i} ({name}) writes register {target} a second time")
        known.add(target)
    for output in outputs:
        if output not in known:
            raise ValueError(f"an output stands for register {output}, which nothing writes")


def _is_one_number(shape: Sequence[int], strides: Sequence[int]) -> bool:
    return all(stride == 0 or size == 1 for size, stride in zip(shape, strides, strict=True))


def _streamed(steps: Steps) -> set[int]:
    """What is read element by element."""
    return {source for name, _, sources in steps for source in sources[: len(sources) - CASES[name].held]}


class Watch(NamedTuple):
    """The address of an output; if a value there is NaN or infinite, `code` is noted in the run's state block."""

    output: int
    state: int
    code: int


class Total(NamedTuple):
    """A sum of a register: over all axes but the last, which has the size `width`, or over all (1); where it goes."""

    register: int
    width: int
    address: int


def _block(shape: Sequence[int], totals: Sequence[Total]) -> int:
    """Elements of a block: whole rows where they are summed, and whole vectors if that can be."""
    if totals and 0 < math.prod(shape) <= BLOCK:
        return math.prod(shape)
    width = max((total.width for total in totals), default=1)
    vectors = math.lcm(width, 16)
    unit = vectors if vectors <= BLOCK else width
    return BLOCK // unit * unit


def _plan(
    shape: Sequence[int],
    inputs: Sequence[tuple[int, Sequence[int]]],
    constants: Sequence[float],
    program: Program,
    outputs: Sequence[tuple[int, int]],
    totals: Sequence[Total],
    in_place: bool,
) -> tuple[_Layout, list[int], list[int]]:
    """Registers, instructions and the totals' registers; with `in_place`, results go straight to outputs that nothing
    reads any more."""
    given = len(inputs) + len(constants)
    _checked(program, given, [register for _, register in outputs] + [total.register for total in totals])
    copied, results = with_copies(program, given, [register for _, register in outputs])
    sums = list(range(fresh_register(copied, given), fresh_register(copied, given) + len(totals)))
    small = [i for i, value in enumerate(constants, len(inputs)) if 1e-12 <= value <= 1e12]
    uniform = {i for i, (_, strides) in enumerate(inputs) if _is_one_number(shape, strides)}
    uniform.update(range(len(inputs), given))
    steps = merged_steps(fused_steps(_with_totals(copied, given, totals, sums), results, small), uniform)
    last_read = {source: i for i, (_, _, sources) in enumerate(steps) for source in sources}
    held = uniform - _streamed(steps)
    layout = _Layout(given + 2 * len(steps) + len(outputs) + len(totals))
    place = {i: layout.add_input(address, shape, strides, i in held) for i, (address, strides) in enumerate(inputs)}
    place |= {i: layout.add_constant(value, i in held) for i, value in enumerate(constants, len(inputs))}
    place |= {register: layout.add(FIXED, 0, layout.reserve(BLOCK)) for register in sums}
    written = {target: i for i, (_, targets, _) in enumerate(steps) for target in targets}
    late: list[tuple[int, int]] = []
    for (address, _), result in zip(outputs, results, strict=True):
        readers = [last_read.get(i, -1) for i, (other, _) in enumerate(inputs) if other == address]
        if in_place and all(reader <= written[result] for reader in readers):
            place[result] = layout.add(MOVING, address)
        else:
            late.append((layout.add(MOVING, address), result))
    last_read |= {result: len(steps) for _, result in late}
    code: list[int] = []
    free: list[int] = []
    busy: set[int] = set()  # temporaries that are still read
    for i, (name, targets, sources) in enumerate(steps):
        read = [place[source] for source in sources]
        for source in set(sources) & busy:
            if last_read[source] == i:
                busy.remove(source)
                free.append(place[source])
        for target in targets:
            if target not in place:
                place[target] = free.pop() if free else layout.add(FIXED, 0, layout.reserve(BLOCK))
                busy.add(target)
        code += _instruction(name, *(place[target] for target in targets), *read)
        for target in busy.intersection(targets).difference(last_read):
            busy.remove(target)
            free.append(place[target])
    for register, result in late:
        code += _instruction("copy", register, place[result])
    return layout, code, [place[register] for register in sums]


def _instruction(name: str, *operands: int) -> list[int]:
    """As `_execute` reads it: results, then what is read."""
    return [OPCODES[name], *operands, *[0] * (MOST - len(operands))]


def _with_totals(steps: Program, given: int, totals: Sequence[Total], sums: Sequence[int]) -> Program:
    """The steps with an addition to each total's register as soon as what it sums is there."""
    wanted = list(zip(totals, sums, strict=True))
    made: list[tuple[str, int, tuple[int, ...]]]
    made = [("add", own, (total.register, own)) for total, own in wanted if total.register < given]
    for step in steps:
        made.append(step)
        made += [("add", own, (total.register, own)) for total, own in wanted if total.register == step[1]]
    return made


def encode(
    shape: Sequence[int],
    inputs: Sequence[tuple[int, Sequence[int]]],
    constants: Sequence[float],
    program: Program,
    outputs: Sequence[tuple[int, int]],
    scratch: int,
    totals: Sequence[Total] = (),
    watch: Watch | None = None,
) -> list[int]:
    """The arguments of `elementwise`.

    Args:
        shape: of the outputs, which are contiguous.
        inputs: address and strides (in elements, one for each axis of `shape`, 0 where broadcast) of each.
        constants: values, rounded to the element type.
        program: (operation of OPS, register written, registers read). Inputs are the registers 0, 1, ..., constants
            follow, then come temporaries, each written once and before it is read.
        outputs: address and register of each. An output may stand at the address of a contiguous input.
        scratch: address, a multiple of 64, of what `scratch` says.
        totals: sums of registers; their addresses are those of (chunks(), width) partial sums.
        watch: an output whose values must be finite.

    Raises ValueError where the program names an unknown operation, register or number of operands.
    """
    layout, code, sums = _plan(shape, inputs, constants, program, outputs, totals, in_place=True)
    count = math.prod(shape)
    dims_at = HEADER + RECORD * len(layout.records)
    records = [value for *record, position in layout.records for value in (*record, dims_at + position)]
    code_at = dims_at + len(layout.dims)
    header = [count, scratch, layout.used, len(layout.records), len(code) // INSTRUCTION, code_at]
    block = LONG_BLOCK if layout.largest <= 1 and len(code) == INSTRUCTION else _block(shape, totals)
    header += [block, code_at + len(code), len(totals)]
    moving = [where if mode == MOVING else 0 for mode, where, *_ in layout.records]
    header += [-1, 0, 0] if watch is None else [moving.index(watch.output), watch.state, watch.code]
    folds = [value for total, own in zip(totals, sums) for value in (own, total.width, total.address)]
    return [*header, *records, *layout.dims, *code, *folds]


def chunks(shape: Sequence[int], totals: Sequence[Total]) -> int:
    """How many partial sums there are of each of the totals."""
    return -(-math.prod(shape) // (CHUNK * _block(shape, totals)))


def instructions(
    shape: Sequence[int],
    inputs: Sequence[tuple[int, Sequence[int]]],
    constants: Sequence[float],
    program: Program,
    outputs: Sequence[tuple[int, int]],
    totals: Sequence[Total],
    scratch: int,
    itemsize: int,
    watch: Watch | None = None,
) -> Instructions:
    """The calls, one after another, that run a program and write its totals; as `encode` takes it, but for:

    Args:
        totals: their addresses are those of the sums.
        itemsize: bytes of an element.
    """
    number = chunks(shape, totals)
    if number <= 1 or not totals:
        return [(elementwise, encode(shape, inputs, constants, program, outputs, scratch, totals, watch), True)]
    partial, adding = [], [number, len(totals)]
    for total in totals:
        partial.append(total._replace(address=scratch))
        adding += [scratch, total.width, total.address]
        scratch += _rounded(number * total.width) * itemsize
    code = encode(shape, inputs, constants, program, outputs, scratch, partial, watch)
    return [(elementwise, code, True), (add_partial_sums, adding, False)]


def scratch(
    shape: Sequence[int],
    strides: Sequence[Sequence[int]],
    constants: Sequence[float],
    program: Program,
    outputs: Sequence[int],
    workers: int,
    totals: Sequence[Total] = (),
) -> int:
    """How many elements of scratch memory a program needs, wherever its inputs and outputs may come to stand.

    `strides` are those of the inputs, `outputs` the registers; the rest is as `encode` takes it.
    """
    inputs = [(0, s) for s in strides]
    results = [(0, register) for register in outputs]
    layout, _, _ = _plan(shape, inputs, constants, program, results, totals, in_place=False)
    return layout.used * workers + sum(_rounded(chunks(shape, totals) * total.width) for total in totals)
