"""One kernel that evaluates a whole chain of element-by-element operations in one pass over memory.

A program is a list of instructions over registers, each a block of BLOCK elements that stays in the first-level cache.
The kernel walks the output block by block and runs the program on each: inputs that lie contiguous are read in
place and results are stored straight to their output; constants, scalars and broadcast inputs are spread out in
scratch memory, where the pattern repeats within PERIOD elements only once a call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels import vmath
from netstudio.engine.kernels.abi import I64, at, cast, device, int_pointer, kernel, pointer, share
from netstudio.engine.kernels.movement import collapse, expand

BLOCK = 512
PERIOD = 1024
SLACK = 16  # elements that `expand` may write past the end

Program = Sequence[tuple[str, int, tuple[int, ...]]]


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
    "clip": (3, _op(lambda x, low, high: vmath.minimum(vmath.maximum(x, low), high))),
    "fma": (3, _op(lambda x, y, z: x * y + z)),
}
OPS: dict[str, int] = {name: arity for name, (arity, _) in TABLE.items()}
OPCODES: dict[str, int] = {name: code for code, name in enumerate(TABLE)}

# How the block that a register stands for is found: it moves along with the output (a contiguous input or an output),
# stays in scratch (a temporary), holds a constant, repeats a short pattern, or is spread out anew for each block.
MOVING, FIXED, CONSTANT, PERIODIC, STRIDED = range(5)
HEADER, RECORD, INSTRUCTION = 6, 6, 5  # int64 arguments of each


@intrinsic
def _execute(typingctx, opcode, out, a, b, c, count):
    """out[i] = operation(a[i], b[i], c[i]) for i < count, by the operation's position in TABLE."""
    functions = [(arity, typingctx.resolve_value_type(function)) for arity, function in TABLE.values()]
    cases = [(f, typingctx.resolve_function_type(f, (out.dtype,) * arity, {})) for arity, f in functions]

    def codegen(context, builder, sig, args):
        code, target, *sources, n = args
        end = builder.append_basic_block("end")
        switch = builder.switch(code, end)
        for i, (function, signature) in enumerate(cases):
            switch.add_case(I64(i), builder.append_basic_block(f"case{i}"))
            builder.position_at_end(switch.cases[-1][1])
            vmath.emit_map(context, builder, function, signature, target, n, sources[: len(signature.args)])
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(types.int64, out, out, out, out, types.int64), codegen


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
        table[r] = address
        if a[record] == CONSTANT:
            value = cast(vmath.float_of_bits(a[record + 1]), t)
            buffer = pointer(address, t)
            for i in range(count):
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


@kernel
def elementwise(a, t, worker, workers):
    """Run the program that `encode` wrote over this worker's blocks."""
    first, last = share(a[0], BLOCK, worker, workers)
    if first >= last:
        return
    scratch = a[1] + worker * a[2] * vmath.item_size(t)
    table = int_pointer(scratch)
    _prepare(a, t, scratch, min(BLOCK, last - first), table)
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        _advance(a, t, scratch, start, count, table)
        for i in range(a[4]):
            step = at(a, a[5] + i * INSTRUCTION)
            _execute(
                step[0],
                pointer(table[step[1]], t),
                pointer(table[step[2]], t),
                pointer(table[step[3]], t),
                pointer(table[step[4]], t),
                count,
            )


