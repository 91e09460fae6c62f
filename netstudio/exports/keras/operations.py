"""What no layer of Keras does, written in `keras.ops`: a node as the operations that NetStudio computes it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import ExportError
from netstudio.exports.keras.net import Arrays, Made, Net, Part, Shape, Tensor
from netstudio.exports.program import Program, Samples, Step

# Where Keras keeps the classes of its operations; the name in capitals is the class's.
MODULES = {
    **dict.fromkeys(
        (
            *("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "negative", "absolute", "sign"),
            *("exp", "expm1", "log", "log1p", "sqrt", "square", "reciprocal", "sin", "cos", "tanh", "floor", "round"),
            *("isfinite", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "where", "clip"),
            *("sum", "mean", "max", "min", "any", "reshape", "transpose", "concatenate", "stack", "split", "get_item"),
            *(
                "matmul",
                "einsum",
                "pad",
                "take",
                "zeros_like",
                "copy",
                "logical_or",
                "logical_and",
                "sort",
                "cumsum",
                "flip",
            ),
        ),
        "numpy",
    ),
    **dict.fromkeys(
        (
            *("sigmoid", "softplus", "relu", "gelu", "softmax", "log_softmax", "celu", "glu"),
            *("hard_shrink", "soft_shrink", "threshold", "squareplus"),
        ),
        "nn",
    ),
    **dict.fromkeys(("rsqrt", "erf"), "math"),
    "cast": "core",
}
SAME = {
    **{name: name for name in ("exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos")},
    **{name: name for name in ("tanh", "sigmoid", "softplus", "erf", "relu", "floor", "round", "add", "maximum")},
    **{name: name for name in ("minimum", "sign")},
    "neg": "negative",
    "abs": "absolute",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "pow": "power",
}
QUESTIONS = {
    "gt": "greater",
    "ge": "greater_equal",
    "lt": "less",
    "le": "less_equal",
    "eq": "equal",
    "ne": "not_equal",
    "is_finite": "isfinite",
}
Operand = Tensor | float | NDArray[Any]


class Operations:
    """Operations of a node, added to a net."""

    def __init__(self, net: Net, name: str, node: str) -> None:
        self.net, self.name, self.node = net, name, node

    def __call__(self, op: str, *args: Any, shape: Shape = (), dtype: str = "float32", **params: Any) -> Tensor:
        """One operation with one output."""
        return self.several(op, args, (shape,), dtype, **params)[0]

    def several(
        self, op: str, args: Sequence[Any], shapes: Sequence[Shape], dtype: str = "float32", **params: Any
    ) -> tuple[Tensor, ...]:
        """One operation with as many outputs as there are shapes."""
        if op == "cast":
            params = {"dtype": dtype}
        part = self.net.part(f"{self.name}_{op}", Made("ops", op, params), self.node)
        return self.net.call(part, args, {}, shapes, dtype)


def written_out(
    ops: Operations, made: Program, inputs: Mapping[str, Tensor], weights: Arrays, trainable: bool
) -> dict[str, Tensor]:
    """The program's outputs, by name, as operations on the inputs. ExportError where there is no operation for one."""
    return _Writer(ops, made, inputs, weights, trainable).outputs()


