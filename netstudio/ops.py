"""The language that layers, losses, metrics and optimizers are written in: values and some thirty operations.

The engine implements it. Shapes here include the batch axis, which comes first. Nothing is computed when an operation
is called: it adds to a program that is differentiated, fused and laid out in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from netstudio.graph.facts import NodeFacts
    from netstudio.graph.tensor import TensorSpec

Axes = int | Sequence[int] | None


class Value(Protocol):
    """A tensor of a program. Arithmetic broadcasts as NumPy's does; a Python number is a constant."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def ndim(self) -> int: ...

    def __add__(self, other: Value | float) -> Value: ...
    def __radd__(self, other: float) -> Value: ...
    def __sub__(self, other: Value | float) -> Value: ...
    def __rsub__(self, other: float) -> Value: ...
    def __mul__(self, other: Value | float) -> Value: ...
    def __rmul__(self, other: float) -> Value: ...
    def __truediv__(self, other: Value | float) -> Value: ...
    def __rtruediv__(self, other: float) -> Value: ...
    def __neg__(self) -> Value: ...
    def __matmul__(self, other: Value) -> Value: ...


class Ops(Protocol):
    """The operations. `training` tells which mode is being built."""

    training: bool

    # what a node owns
    def weight(self, name: str) -> Value:
        """The node's weight of that name."""

    def update(self, name: str, value: Value) -> None:
        """After a training step the weight of that name, which is not trained, becomes `value`."""

    def add_loss(self, value: Value) -> None:
        """Add `value`, one number, to the total that training makes small."""

    # masks
    @property
    def masks(self) -> tuple[Value | None, ...]:
        """For each input 1 where a step counts and 0 where it does not, (batch, steps, ...); None where all count."""

    def set_mask(self, mask: Value, output: int = 0) -> None:
        """The mask of that output, where it is not that of the first input that has one."""

    # what a node that holds nodes needs
    @property
    def specs(self) -> tuple[TensorSpec, ...]:
        """The tensors that come in, as the document knows them."""

    def inside(self, facts: NodeFacts, masks: Sequence[Value | None] = ()) -> Ops:
        """The operations as a node inside this one sees them, and the masks of what comes in there."""

    def output_masks(self, outputs: Sequence[Value], masked: Sequence[bool]) -> tuple[Value | None, ...]:
        """The mask of each output of the node, of which those have one that are `masked`."""

    # sources
    def constant(self, value: Any) -> Value:
        """A number or a small array that is known now."""

    def random_uniform(self, shape: Sequence[int]) -> Value:
        """Fresh numbers in [0, 1) at every step, set by the run's seed."""

    def random_normal(self, shape: Sequence[int]) -> Value:
        """Fresh numbers from the standard normal distribution at every step, set by the run's seed."""

    # elementwise; every name in `elementwise.OPS` of the engine's kernels, among them:
    def elementwise(self, op: str, *inputs: Value | float) -> Value:
        """exp expm1 log log1p sqrt rsqrt square abs sign tanh sigmoid softplus erf relu sin cos floor reciprocal neg,
        add sub mul div maximum minimum pow gt ge lt le eq ne, where(condition, a, b), clip(x, low, high)."""

    def exp(self, x: Value) -> Value: ...
    def log(self, x: Value) -> Value: ...
    def sqrt(self, x: Value) -> Value: ...
    def rsqrt(self, x: Value) -> Value: ...
    def square(self, x: Value) -> Value: ...
    def abs(self, x: Value) -> Value: ...
    def sign(self, x: Value) -> Value: ...
    def tanh(self, x: Value) -> Value: ...
    def sigmoid(self, x: Value) -> Value: ...
    def softplus(self, x: Value) -> Value: ...
    def erf(self, x: Value) -> Value: ...
    def relu(self, x: Value) -> Value: ...
    def gelu(self, x: Value) -> Value:
        """x times the chance that a standard normal variable is below it."""

    def maximum(self, a: Value | float, b: Value | float) -> Value: ...
    def minimum(self, a: Value | float, b: Value | float) -> Value: ...
    def greater(self, a: Value | float, b: Value | float) -> Value:
        """1 where a > b, else 0."""

    def equal(self, a: Value | float, b: Value | float) -> Value:
        """1 where a == b, else 0."""

    def where(self, condition: Value, a: Value | float, b: Value | float) -> Value: ...
    def clip(self, x: Value, low: float, high: float) -> Value: ...
    def stop_gradient(self, x: Value) -> Value: ...

    # reductions; `axes` None means all of them
    def sum(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value: ...
    def mean(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value: ...
    def max(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value: ...
    def min(self, x: Value, axes: Axes = None, keepdims: bool = False) -> Value: ...
    def argmax(self, x: Value) -> Value:
        """The place of the first maximum along the last axis, which goes."""

    # products
    def matmul(self, a: Value, b: Value, transpose_a: bool = False, transpose_b: bool = False) -> Value:
        """(..., m, k) by (..., k, n); leading axes broadcast."""

    def einsum(self, subscripts: str, x: Value, w: Value) -> Value:
        """The product of tensors whose axes have names: "bqhd,bkhd->bhqk". Each stands in two of the three at least."""

    def conv2d(
        self,
        x: Value,
        kernel: Value,
        strides: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
        dilation: tuple[int, int] = (1, 1),
        groups: int = 1,
    ) -> Value:
        """x (N, H, W, C), kernel (kh, kw, C / groups, O); padding is (top, bottom, left, right)."""

    def conv2d_transpose(
        self,
        x: Value,
        kernel: Value,
        size: tuple[int, int],
        strides: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
        dilation: tuple[int, int] = (1, 1),
    ) -> Value:
        """x (N, H', W', C), kernel (kh, kw, O, C) to (N, *size, O): each input pixel adds its window to the output.

        `padding` is what is cut from the edges: that of the convolution from the output's shape to the input's.
        """

    def max_pool2d(
        self, x: Value, size: tuple[int, int], strides: tuple[int, int], padding: tuple[int, int, int, int]
    ) -> Value: ...
    def average_pool2d(
        self, x: Value, size: tuple[int, int], strides: tuple[int, int], padding: tuple[int, int, int, int]
    ) -> Value:
        """Padding cells do not count."""

    # sequences
    def lstm(self, x: Value, kernel: Value, recurrent_kernel: Value, bias: Value | None, every: bool) -> Value:
        """An LSTM over x (steps, batch, features), gates in the order i, f, c, o: the hidden state of `every` step
        (steps, batch, units), or of the last (batch, units)."""

    def gru(self, x: Value, kernel: Value, recurrent_kernel: Value, bias: Value | None, every: bool) -> Value:
        """A GRU that resets after the product, gates in the order z, r, new, bias (2, 3 units); as `lstm`."""

    def simple_rnn(self, x: Value, kernel: Value, recurrent_kernel: Value, bias: Value | None, every: bool) -> Value:
        """h = tanh(x · kernel + h · recurrent_kernel + bias); as `lstm`."""

    # along the last axis
    def layer_norm(self, x: Value, gamma: Value, beta: Value, epsilon: float) -> Value:
        """Mean 0 and variance 1 but for `epsilon`, then times gamma plus beta, each as long as the axis."""

    def moments(self, x: Value) -> tuple[Value, Value]:
        """Mean and (biased) variance over all axes but the last, each as long as that."""

    def softmax(self, x: Value) -> Value: ...
    def log_softmax(self, x: Value) -> Value: ...
    def sparsemax(self, x: Value) -> Value:
        """max(x - t, 0), with the t for which it sums to 1."""

    def softmax_cross_entropy(self, logits: Value, target: Value) -> Value:
        """-sum(target * log_softmax(logits)), (..., classes) to (...)."""

    def sparse_softmax_cross_entropy(self, logits: Value, labels: Value) -> Value:
        """-log_softmax(logits)[label], logits (..., classes) and labels (...) to (...)."""

    def logits(self, x: Value, activation: str) -> Value | None:
        """What `x` is the "softmax" or "sigmoid" of, where it was made so; else None."""

    # movement
    def reshape(self, x: Value, shape: Sequence[int]) -> Value: ...
    def transpose(self, x: Value, axes: Sequence[int]) -> Value: ...
    def concatenate(self, values: Sequence[Value], axis: int) -> Value: ...
    def slice(self, x: Value, axis: int, start: int, stop: int, step: int = 1) -> Value:
        """The elements numbered range(start, stop, step) along one axis, all of which must be there."""

    def crop(self, x: Value, before: Sequence[int], after: Sequence[int]) -> Value:
        """Without that many elements at both ends of each axis."""

    def pad(self, x: Value, before: Sequence[int], after: Sequence[int]) -> Value:
        """With that many zeros at both ends of each axis."""

    def gather(self, table: Value, numbers: Value) -> Value:
        """Rows of a table (rows, columns) by number (...): (..., columns); NaN where there is no such row."""

    def broadcast_to(self, x: Value, shape: Sequence[int]) -> Value: ...
    def warp(self, images: Value, maps: Value, fill: str = "nearest", nearest: bool = False) -> Value:
        """Images (n, h, w, c) seen through maps (6, n): see `netstudio.engine.kernels.warp`; it has no gradient."""

    def paste(self, images: Value, other: Value, boxes: Value) -> Value:
        """Images (n, h, w, c) covered by other ones, or by one value, in boxes (4, n) of whole numbers: the first row
        and column, and how many there are. It has no gradient."""
