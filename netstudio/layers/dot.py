"""Dot: products of the vectors of two inputs."""

from __future__ import annotations

from math import prod

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import Axes, sample_axis
from netstudio.layers.base import Layer, require_float
from netstudio.layers.unit_normalization import unit_length
from netstudio.ops import Ops, Value


class Dot(Layer):
    """Multiplies the vectors of one input by those of another and sums: how alike they are.

    For each sample, y[i..., j...] = sum over k of a[i..., k] · b[j..., k], where k runs along an axis of each. Two
    vectors give (1,); (m, k) and (n, k) along their last axes give (m, n). With `normalize` it is the cosine.
    """

    category = "merge"
    icon = "multiply"
    keywords = ("dot product", "inner product", "cosine", "similarity", "attention", "batch_dot", "bmm", "merge")
    keras, torch, onnx = "Dot", "bmm", "MatMul"
    inputs = (Port("a", "The first vectors."), Port("b", "The second vectors."))

    axes = Axes(2, doc="The axis of each input that is summed over; 0 is the batch axis, -1 the last.", default=-1)
    normalize = Bool(False, doc="Scale the vectors to length 1 before: the product is the cosine of their angle.")

    def caption(self) -> str:
        axes = "" if self.axes == (-1, -1) else f"axes {self.axes[0]}, {self.axes[1]}"
        return " · ".join(p for p in (axes, "cosine" if self.normalize else "") if p)

    def infer(self, a: TensorSpec, b: TensorSpec) -> TensorSpec:
        require_float(a)
        require_float(b)
        p, q = sample_axis(a, self.axes[0], "axes"), sample_axis(b, self.axes[1], "axes")
        if a.shape[p - 1] != b.shape[q - 1]:
            raise ShapeError(
                f"the inputs {a.shape} and {b.shape} have {a.shape[p - 1]} and {b.shape[q - 1]} values along axis {p} "
                f"and axis {q}; expected as many of each"
            )
        rest = _without(a.shape, p - 1) + _without(b.shape, q - 1)
        return TensorSpec(rest or (1,))

    def lower(self, ops: Ops, a: Value, b: Value) -> Value:
        p, q = self.axes[0] % a.ndim, self.axes[1] % b.ndim
        if self.normalize:
            a, b = unit_length(ops, a, (p,)), unit_length(ops, b, (q,))
        if a.ndim == b.ndim == 2:
            return ops.sum(a * b, 1, keepdims=True)
        product = ops.matmul(_rows(ops, a, p), _rows(ops, b, q), transpose_b=True)
        return ops.reshape(product, (a.shape[0], *_without(a.shape, p)[1:], *_without(b.shape, q)[1:]))


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


def _rows(ops: Ops, x: Value, axis: int) -> Value:
    """(batch, all other axes, `axis`)."""
    rest = _without(tuple(range(x.ndim)), axis)
    return ops.reshape(ops.transpose(x, (*rest, axis)), (x.shape[0], prod(x.shape[i] for i in rest[1:]), x.shape[axis]))