class _Writer:
    def __init__(
        self, ops: Operations, made: Program, inputs: Mapping[str, Tensor], weights: Arrays, trainable: bool
    ) -> None:
        self.ops, self.made, self.inputs, self.weights, self.trainable = ops, made, inputs, weights, trainable
        self.values: dict[int, Operand] = {}
        self._nothing: Tensor | None = None

    def outputs(self) -> dict[str, Tensor]:
        for step in self.made.steps:
            self.values[step.number] = self._of(step)
        return {name: self._tensor(self.values[number]) for name, number in self.made.outputs.items()}

    def _of(self, s: Step) -> Operand:
        args = [self.values[number] for number in s.inputs]
        shape = tuple(None if isinstance(n, Samples) else n for n in s.shape)
        if s.op in SAME:
            return self.ops(SAME[s.op], *self._some_tensor(args), shape=shape)
        if s.op in QUESTIONS:
            answer = self.ops(QUESTIONS[s.op], *self._some_tensor(args), shape=shape, dtype="bool")
            return self.ops("cast", answer, shape=shape, dtype="float32")
        rule = RULES.get(s.op)
        if rule is None:
            raise ExportError(
                f"node {self.ops.node}: Keras has no such layer, and keras.ops no operation {s.op}; "
                "export to onnx or numpy instead"
            )
        return rule(self, s, shape, *args)

    def _tensor(self, value: Operand) -> Tensor:
        """The operand as what Keras computes with."""
        if isinstance(value, Tensor):
            return value
        return self.ops("add", self.nothing, value, shape=np.shape(value))

    def _some_tensor(self, args: Sequence[Operand]) -> list[Operand]:
        """Operands of which one is a tensor, without which nothing is an operation of the model."""
        if any(isinstance(a, Tensor) for a in args):
            return list(args)
        return [self._tensor(args[0]), *args[1:]]

    @property
    def nothing(self) -> Tensor:
        """The number 0, made from an input: a tensor of a model has to come from one."""
        if self._nothing is None:
            first = self._as_float(next(iter(self.inputs.values())))
            self._nothing = self.ops("zeros_like", self.ops("sum", first, axis=None, keepdims=False))
        return self._nothing

    def _as_float(self, x: Tensor) -> Tensor:
        return x if x.dtype == "float32" else self.ops("cast", x, shape=x.shape, dtype="float32")

    def _load(self, s: Step, shape: Shape) -> Operand:
        return self._as_float(self.inputs[s.attrs["id"]])

    def _weight(self, s: Step, shape: Shape) -> Operand:
        """A weight of its own: the one row of an Embedding, which is looked up and given the weight's shape."""
        array = self.weights[s.attrs["name"]]
        sizes = {"input_dim": 1, "output_dim": array.size}
        kept = Made("layers", "Embedding", sizes, needed=tuple(sizes))
        name = f"{self.ops.name}_{s.attrs['name'].partition('/')[2].replace('/', '_')}"
        place = {"vars/0": array.reshape(1, -1)}
        part = self.ops.net.part(name, kept, self.ops.node, weights=place, trainable=self.trainable)
        zero = self.ops("cast", self.nothing, dtype="int32")
        (row,) = self.ops.net.call(part, (zero,), {}, [(array.size,)])
        return row if array.ndim == 1 else self.ops("reshape", row, shape=shape, newshape=list(array.shape))

    def _array(self, s: Step, shape: Shape) -> Operand:
        return np.asarray(s.attrs["array"], np.float32)

    def _constant(self, s: Step, shape: Shape) -> Operand:
        return float(s.attrs["value"])

    def _where(self, s: Step, shape: Shape, condition: Operand, yes: Operand, no: Operand) -> Operand:
        chosen = self.ops("not_equal", self._tensor(condition), 0.0, shape=shape, dtype="bool")
        return self.ops("where", chosen, yes, no, shape=shape)

    def _clip(self, s: Step, shape: Shape, x: Operand, low: Operand, high: Operand) -> Operand:
        return self.ops("minimum", self.ops("maximum", self._tensor(x), low, shape=shape), high, shape=shape)

    def _reshape(self, s: Step, shape: Shape, x: Operand) -> Operand:
        if shape.count(None) > 1:
            raise ExportError(f"node {self.ops.node}: two axes grow with the samples; Keras can't reshape to that")
        return self.ops("reshape", self._tensor(x), shape=shape, newshape=[-1 if n is None else n for n in shape])

    def _transpose(self, s: Step, shape: Shape, x: Operand) -> Operand:
        return self.ops("transpose", self._tensor(x), shape=shape, axes=list(s.attrs["axes"]))

    def _concatenate(self, s: Step, shape: Shape, *parts: Operand) -> Operand:
        return self.ops("concatenate", [self._tensor(x) for x in parts], shape=shape, axis=s.attrs["axis"])

    def _reduce(self, s: Step, shape: Shape, x: Operand) -> Operand:
        return self.ops(s.op, self._tensor(x), shape=shape, axis=list(s.attrs["axes"]), keepdims=True)

    def _slice(self, s: Step, shape: Shape, x: Operand) -> Operand:
        whole = self.made[s.inputs[0]].shape
        cuts = list(zip(whole, s.attrs["starts"], s.attrs["steps"], s.shape, strict=True))
        if all(_cut(*cut) == slice(None) for cut in cuts):
            return x
        turned = [axis for axis, (_, _, step, _) in enumerate(cuts) if step < 0]  # PyTorch takes no steps back
        y = self._tensor(x)
        if turned:
            y = self.ops("flip", y, shape=y.shape, axis=turned)
        return self.ops("get_item", y, [_cut(*cut) for cut in cuts], shape=shape)

    def _copy(self, s: Step, shape: Shape, x: Operand) -> Operand:
        """Repeated along axes: nothing is added to it in the larger shape."""
        grown = x
        if None in shape and not self._has_batch(s):
            first = self._as_float(next(iter(self.inputs.values())))
            axes = list(range(1, len(first.shape)))
            row = self.ops("sum", first, shape=(None,), axis=axes, keepdims=False) if axes else first
            lying = [1 if n is not None else -1 for n in shape]
            zeros = self.ops("zeros_like", self.ops("reshape", row, shape=shape, newshape=lying), shape=shape)
            grown = self.ops("add", zeros, x, shape=shape)
        still = np.zeros([1 if n is None else n for n in shape], np.float32)
        return self.ops("add", self._tensor(grown), still, shape=shape)

    def _has_batch(self, s: Step) -> bool:
        return any(isinstance(n, Samples) for n in self.made[s.inputs[0]].shape)

    def _along_last(self, s: Step, shape: Shape, x: Operand) -> Operand:
        return self.ops(s.op, self._tensor(x), shape=shape, axis=-1)

    def _sparsemax(self, s: Step, shape: Shape, x: Operand) -> Operand:
        return sparsemax(self.ops, self._tensor(x))

    def _gelu(self, s: Step, shape: Shape, x: Operand) -> Operand:
        return self.ops("gelu", self._tensor(x), shape=shape, approximate=False)

    def _matmul(self, s: Step, shape: Shape, x: Operand, w: Operand) -> Operand:
        turned = zip((x, w), (s.attrs["transpose_x"], s.attrs["transpose_w"]), s.inputs)
        sides = [self._turned(self._tensor(v), len(self.made[n].shape)) if t else self._tensor(v) for v, t, n in turned]
        return self.ops("matmul", *sides, shape=shape)

    def _turned(self, x: Tensor, rank: int) -> Tensor:
        axes = [*range(rank - 2), rank - 1, rank - 2]
        return self.ops("transpose", x, shape=(None,) * rank, axes=axes)

    def _einsum(self, s: Step, shape: Shape, *operands: Operand) -> Operand:
        return self.ops("einsum", *map(self._tensor, operands), shape=shape, subscripts=s.attrs["subscripts"])

    def _layer_norm(self, s: Step, shape: Shape, x: Operand, gamma: Operand, beta: Operand) -> Operand:
        x = self._tensor(x)
        apart = self.ops("subtract", x, self._mean(x, shape), shape=shape)
        variance = self._mean(self.ops("square", apart, shape=shape), shape)
        factor = self.ops("rsqrt", self.ops("add", variance, s.attrs["epsilon"], shape=shape), shape=shape)
        scaled = self.ops("multiply", self.ops("multiply", apart, factor, shape=shape), gamma, shape=shape)
        return self.ops("add", scaled, beta, shape=shape)

    def _mean(self, x: Tensor, shape: Shape) -> Tensor:
        return self.ops("mean", x, shape=(*shape[:-1], 1), axis=[-1], keepdims=True)

    def _place(self, s: Step, shape: Shape, x: Operand) -> Operand:
        if any(step != 1 for step in s.attrs["steps"]):
            raise ExportError(f"node {self.ops.node}: it spreads values apart, which keras.ops can't say")
        sizes = zip(s.attrs["starts"], self.made[s.inputs[0]].shape, s.shape, strict=True)
        widths = [[0, 0] if isinstance(n, Samples) else [start, n - start - size] for start, size, n in sizes]
        return self.ops("pad", self._tensor(x), shape=shape, pad_width=widths, mode="constant")

    def _gather(self, s: Step, shape: Shape, table: Operand, numbers: Operand) -> Operand:
        whole = self.ops("cast", self._tensor(numbers), shape=shape[:-1], dtype="int32")
        return self.ops("take", self._tensor(table), whole, shape=shape, axis=0)

    def _same(self, s: Step, shape: Shape, x: Operand) -> Operand:
        return x


