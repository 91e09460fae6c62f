"""The base of attention without projections of its own."""

from __future__ import annotations

from abc import abstractmethod

from netstudio.errors import ShapeError
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.dropout import rate_param
from netstudio.layers.looking import (
    SOURCES,
    Looking,
    causal_param,
    check_sources,
    seen_masks,
    shares,
    visible,
)
from netstudio.layers.sequence import step_mask
from netstudio.ops import Ops, Value


class PlainAttention(Looking, abstract=True):
    """Each step of the query takes the mean of the values, weighted by the softmax of what it thinks of their keys."""

    inputs = SOURCES

    dropout = rate_param("the looks")
    use_causal_mask = causal_param()

    def infer(self, query: TensorSpec, value: TensorSpec, key: TensorSpec | None = None) -> TensorSpec:
        check_sources(query, value, key)
        known_by = value if key is None else key
        if query.shape[-1] != known_by.shape[-1]:
            raise ShapeError(
                f"the query has {query.shape[-1]} features (shape {query.shape}) and the "
                f"{'value' if key is None else 'key'} {known_by.shape[-1]} (shape {known_by.shape}); expected as many: "
                "put a Dense before one of them",
                port="query",
            )
        return TensorSpec((query.shape[0], value.shape[-1]))

    def caption(self) -> str:
        return "causal" if self.use_causal_mask else ""

    def lower(self, ops: Ops, query: Value, value: Value, key: Value | None = None) -> Value:
        scores = self.scores(ops, query, value if key is None else key)
        may = visible(query.shape[1], value.shape[1], self.use_causal_mask, None)
        seen = shares(ops, scores, may, seen_masks(ops, (1,)), self.dropout) @ value
        counts = step_mask(ops)
        return seen if counts is None else ops.where(ops.reshape(counts, (*counts.shape, 1)), seen, 0.0)

    @abstractmethod
    def scores(self, ops: Ops, query: Value, key: Value) -> Value:
        """What each query thinks of each key, (batch, queries, keys)."""


def each_with_each(ops: Ops, query: Value, key: Value) -> Value:
    """The sum of each query with each key, (batch, queries, keys, features)."""
    (batch, queries, features), keys = query.shape, key.shape[1]
    return ops.reshape(query, (batch, queries, 1, features)) + ops.reshape(key, (batch, 1, keys, features))
