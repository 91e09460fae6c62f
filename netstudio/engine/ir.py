"""The engine's own graph: values, each made by one operation from other values.

A `Builder` makes values and shares equal ones. Nothing is computed here: a built program is differentiated
(autodiff), rewritten (fuse), ordered (schedule), laid out in memory (memory) and turned into a tape (program).
Shapes include the batch axis and are known.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction

Shape = tuple[int, ...]


class Op:
    """One kind of operation: its shape rule, its derivative, and the kernels it runs. One object a kind.

    `pure` operations of equal inputs and attributes are one value. A `view` shares its first input's memory, from the
    element attrs["offset"] on, or from the first.
    """

    name = ""
    pure = True
    view = False

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        """The output's shape."""
        raise TypeError(f"{self.name} has no shape rule")

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        """The gradient of each input, from the output's gradient `g`; None where there is none."""
        raise TypeError(f"{self.name} has no derivative")

    def by_row(self, y: Value) -> Sequence[bool] | None:
        """Of each input, whether a share of the output's rows needs the same share of its rows, or all of it.

        Rows are the first axis. None where the output can't be computed a few rows at a time.
        """
        return None

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        """How many elements of workspace the kernels need."""
        return 0

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        """The kernel calls that compute `y`."""
        raise TypeError(f"{self.name} computes nothing")

    def pace(self, y: Value) -> float:
        """About how many nanoseconds one element takes that is read or written, products apart."""
        return 0.15

    def multiply_adds(self, y: Value) -> int:
        """The products that are summed to compute `y`; 0 where it is no product of tensors."""
        return 0


