"""The language of operations in plain NumPy, computed at once: the slow, obvious twin of the engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

UNARY = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1.0 / np.sqrt(x),
    "square": np.square,
    "abs": np.abs,
    "sign": np.sign,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "erf": np.vectorize(math.erf),
    "relu": lambda x: np.maximum(x, 0.0),
    "gelu": np.vectorize(lambda x: x / 2 * math.erfc(-x / math.sqrt(2)), [float]),
}
COMPARING = {
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


class NumpyOps:
    """`weights` are the node's; what `update` is told is in `updates`."""

    def __init__(self, weights: Mapping[str, Array] | None = None, training: bool = False, seed: int = 0) -> None:
        self.weights, self.training = dict(weights or {}), training
        self.updates: dict[str, Array] = {}
        self.specs: tuple[Any, ...] = ()
        self.masks: tuple[Array | None, ...] = ()
        self.made_masks: dict[int, Array] = {}
        self.penalty: Any = 0.0
        self._rng = np.random.default_rng(seed)
        self._outer: NumpyOps | None = None
        self._made: list[tuple[str, Array, Array]] = []

    def __getattr__(self, name: str) -> Any:
        if name in UNARY:
            return UNARY[name]
        raise AttributeError(name)

    def weight(self, name: str) -> Array:
        return self.weights[name]

    def set_mask(self, mask: Array, output: int = 0) -> None:
        self.made_masks[output] = mask

    def output_masks(self, outputs: Sequence[Array], masked: Sequence[bool]) -> tuple[Array | None, ...]:
        coming = next((mask for mask in self.masks if mask is not None), None)
        return tuple(self.made_masks.get(n, coming) if flag else None for n, flag in enumerate(masked))

    def inside(self, facts: Any, masks: Sequence[Array | None] = ()) -> NumpyOps:
        """The operations of a node inside, with the weights under its id."""
        start = f"{facts.node.id}/"
        own = {k.removeprefix(start): w for k, w in self.weights.items() if k.startswith(start)}
        inner = NumpyOps(own, self.training)
        inner.masks, inner.specs = tuple(masks), facts.known_inputs
        inner._rng, inner._outer = self._rng, self
        return inner

    def update(self, name: str, value: Array) -> None:
        self.updates[name] = value

    def add_loss(self, value: Array) -> None:
        self.penalty += value
        if self._outer is not None:
            self._outer.add_loss(value)

    def constant(self, value: Any) -> Array:
        return np.asarray(value, dtype=np.float64)

    def random_uniform(self, shape: Sequence[int]) -> Array:
        return self._rng.random(tuple(shape))

    def random_normal(self, shape: Sequence[int]) -> Array:
        return self._rng.standard_normal(tuple(shape))

    def elementwise(self, op: str, *inputs: Any) -> Array:
        if op in COMPARING:
            return COMPARING[op](*inputs).astype(np.float64)
        return np.power(*inputs) if op == "pow" else UNARY[op](*inputs)

    def maximum(self, a: Any, b: Any) -> Array:
        return np.maximum(a, b)

    def minimum(self, a: Any, b: Any) -> Array:
        return np.minimum(a, b)

    def greater(self, a: Any, b: Any) -> Array:
        return self.elementwise("gt", a, b)

    def equal(self, a: Any, b: Any) -> Array:
        return self.elementwise("eq", a, b)

    def where(self, condition: Array, a: Any, b: Any) -> Array:
        return np.where(condition != 0, a, b)

    def clip(self, x: Array, low: float, high: float) -> Array:
        return np.clip(x, low, high)

    def each(self, function: Any, *vectors: Array) -> tuple[Array, ...]:
        """For an optimizer: this twin works on one weight at a time."""
        return tuple(function("node/weight", *vectors))

    def stop_gradient(self, x: Array) -> Array:
        return x

    def sum(self, x: Array, axes: Any = None, keepdims: bool = False) -> Array:
        return np.sum(x, _axes(axes), keepdims=keepdims)

    def mean(self, x: Array, axes: Any = None, keepdims: bool = False) -> Array:
        return np.mean(x, _axes(axes), keepdims=keepdims)

    def max(self, x: Array, axes: Any = None, keepdims: bool = False) -> Array:
        return np.max(x, _axes(axes), keepdims=keepdims)

    def min(self, x: Array, axes: Any = None, keepdims: bool = False) -> Array:
        return np.min(x, _axes(axes), keepdims=keepdims)

    def argmax(self, x: Array) -> Array:
        return np.argmax(x, -1).astype(np.float64)

    def sigmoid(self, x: Array) -> Array:
        return self._remember("sigmoid", UNARY["sigmoid"](x), x)

    def softmax(self, x: Array) -> Array:
        return self._remember("softmax", np.exp(self.log_softmax(x)), x)

    def log_softmax(self, x: Array) -> Array:
        x = x - x.max(-1, keepdims=True)
        return x - np.log(np.exp(x).sum(-1, keepdims=True))

    def sparsemax(self, x: Array) -> Array:
        return sparsemax(x)

    def layer_norm(self, x: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
        return gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon) + beta

    def moments(self, x: Array) -> tuple[Array, Array]:
        axes = tuple(range(x.ndim - 1))
        return x.mean(axes), x.var(axes)

    def matmul(self, a: Array, b: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
        return (np.swapaxes(a, -1, -2) if transpose_a else a) @ (np.swapaxes(b, -1, -2) if transpose_b else b)

    def einsum(self, subscripts: str, x: Array, w: Array) -> Array:
        return np.einsum(subscripts, x, w)

    def lstm(self, x: Array, kernel: Array, recurrent_kernel: Array, bias: Array | None, every: bool) -> Array:
        h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
        shown = []
        for step in x:
            i, f, g, o = np.split(step @ kernel + h @ recurrent_kernel + (0.0 if bias is None else bias), 4, -1)
            c = UNARY["sigmoid"](f) * c + UNARY["sigmoid"](i) * np.tanh(g)
            h = UNARY["sigmoid"](o) * np.tanh(c)
            shown.append(h)
        return np.stack(shown) if every else h

    def gru(self, x: Array, kernel: Array, recurrent_kernel: Array, bias: Array | None, every: bool) -> Array:
        h, shown = np.zeros((x.shape[1], len(recurrent_kernel))), []
        of_x, of_h = np.zeros((2, kernel.shape[1])) if bias is None else bias
        for step in x:
            z, r, new = np.split(step @ kernel + of_x, 3, -1)
            z_back, r_back, new_back = np.split(h @ recurrent_kernel + of_h, 3, -1)
            z, r = UNARY["sigmoid"](z + z_back), UNARY["sigmoid"](r + r_back)
            h = z * h + (1.0 - z) * np.tanh(new + r * new_back)
            shown.append(h)
        return np.stack(shown) if every else h

    def simple_rnn(self, x: Array, kernel: Array, recurrent_kernel: Array, bias: Array | None, every: bool) -> Array:
        h, shown = np.zeros((x.shape[1], len(recurrent_kernel))), []
        for step in x:
            h = np.tanh(step @ kernel + h @ recurrent_kernel + (0.0 if bias is None else bias))
            shown.append(h)
        return np.stack(shown) if every else h

    def softmax_cross_entropy(self, logits: Array, target: Array) -> Array:
        return -(target * self.log_softmax(logits)).sum(-1)

    def sparse_softmax_cross_entropy(self, logits: Array, labels: Array) -> Array:
        picked = np.take_along_axis(self.log_softmax(logits), labels[..., None].astype(int), -1)
        return -picked[..., 0]

    def _remember(self, activation: str, result: Array, logits: Array) -> Array:
        self._made.append((activation, result, logits))
        return result

    def logits(self, x: Array, activation: str) -> Array | None:
        return next((z for kind, y, z in self._made if kind == activation and y is x), None)

    def reshape(self, x: Array, shape: Sequence[int]) -> Array:
        return x.reshape(tuple(shape))

    def slice(self, x: Array, axis: int, start: int, stop: int, step: int = 1) -> Array:
        return np.take(x, range(start, stop, step), axis)

    def crop(self, x: Array, before: Sequence[int], after: Sequence[int]) -> Array:
        return x[tuple(slice(p, n - q) for n, p, q in zip(x.shape, before, after))]

    def pad(self, x: Array, before: Sequence[int], after: Sequence[int]) -> Array:
        return np.pad(x, list(zip(before, after)))

    def gather(self, table: Array, numbers: Array) -> Array:
        return table[numbers.astype(int)]

    def transpose(self, x: Array, axes: Sequence[int]) -> Array:
        return x.transpose(tuple(axes))

    def broadcast_to(self, x: Array, shape: Sequence[int]) -> Array:
        return np.broadcast_to(x, tuple(shape))

    def concatenate(self, values: Sequence[Array], axis: int) -> Array:
        return np.concatenate(values, axis)

    def conv2d(self, x: Array, kernel: Array, strides: Any, padding: Any, dilation: Any, groups: int) -> Array:
        x = _padded(x, padding, 0.0)
        outputs = kernel.shape[-1] // groups
        parts = []
        for g in range(groups):
            channels = slice(g * kernel.shape[2], (g + 1) * kernel.shape[2])
            k = kernel[..., g * outputs : (g + 1) * outputs]
            windows = _windows(x[..., channels], kernel.shape[:2], strides, dilation)
            parts.append(np.einsum("nijabc,abco->nijo", windows, k))
        return np.concatenate(parts, -1)

    def conv2d_transpose(self, x: Array, kernel: Array, size: Any, strides: Any, padding: Any, dilation: Any) -> Array:
        """Every input pixel adds its window to an output with its margin, which is then cut off."""
        top, bottom, left, right = padding
        y = np.zeros((len(x), size[0] + top + bottom, size[1] + left + right, kernel.shape[2]))
        for i, j, a, b in np.ndindex(*x.shape[1:3], *kernel.shape[:2]):
            y[:, i * strides[0] + a * dilation[0], j * strides[1] + b * dilation[1]] += x[:, i, j] @ kernel[a, b].T
        return y[:, top : top + size[0], left : left + size[1]]

    def max_pool2d(self, x: Array, size: Any, strides: Any, padding: Any) -> Array:
        return _windows(_padded(x, padding, -np.inf), size, strides, (1, 1)).max((3, 4))

    def average_pool2d(self, x: Array, size: Any, strides: Any, padding: Any) -> Array:
        return np.nanmean(_windows(_padded(x, padding, np.nan), size, strides, (1, 1)), (3, 4))


def _axes(axes: Any) -> Any:
    return axes if axes is None or isinstance(axes, int) else tuple(axes)


def sparsemax(x: Array) -> Array:
    """By sorting, as in the paper's algorithm 1, along the last axis."""
    falling = -np.sort(-x, -1)
    excess = falling.cumsum(-1) - 1.0
    support = (np.arange(1, x.shape[-1] + 1) * falling > excess).sum(-1, keepdims=True)
    return np.maximum(x - np.take_along_axis(excess, support - 1, -1) / support, 0.0)


def _padded(x: Array, padding: tuple[int, int, int, int], value: float) -> Array:
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)


def _windows(x: Array, size: Any, strides: Any, dilation: Any) -> Array:
    """(N, rows, columns, window height, window width, C), one window after another."""
    spans = [(s - 1) * d + 1 for s, d in zip(size, dilation)]
    rows = range(0, x.shape[1] - spans[0] + 1, strides[0])
    columns = range(0, x.shape[2] - spans[1] + 1, strides[1])

    def window(i: int, j: int) -> Array:
        return x[:, i : i + spans[0] : dilation[0], j : j + spans[1] : dilation[1]]

    return np.stack([np.stack([window(i, j) for j in columns], 1) for i in rows], 1)