RULES: Mapping[str, Callable[..., Operand]] = {
    "load": _Writer._load,
    "weight": _Writer._weight,
    "array": _Writer._array,
    "constant": _Writer._constant,
    "where": _Writer._where,
    "clip": _Writer._clip,
    "reshape": _Writer._reshape,
    "transpose": _Writer._transpose,
    "concatenate": _Writer._concatenate,
    **dict.fromkeys(("sum", "max", "min"), _Writer._reduce),
    "slice": _Writer._slice,
    "copy": _Writer._copy,
    **dict.fromkeys(("softmax", "log_softmax"), _Writer._along_last),
    "sparsemax": _Writer._sparsemax,
    "gelu": _Writer._gelu,
    "matmul": _Writer._matmul,
    "einsum": _Writer._einsum,
    "layer_norm": _Writer._layer_norm,
    "place": _Writer._place,
    "gather": _Writer._gather,
    **dict.fromkeys(("stop_gradient", "leave"), _Writer._same),
}


def places(ops: Operations, x: Tensor, layer: Part) -> Tensor:
    """What an Embedding holds for the numbers 0, 1, 2, ... of the steps of x (batch, steps, features)."""
    batch, steps, features = x.shape
    zeros = ops("zeros_like", ops("sum", x, shape=(batch, steps), axis=[2], keepdims=False), shape=(batch, steps))
    numbers = ops("add", zeros, np.arange(steps or 0, dtype=np.float32), shape=(batch, steps))
    whole = ops("cast", numbers, shape=(batch, steps), dtype="int32")
    return ops.net.call(layer, (whole,), {}, [(batch, steps, features)])[0]