class Value:
    """A tensor of a program; `node` is the document's node that it was made for."""

    __slots__ = ("attrs", "builder", "inputs", "node", "number", "op", "shape")

    def __init__(
        self,
        builder: Builder,
        op: Op,
        inputs: tuple[Value, ...],
        attrs: Mapping[str, Any],
        shape: Shape,
        node: str | None,
    ) -> None:
        self.builder, self.op, self.inputs, self.attrs, self.shape, self.node = builder, op, inputs, attrs, shape, node
        self.number = builder.next_number()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        size = 1
        for n in self.shape:
            size *= n
        return size

    def __add__(self, other: Any) -> Value:
        return self.builder.elementwise("add", self, other)

    def __radd__(self, other: Any) -> Value:
        return self.builder.elementwise("add", other, self)

    def __sub__(self, other: Any) -> Value:
        return self.builder.elementwise("sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return self.builder.elementwise("sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return self.builder.elementwise("mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return self.builder.elementwise("mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return self.builder.elementwise("div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return self.builder.elementwise("div", other, self)

    def __neg__(self) -> Value:
        return self.builder.elementwise("neg", self)

    def __matmul__(self, other: Any) -> Value:
        return self.builder.matmul(self, other)

    def __repr__(self) -> str:
        return f"%{self.number}:{self.op.name}{list(self.shape)}({', '.join(f'%{v.number}' for v in self.inputs)})"


Axes = int | Sequence[int] | None


class Builder:
    """Makes values. Its methods are the operations of `netstudio.ops.Ops`, those that need no node."""

    def __init__(self) -> None:
        self._count = 0
        self._shared: dict[Any, Value] = {}
        self._streams = 0
        self.node: str | None = None

    def next_number(self) -> int:
        self._count += 1
        return self._count

    def make(self, op: Op, *inputs: Value, **attrs: Any) -> Value:
        """A value of that operation; an equal one that exists is given again."""
        key = (id(op), tuple(v.number for v in inputs), tuple(sorted(attrs.items()))) if op.pure else None
        if key is not None and key in self._shared:
            return self._shared[key]
        value = Value(self, op, inputs, attrs, op.infer(inputs, attrs), self.node)
        if key is not None:
            self._shared[key] = value
        return value

    @contextmanager
    def at(self, node: str | None) -> Iterator[None]:
        """Values made inside belong to that node of the document."""
        before, self.node = self.node, node
        try:
            yield
        finally:
            self.node = before

    # ------------------------------------------------------------------------------------------------ sources

    def constant(self, value: Any) -> Value:
        array = np.asarray(value, dtype=np.float64)
        if array.ndim == 0:
            return self.make(sources.CONSTANT, value=float(array))
        return self.make(sources.ARRAY, shape=array.shape, data=array.tobytes())

    def random_uniform(self, shape: Sequence[int]) -> Value:
        return self._random("uniform", shape)

    def random_normal(self, shape: Sequence[int]) -> Value:
        return self._random("normal", shape)

    def _random(self, distribution: str, shape: Sequence[int]) -> Value:
        self._streams += 1
        return self.make(random.RANDOM, distribution=distribution, shape=tuple(shape), stream=self._streams)

    # ------------------------------------------------------------------------------------------------ elementwise

    def elementwise(self, op: str, *inputs: Value | float) -> Value:
        values = [v if isinstance(v, Value) else self.constant(v) for v in cast(Sequence[Any], inputs)]
        return elementwise.simplified(self, op, values) or self.make(elementwise.OPS[op], *values)

    def exp(self, x: Value) -> Value:
        return self.elementwise("exp", x)

    def log(self, x: Value) -> Value:
        return self.elementwise("log", x)

    def sqrt(self, x: Value) -> Value:
        return self.elementwise("sqrt", x)

    def rsqrt(self, x: Value) -> Value:
        return self.elementwise("rsqrt", x)

    def square(self, x: Value) -> Value:
        return self.elementwise("square", x)

    def abs(self, x: Value) -> Value:
        return self.elementwise("abs", x)

    def sign(self, x: Value) -> Value:
        return self.elementwise("sign", x)

    def tanh(self, x: Value) -> Value:
        return self.elementwise("tanh", x)

    def sigmoid(self, x: Value) -> Value:
        return self.elementwise("sigmoid", x)

    def softplus(self, x: Value) -> Value:
        return self.elementwise("softplus", x)

    def erf(self, x: Value) -> Value:
        return self.elementwise("erf", x)

    def relu(self, x: Value) -> Value:
        return self.elementwise("relu", x)

    def gelu(self, x: Value) -> Value:
        return self.make(gelu.GELU, x)

    def maximum(self, a: Value | float, b: Value | float) -> Value:
        return self.elementwise("maximum", a, b)

    def minimum(self, a: Value | float, b: Value | float) -> Value:
        return self.elementwise("minimum", a, b)

    def greater(self, a: Value | float, b: Value | float) -> Value:
        return self.elementwise("gt", a, b)

    def equal(self, a: Value | float, b: Value | float) -> Value:
        return self.elementwise("eq", a, b)

    def where(self, condition: Value, a: Value | float, b: Value | float) -> Value:
        return self.elementwise("where", condition, a, b)

    def clip(self, x: Value, low: float, high: float) -> Value:
        return self.elementwise("clip", x, low, high)

    def stop_gradient(self, x: Value) -> Value:
        return self.make(movement.STOP_GRADIENT, x)

    # ------------------------------------------------------------------------------------------------ reductions

    def sum(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value:
        return self._reduce("sum", x, axes, keepdims)

    def max(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value:
        return self._reduce("max", x, axes, keepdims)

    def min(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value:
        return self._reduce("min", x, axes, keepdims)

    def mean(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value:
        total = self.sum(x, axes, keepdims)
        return total * (total.size / x.size)

    def _reduce(self, kind: str, x: Value, axes: Axes, keepdims: bool) -> Value:
        which = normal_axes(axes, x.ndim)
        kept = tuple(1 if i in which else n for i, n in enumerate(x.shape))
        y = x if all(x.shape[i] == 1 for i in which) else self._reduced(kind, x, which)
        shape = kept if keepdims else tuple(n for i, n in enumerate(x.shape) if i not in which)
        return self.reshape(y, shape)

    def _reduced(self, kind: str, x: Value, axes: tuple[int, ...]) -> Value:
        made = reduce.simplified_sum(self, x, axes) if kind == "sum" else None
        return made or self.make(reduce.OPS[kind], x, axes=axes)

    def argmax(self, x: Value) -> Value:
        return self.make(reduce.ARGMAX, x)

    def sum_to(self, x: Value, shape: Shape) -> Value:
        """`x` summed over the axes along which `shape` was broadcast to it."""
        if x.shape == shape:
            return x
        lead = x.ndim - len(shape)
        axes = [*range(lead), *(i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1)]
        return self.reshape(self.sum(x, axes, keepdims=True), shape)

    # ------------------------------------------------------------------------------------------------ products

    def matmul(self, a: Value, b: Value, transpose_a: bool = False, transpose_b: bool = False) -> Value:
        return matmul.build(self, a, b, transpose_a, transpose_b)

    def conv2d(
        self,
        x: Value,
        kernel: Value,
        strides: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
        dilation: tuple[int, int] = (1, 1),
        groups: int = 1,
    ) -> Value:
        return self.make(conv2d.CONV2D, x, kernel, strides=strides, padding=padding, dilation=dilation, groups=groups)

    def conv2d_transpose(
        self,
        x: Value,
        kernel: Value,
        size: tuple[int, int],
        strides: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
        dilation: tuple[int, int] = (1, 1),
    ) -> Value:
        return conv2d_transpose.build(self, x, kernel, size, strides=strides, padding=padding, dilation=dilation)

    def max_pool2d(
        self, x: Value, size: tuple[int, int], strides: tuple[int, int], padding: tuple[int, int, int, int]
    ) -> Value:
        if x.op is elementwise.OPS["relu"]:  # it rises only: it may follow, where there are fewer cells
            return self.relu(self.max_pool2d(x.inputs[0], size, strides, padding))
        return self.make(pool2d.MAX_POOL, x, size=size, strides=strides, padding=padding)

    def average_pool2d(
        self, x: Value, size: tuple[int, int], strides: tuple[int, int], padding: tuple[int, int, int, int]
    ) -> Value:
        return self.make(pool2d.AVERAGE_POOL, x, size=size, strides=strides, padding=padding)

    def einsum(self, subscripts: str, x: Value, w: Value) -> Value:
        return self.make(einsum.EINSUM, x, w, subscripts=subscripts)

    # ------------------------------------------------------------------------------------------------ sequences

    def lstm(self, x: Value, kernel: Value, recurrent_kernel: Value, bias: Value | None, every: bool) -> Value:
        return recurrent.build(self, "lstm", x, kernel, recurrent_kernel, bias, every)

    def gru(self, x: Value, kernel: Value, recurrent_kernel: Value, bias: Value | None, every: bool) -> Value:
        return recurrent.gru(self, x, kernel, recurrent_kernel, bias, every)

    def simple_rnn(self, x: Value, kernel: Value, recurrent_kernel: Value, bias: Value | None, every: bool) -> Value:
        return recurrent.build(self, "simple", x, kernel, recurrent_kernel, bias, every)

    # ------------------------------------------------------------------------------------------------ last axis

    def layer_norm(self, x: Value, gamma: Value, beta: Value, epsilon: float) -> Value:
        return self.make(normalization.LAYER_NORM, x, gamma, beta, epsilon=epsilon)

    def moments(self, x: Value) -> tuple[Value, Value]:
        both = self.make(normalization.MOMENTS, x)
        return (
            self.make(normalization.MEAN, both, x),
            self.make(normalization.VARIANCE, both, x, offset=x.shape[-1]),
        )

    def softmax(self, x: Value) -> Value:
        return self.make(softmax.SOFTMAX, x)

    def log_softmax(self, x: Value) -> Value:
        return self.make(softmax.LOG_SOFTMAX, x)

    def sparsemax(self, x: Value) -> Value:
        return self.make(sparsemax.SPARSEMAX, x)

    def softmax_cross_entropy(self, logits: Value, target: Value) -> Value:
        return self.make(cross_entropy.DENSE, logits, self.broadcast_to(target, logits.shape))

    def sparse_softmax_cross_entropy(self, logits: Value, labels: Value) -> Value:
        return self.make(cross_entropy.SPARSE, logits, labels)

    def logits(self, x: Value, activation: str) -> Value | None:
        made_by = {"softmax": softmax.SOFTMAX, "sigmoid": elementwise.OPS["sigmoid"]}[activation]
        return x.inputs[0] if x.op is made_by else None

    # ------------------------------------------------------------------------------------------------ movement

    def reshape(self, x: Value, shape: Sequence[int]) -> Value:
        wanted = tuple(shape)
        if wanted == x.shape:
            return x
        if x.op is sources.CONSTANT:
            return self.broadcast_to(x, wanted)
        if x.op is elementwise.BROADCAST and x.inputs[0].size == 1:
            return self.broadcast_to(self.reshape(x.inputs[0], ()), wanted)
        while x.op is movement.RESHAPE:
            x = x.inputs[0]
        return x if x.shape == wanted else self.make(movement.RESHAPE, x, shape=wanted)

    def transpose(self, x: Value, axes: Sequence[int]) -> Value:
        if tuple(axes) == tuple(range(x.ndim)):
            return x
        return self.make(movement.TRANSPOSE, x, axes=tuple(axes))

    def concatenate(self, values: Sequence[Value], axis: int) -> Value:
        return self.make(movement.CONCATENATE, *values, axis=axis % values[0].ndim)

    def slice(self, x: Value, axis: int, start: int, stop: int, step: int = 1) -> Value:
        axis %= x.ndim
        count = len(range(start, stop, step))
        return self.make(
            movement.SLICE,
            x,
            starts=tuple(start if i == axis else 0 for i in range(x.ndim)),
            steps=tuple(step if i == axis else 1 for i in range(x.ndim)),
            shape=(*x.shape[:axis], count, *x.shape[axis + 1 :]),
        )

    def crop(self, x: Value, before: Sequence[int], after: Sequence[int]) -> Value:
        shape = tuple(n - p - q for n, p, q in zip(x.shape, before, after, strict=True))
        if shape == x.shape:
            return x
        return self.make(movement.SLICE, x, starts=tuple(before), steps=(1,) * x.ndim, shape=shape)

    def pad(self, x: Value, before: Sequence[int], after: Sequence[int]) -> Value:
        shape = tuple(n + p + q for n, p, q in zip(x.shape, before, after, strict=True))
        if shape == x.shape:
            return x
        return self.make(movement.PLACE, x, starts=tuple(before), steps=(1,) * x.ndim, shape=shape)

    def gather(self, table: Value, numbers: Value) -> Value:
        return self.make(gather.GATHER, table, numbers)

    def warp(self, images: Value, maps: Value, fill: str = "nearest", nearest: bool = False) -> Value:
        return self.make(warp.WARP, images, maps, fill=fill, nearest=nearest)

    def paste(self, images: Value, other: Value, boxes: Value) -> Value:
        return self.make(paste.PASTE, images, other, boxes)

    def part(self, x: Value, offset: int, shape: Sequence[int]) -> Value:
        """The elements of `x` from number `offset` on, which lie in one piece, under a shape of their own."""
        if offset == 0 and tuple(shape) == x.shape:
            return x
        return self.make(movement.PART, x, offset=offset, shape=tuple(shape))

    def broadcast_to(self, x: Value, shape: Sequence[int]) -> Value:
        if tuple(shape) == x.shape:
            return x
        if x.op is elementwise.BROADCAST:
            return self.broadcast_to(x.inputs[0], shape)
        return self.make(elementwise.BROADCAST, self.trimmed(x), shape=tuple(shape))

    def trimmed(self, x: Value) -> Value:
        """`x` without leading axes of size 1, which broadcasting does not need: equal shapes make longer chains."""
        return self.reshape(x, tuple(itertools.dropwhile(lambda n: n == 1, x.shape)))


def normal_axes(axes: Axes, ndim: int) -> tuple[int, ...]:
    """Axes as sorted non-negative numbers; None means all."""
    if axes is None:
        return tuple(range(ndim))
    if isinstance(axes, int):
        axes = (axes,)
    return tuple(sorted({a % ndim for a in axes}))


# The operations need Value and Op, and Builder needs them.
from netstudio.engine.ops import (  # noqa: E402
    conv2d,
    conv2d_transpose,
    cross_entropy,
    einsum,
    elementwise,
    gather,
    gelu,
    matmul,
    movement,
    normalization,
    paste,
    pool2d,
    random,
    recurrent,
    reduce,
    softmax,
    sources,
    sparsemax,
    warp,
)