@dataclass
class _Layout:
    """Registers and scratch memory as they are handed out; offsets in elements from the worker's part of scratch."""

    registers: int
    records: list[list[int]] = field(default_factory=list)
    dims: list[int] = field(default_factory=list)
    used: int = 0

    def __post_init__(self) -> None:
        self.used = _rounded(2 * self.registers)  # the table of addresses: an int64 is two float32

    def reserve(self, elements: int) -> int:
        self.used += _rounded(elements)
        return self.used - _rounded(elements)

    def add(self, mode: int, where: int, offset: int = 0, period: int = 0, dims: Sequence[int] = ()) -> int:
        """A new register; its number."""
        self.records.append([mode, where, offset, period, len(dims) // 2, len(self.dims)])
        self.dims += dims
        return len(self.records) - 1

    def add_input(self, address: int, shape: Sequence[int], strides: Sequence[int]) -> int:
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


def _with_copies(program: Program, given: int, outputs: Sequence[int]) -> tuple[list[Any], list[int]]:
    """The program, and for each output a temporary of its own: inputs, and results wanted twice, are copied."""
    steps = list(program)
    fresh = 1 + max([given, *outputs, *(target for _, target, _ in program)])
    owned: list[int] = []
    for output in outputs:
        if output < given or output in owned:
            steps.append(("copy", fresh, (output,)))
            output, fresh = fresh, fresh + 1
        owned.append(output)
    return steps, owned


def _plan(
    shape: Sequence[int],
    inputs: Sequence[tuple[int, Sequence[int]]],
    constants: Sequence[float],
    program: Program,
    outputs: Sequence[tuple[int, int]],
    in_place: bool,
) -> tuple[_Layout, list[int]]:
    """Registers and instructions; with `in_place`, results go straight to outputs that nothing reads any more."""
    given = len(inputs) + len(constants)
    _checked(program, given, [register for _, register in outputs])
    steps, results = _with_copies(program, given, [register for _, register in outputs])
    last_read = {source: i for i, (_, _, sources) in enumerate(steps) for source in sources}
    layout = _Layout(given + 2 * len(steps) + len(outputs))
    place = {i: layout.add_input(address, shape, strides) for i, (address, strides) in enumerate(inputs)}
    for i, value in enumerate(constants, len(inputs)):
        place[i] = layout.add(CONSTANT, vmath.bits_of_double(value), layout.reserve(BLOCK))
    written = {target: i for i, (_, target, _) in enumerate(steps)}
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
    held: set[int] = set()
    for i, (name, target, sources) in enumerate(steps):
        read = [place[source] for source in sources]
        for source in set(sources) & held:
            if last_read[source] == i:
                held.remove(source)
                free.append(place[source])
        if target not in place:
            place[target] = free.pop() if free else layout.add(FIXED, 0, layout.reserve(BLOCK))
            held.add(target)
        code += [OPCODES[name], place[target], *read, *[read[0]] * (3 - len(read))]
        if target in held and target not in last_read:
            held.remove(target)
            free.append(place[target])
    for register, result in late:
        code += [OPCODES["copy"], register, *[place[result]] * 3]
    return layout, code


def encode(
    shape: Sequence[int],
    inputs: Sequence[tuple[int, Sequence[int]]],
    constants: Sequence[float],
    program: Program,
    outputs: Sequence[tuple[int, int]],
    scratch: int,
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

    Raises ValueError where the program names an unknown operation, register or number of operands.
    """
    layout, code = _plan(shape, inputs, constants, program, outputs, in_place=True)
    count = int(np.prod(shape, dtype=np.int64))
    dims_at = HEADER + RECORD * len(layout.records)
    records = [value for *record, position in layout.records for value in (*record, dims_at + position)]
    code_at = dims_at + len(layout.dims)
    header = [count, scratch, layout.used, len(layout.records), len(code) // INSTRUCTION, code_at]
    return [*header, *records, *layout.dims, *code]


def scratch(
    shape: Sequence[int],
    strides: Sequence[Sequence[int]],
    constants: Sequence[float],
    program: Program,
    outputs: Sequence[int],
    workers: int,
) -> int:
    """How many elements of scratch memory a program needs, wherever its inputs and outputs may come to stand.

    `strides` are those of the inputs, `outputs` the registers; the rest is as `encode` takes it.
    """
    inputs = [(0, s) for s in strides]
    layout, _ = _plan(shape, inputs, constants, program, [(0, register) for register in outputs], in_place=False)
    return layout.used * workers