def sparsemax(ops: Operations, x: Tensor) -> Tensor:
    """Along the last axis. Keras 3.15 has a function of that name, whose results do not sum to 1."""
    shape, one = x.shape, (*x.shape[:-1], 1)
    falling = ops("flip", ops("sort", x, shape=shape, axis=-1), shape=shape, axis=-1)
    so_far = ops("cumsum", falling, shape=shape, axis=-1)
    counts = np.arange(1, (shape[-1] or 0) + 1, dtype=np.float32)
    bound = ops("add", ops("multiply", falling, counts, shape=shape), 1.0, shape=shape)
    kept = ops("cast", ops("greater", bound, so_far, shape=shape, dtype="bool"), shape=shape, dtype="float32")
    total = ops("sum", ops("multiply", falling, kept, shape=shape), shape=one, axis=[-1], keepdims=True)
    number = ops("sum", kept, shape=one, axis=[-1], keepdims=True)
    taken = ops("divide", ops("subtract", total, 1.0, shape=one), number, shape=one)
    return ops("relu", ops("subtract", x, taken, shape=shape), shape=shape)


def _cut(size: Any, start: int, step: int, count: Any) -> slice:
    """What a slice takes of an axis of so many cells, which is turned round before where the step is negative."""
    if isinstance(count, Samples) or (start, step, count) == (0, 1, size):
        return slice(None)
    if step < 0:
        start, step = size - 1 - start, -step
    return slice(start, start + (count - 1) * step + 1, None if step == 1 else step)
