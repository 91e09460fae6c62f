"""What the steps of a program are in an ONNX graph.

The engine keeps channels last, ONNX's convolutions and pools take them first. So a value may be held both ways, and in
more than one element type: whoever reads it says which way, and what is not there yet is made once. An operation that
may work either way works as its inputs lie; so a transposition stands only where channels-first layers begin and end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import onnx

from netstudio.exports.onnx.nodes import Nodes
from netstudio.exports.onnx.tensors import Const, Ref, whole
from netstudio.exports.program import Dim, Dims, Program, Samples, Step

FLOAT, BOOL, INT = onnx.TensorProto.FLOAT, onnx.TensorProto.BOOL, onnx.TensorProto.INT64
KINDS = FLOAT, BOOL, INT
T = TypeVar("T")


class Form(NamedTuple):
    """How a value is held: the channels first (and then the samples before them), and the element type."""

    first: bool
    kind: int


def channels_first(rank: int) -> tuple[int, ...]:
    """The transposition of (samples, ..., channels) to (samples, channels, ...)."""
    return (0, rank - 1, *range(1, rank - 1))


def channels_last(rank: int) -> tuple[int, ...]:
    """The way back."""
    return (0, *range(2, rank), 1)


class Values(Nodes):
    """The nodes, and for each step of `program` what holds its value."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self.uses = _uses(program)
        self._forms: dict[int, dict[Form, Ref]] = {}
        self._unfolded: dict[int, tuple[Ref, Dims, bool]] = {}
        self._batch: Ref | None = None
        self._counted: str | None = None

    # ------------------------------------------------------------------------------------------- holding

    def put(self, step: Step, ref: Ref, first: bool = False, kind: int = FLOAT) -> None:
        """That is the step's value."""
        self._forms.setdefault(step.number, {})[Form(first and len(step.shape) > 2, kind)] = ref

    def put_unfolded(self, step: Step, ref: Ref, shape: Dims, first: bool = False) -> None:
        """That holds the step's elements, under another shape."""
        self._unfolded[step.number] = ref, shape, first

    def unfolded(self, number: int, shape: Dims) -> tuple[Ref, bool] | None:
        """The elements under that shape and whether channels come first, where the step has them under another one."""
        ref, own, first = self._unfolded.get(number, (None, (), False))
        if ref is None or (first and (own[0], own[-1]) != (shape[0], shape[-1])):
            return None
        return self.reshaped(ref, in_order(own, first), in_order(shape, first)), first

    def is_unfolded(self, number: int) -> bool:
        """Whether the step's elements are there under another shape alone."""
        return number in self._unfolded and not self._forms.get(number)

    def behind_reshapes(self, number: int) -> Step:
        """What the value is before it is reshaped, by steps that nothing else reads."""
        step = self.program[number]
        while step.op == "reshape" and self.uses[step.number] == 1:
            step = self.program[step.inputs[0]]
        return step

    def get(self, number: int, first: bool = False, kind: int = FLOAT) -> Ref:
        """The step's value, held as asked."""
        rank = len(self.program[number].shape)
        wanted = Form(first and rank > 2, kind)
        forms = self._forms.setdefault(number, {})
        if wanted not in forms:
            forms[wanted] = self._made(number, wanted, rank)
        return forms[wanted]

    def _made(self, number: int, wanted: Form, rank: int) -> Ref:
        forms = self._forms[number]
        if not forms:
            ref, shape, first = self._unfolded[number]
            after = in_order(self.program[number].shape, first)
            forms[Form(first, FLOAT)] = self.reshaped(ref, in_order(shape, first), after)
            return self.get(number, *wanted)
        other = next((k for k in KINDS if Form(wanted.first, k) in forms), None)
        if other is not None:
            return self.add("Cast", forms[Form(wanted.first, other)], to=wanted.kind)
        kind = wanted.kind if Form(not wanted.first, wanted.kind) in forms else next(f.kind for f in forms)
        moved = self.transposed(
            forms[Form(not wanted.first, kind)], channels_first(rank) if wanted.first else channels_last(rank)
        )
        if kind == wanted.kind:
            return moved
        forms[Form(wanted.first, kind)] = moved
        return self.get(number, *wanted)

    def known(self, number: int) -> Const | None:
        """The step's value, where it depends on no input."""
        if not any(isinstance(ref, Const) for ref in self._forms.get(number, {}).values()):
            return None
        ref = self.get(number)
        assert isinstance(ref, Const)  # what is made of a known tensor is known
        return ref

    # ------------------------------------------------------------------------------------------- which way

    def lies_first(self, number: int) -> bool:
        """Whether the value is there with its channels first, and not last."""
        forms = self._forms.get(number, {})
        return any(f.first for f in forms) and not any(not f.first for f in forms)

    def goes_first(self, step: Step, *inputs: int) -> bool:
        """Whether the step had better be taken with channels first, so that less is transposed."""
        rank = len(step.shape)
        computed = [n for n in inputs or step.inputs if self.known(n) is None and self.program[n].shape]
        if rank < 3 or not computed or any(len(self.program[n].shape) != rank for n in computed):
            return False
        forms = [{f.first for f in self._forms.get(n, {})} for n in computed]
        first, last = (sum(way in own for own in forms) for way in (True, False))
        return first > 0 and first >= last

    def operand(self, number: int, rank: int, first: bool, kind: int = FLOAT) -> Ref:
        """The value as it is broadcast to others of `rank` axes."""
        shape = self.program[number].shape
        if not first or not shape or len(shape) == rank:
            return self.get(number, first, kind)
        ref = self.get(number, False, kind)
        assert isinstance(ref, Const)
        full = ref.reshaped((1,) * (rank - len(shape)) + ref.array.shape).transposed(channels_first(rank))
        while full.array.ndim > 1 and full.array.shape[0] == 1:
            full = full.reshaped(full.array.shape[1:])
        return full

    def axis(self, axis: int, rank: int, first: bool) -> int:
        """Where an axis lies."""
        return channels_first(rank).index(axis) if first else axis

    # ------------------------------------------------------------------------------------------- shapes

    def transposed(self, ref: Ref, axes: Sequence[int]) -> Ref:
        """The axes in another order."""
        if tuple(axes) == tuple(range(len(axes))):
            return ref
        return ref.transposed(axes) if isinstance(ref, Const) else self.add("Transpose", ref, perm=list(axes))

    def reshaped(self, ref: Ref, before: Dims, after: Dims) -> Ref:
        """The same elements under another shape."""
        if before == after:
            return ref
        if isinstance(ref, Const):
            return ref.reshaped([int(n) for n in after])  # type: ignore[arg-type]
        if len(after) == 2 and len(before) > 2 and before[0] == after[0]:
            return self.add("Flatten", ref, axis=1)
        kept = [0 if isinstance(n, Samples) and i < len(before) and before[i] == n else n for i, n in enumerate(after)]
        free = [i for i, n in enumerate(kept) if isinstance(n, Samples)]
        if len(free) == 1:
            kept[free[0]] = -1
        return self.add("Reshape", ref, self.shape(kept))

    def shape(self, dims: Sequence[Dim]) -> Ref:
        """The numbers as a vector; those that count samples are computed from the batch."""
        if not any(isinstance(n, Samples) for n in dims):
            return whole([int(n) for n in dims])  # type: ignore[arg-type]
        return self.add("Concat", *(self._count(n) for n in dims), axis=0)

    def _count(self, n: Dim) -> Ref:
        if not isinstance(n, Samples):
            return whole([n])
        each = self.batch if n.each == 1 else self.add("Mul", self.batch, whole([n.each]))
        return each if n.more == 0 else self.add("Add", each, whole([n.more]))

    def counted_by(self, name: str) -> None:
        """That input of the graph tells how many samples there are."""
        self._counted = self._counted or name

    @property
    def batch(self) -> Ref:
        """How many samples there are, a vector of one number."""
        if self._batch is None:
            assert self._counted is not None
            with self.at("batch"):
                self._batch = self.add("Shape", self._counted, start=0, end=1)
        return self._batch

    def expanded(self, ref: Ref, before: Dims, after: Dims) -> Ref:
        """Repeated to a shape."""
        own = (1,) * (len(after) - len(before)) + before
        if own == after:
            return self.reshaped(ref, before, after)
        return self.add("Expand", ref, self.shape([1 if n == m else m for n, m in zip(own, after, strict=True)]))


def in_order(dims: tuple[T, ...], first: bool) -> tuple[T, ...]:
    """The sizes as they lie."""
    return tuple(dims[a] for a in channels_first(len(dims))) if first and len(dims) > 2 else dims


def _uses(program: Program) -> dict[int, int]:
    counts = dict.fromkeys(program.by_number, 0)
    for number in (*(n for s in program.steps for n in s.inputs), *program.outputs.values()):
        counts[number] += 1
    return counts
