"""The base of layers that combine any number of inputs value by value."""

from __future__ import annotations

import functools
from abc import abstractmethod
from typing import ClassVar

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.tensor import Shape, TensorSpec
from netstudio.layers.base import Layer, require_float
from netstudio.ops import Ops, Value


class Merge(Layer, abstract=True):
    """Takes inputs of equal shapes, or that broadcast from the last axis, where a size of 1 fits all (as in Keras)."""

    category = "merge"
    passes_mask = True
    inputs: ClassVar[tuple[Port, ...]] = (
        Port("in", "Any number of inputs, combined in the order of their wires.", variadic=True),
    )

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        for x in inputs:
            require_float(x)
        return TensorSpec(functools.reduce(broadcast_shapes, (x.shape for x in inputs)))

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return (all(x.masked for x in inputs),)  # where one input has no mask, Keras gives none either

    def lower(self, ops: Ops, *inputs: Value) -> Value:
        _count_if_any_does(ops)
        rank = max(x.ndim for x in inputs)
        return functools.reduce(functools.partial(self.combine, ops), (with_rank(ops, x, rank) for x in inputs))

    @abstractmethod
    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        """The two inputs as one."""


def _count_if_any_does(ops: Ops) -> None:
    """A place of the output counts where it does in one of the inputs, as in Keras."""
    masks = [mask for mask in ops.masks if mask is not None]
    rank = max((mask.ndim for mask in masks), default=0)
    if masks and len(masks) == len(ops.masks):
        ops.set_mask(functools.reduce(ops.maximum, (mask for mask in masks if mask.ndim == rank)))


class Pair(Merge, abstract=True):
    """A merge of just two inputs, whose order matters."""

    inputs = (Port("a", "What stands first."), Port("b", "What stands second."))


def broadcast_shapes(a: Shape, b: Shape) -> Shape:
    """The shape of two samples together; ShapeError where they do not broadcast."""
    rank = max(len(a), len(b))
    pairs = list(zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b))
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        raise ShapeError(
            f"the inputs have the shapes {a} and {b}; expected equal shapes, or sizes of 1 where they differ"
        )
    return tuple(max(m, n) for m, n in pairs)


def with_rank(ops: Ops, x: Value, rank: int) -> Value:
    """Axes of one cell between the batch axis and the others, so that samples broadcast from their last axis."""
    if x.ndim == rank:
        return x
    return ops.reshape(x, (x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:]))
