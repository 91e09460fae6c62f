"""The shape of the host's vector registers, and vector code in LLVM's terms: the only place that knows the CPU."""

from dataclasses import dataclass
from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I32

LINE = 64  # bytes of a line of the cache


@dataclass(frozen=True)
class Registers:
    """Bytes in a register, and how many rows, of two vectors or of four, fit as accumulators beside the operands."""

    width: int
    rows: int
    low_rows: int


def registers(triple: str, features: str) -> Registers:
    """The registers of a CPU, given LLVM's names for it.

    >>> registers("x86_64-unknown-linux-gnu", "+avx,+avx2,+fma,-avx512f")
    Registers(width=32, rows=6, low_rows=2)
    """
    enabled = {name[1:] for name in features.split(",") if name.startswith("+")}
    if "avx512f" in enabled:
        return Registers(64, 8, 6)
    if "avx" in enabled:
        return Registers(32, 6, 2)
    if triple.startswith(("aarch64", "arm64")):
        return Registers(16, 8, 6)
    return Registers(16, 6, 2)


# What Numba compiles for: the host, unless NUMBA_CPU_NAME and NUMBA_CPU_FEATURES say otherwise. Numba keys its cache
# by the same facts, so kernels shaped by them need no key of their own.
_triple, _, _features = cpu_target.target_context.codegen().magic_tuple()
REGISTERS = registers(_triple, _features)


@intrinsic
def lanes(typingctx, like):
    """How many elements of the kind that the pointer `like` points to a vector register holds."""
    count = lane_count(like.dtype)

    def codegen(context, builder, sig, args):
        return ir.Constant(ir.IntType(64), count)

    return types.int64(like), codegen


def lane_count(element: Any) -> int:
    """Elements of a Numba type in one vector register."""
    return REGISTERS.width * 8 // int(element.bitwidth)


class Vectors:
    """Emits vector instructions for one element type through an IR builder."""

    def __init__(self, builder: ir.IRBuilder, element: Any) -> None:
        self.builder = builder
        self.element = ir.FloatType() if element == types.float32 else ir.DoubleType()
        self.bytes = element.bitwidth // 8
        self.lanes = lane_count(element)
        self.type = ir.VectorType(self.element, self.lanes)
        self.mask_type = ir.VectorType(ir.IntType(1), self.lanes)
        self.suffix = f"v{self.lanes}f{element.bitwidth}"

    def zero(self) -> ir.Value:
        return self.constant(0.0)

    def constant(self, value: float) -> ir.Value:
        """`value`, known now, in every lane."""
        return ir.Constant(self.type, [value] * self.lanes)

    def spread(self, scalar: ir.Value) -> ir.Value:
        """A vector of `scalar` in every lane."""
        return self._spread(scalar, self.type)

    def _spread(self, scalar: ir.Value, kind: ir.VectorType) -> ir.Value:
        unknown = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(unknown, scalar, ir.Constant(I32, 0))
        return self.builder.shuffle_vector(
            first, unknown, ir.Constant(ir.VectorType(I32, kind.count), [0] * kind.count)
        )

    def mask(self, count: ir.Value) -> ir.Value:
        """True in the first `count` lanes."""
        kind = ir.VectorType(count.type, self.lanes)
        return self.builder.icmp_signed("<", ir.Constant(kind, list(range(self.lanes))), self._spread(count, kind))

    def load(self, address: ir.Value, mask: ir.Value | None = None) -> ir.Value:
        """The vector at `address`; lanes outside `mask` are not read and come out as 0."""
        place = self.builder.bitcast(address, self.type.as_pointer())
        if mask is None:
            return self.builder.load(place, align=self.bytes)
        kind = ir.FunctionType(self.type, [self.type.as_pointer(), I32, self.mask_type, self.type])
        function = self._function("llvm.masked.load", kind, ".p0")
        return self.builder.call(function, [place, ir.Constant(I32, self.bytes), mask, self.zero()])

    def store(self, value: ir.Value, address: ir.Value, mask: ir.Value | None = None) -> None:
        """Write `value` at `address`, its lanes outside `mask` excepted."""
        place = self.builder.bitcast(address, self.type.as_pointer())
        if mask is None:
            self.builder.store(value, place, align=self.bytes)
            return
        kind = ir.FunctionType(ir.VoidType(), [self.type, self.type.as_pointer(), I32, self.mask_type])
        function = self._function("llvm.masked.store", kind, ".p0")
        self.builder.call(function, [value, place, ir.Constant(I32, self.bytes), mask])

    def multiply_add(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """a * b + c, rounded once where the CPU can."""
        function = self._function("llvm.fmuladd", ir.FunctionType(self.type, [self.type] * 3))
        return self.builder.call(function, [a, b, c])

    def at_least(self, value: ir.Value, low: ir.Value) -> ir.Value:
        """The greater of both, NaN where `value` is NaN."""
        return self.builder.select(self.builder.fcmp_ordered("<", value, low), low, value)

    def interleave(self, a: ir.Value, b: ir.Value) -> tuple[ir.Value, ir.Value]:
        """a0 b0 a1 b1 ..., as two vectors."""
        order = [lane for pair in zip(range(self.lanes), range(self.lanes, 2 * self.lanes)) for lane in pair]
        kind = ir.VectorType(I32, self.lanes)
        halves = order[: self.lanes], order[self.lanes :]
        low, high = (self.builder.shuffle_vector(a, b, ir.Constant(kind, half)) for half in halves)
        return low, high

    def _function(self, name: str, kind: ir.FunctionType, pointer: str = "") -> ir.Function:
        return cgutils.get_or_insert_function(self.builder.module, kind, f"{name}.{self.suffix}{pointer}")


@intrinsic(prefer_literal=True)
def prefetch(typingctx, p, write):
    """Ask for the cache line of the pointer `p`, to be written where the constant `write` says so, from now on."""
    signature = types.void(p, write)

    def codegen(context, builder, sig, args):
        emit_prefetch(builder, args[0], bool(sig.args[1].literal_value))
        return context.get_dummy_value()

    return signature, codegen


def emit_prefetch(builder: ir.IRBuilder, address: ir.Value, write: bool) -> None:
    """Ask for the cache line of a pointer or of an address as an integer."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte, I32, I32, I32])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    place = (
        builder.bitcast(address, byte) if isinstance(address.type, ir.PointerType) else builder.inttoptr(address, byte)
    )
    builder.call(function, [place, I32(int(write)), I32(2), I32(1)])
