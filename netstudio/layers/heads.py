"""The base of attention with several heads: projections, and what each head looks at."""

from __future__ import annotations

import math
from abc import abstractmethod

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool
from netstudio.graph.tensor import Shape, TensorSpec
from netstudio.layers.dropout import rate_param
from netstudio.layers.kernel import use_bias_param
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.layers.looking import (
    ATTENTION_MASK,
    SOURCES,
    Looking,
    causal_param,
    check_attention_mask,
    check_sources,
    seen_masks,
    shares,
    sliding_window_param,
    visible,
)
from netstudio.ops import Ops, Value


class Heads(Looking, abstract=True):
    """Attention whose heads look side by side; a kind says how many heads the queries and the keys have.

    With fewer heads of keys than of queries, as many heads of queries in a row share one of keys and values.
    """

    inputs = (*SOURCES, ATTENTION_MASK)

    dropout = rate_param("the looks")
    use_bias = use_bias_param()
    learnt = learnt_params({"kernel": "glorot_uniform", "bias": "zeros"}, {"kernel": "kernels", "bias": "biases"})
    use_causal_mask = causal_param()
    sliding_window = sliding_window_param()
    use_gate = Bool(False, doc="Multiply what each head found by a sigmoid of what it was asked by: a learnt gate.")

    @property
    @abstractmethod
    def counts(self) -> tuple[int, int]:
        """How many heads the queries have, and how many the keys and values."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """How many features a head's queries and keys have, and how many its values."""

    @abstractmethod
    def features(self, query: Shape) -> int:
        """How many features come out."""

    def infer(
        self,
        query: TensorSpec,
        value: TensorSpec,
        key: TensorSpec | None = None,
        attention_mask: TensorSpec | None = None,
    ) -> TensorSpec:
        check_sources(query, value, key)
        check_attention_mask(attention_mask, query, value)
        return TensorSpec((query.shape[0], self.features(query.shape)))

    def weights(  # type: ignore[override]
        self,
        query: TensorSpec,
        value: TensorSpec,
        key: TensorSpec | None = None,
        attention_mask: TensorSpec | None = None,
    ) -> dict[str, WeightSpec]:
        (asking, asked), (size, of_value), out = self.counts, self.sizes, self.features(query.shape)
        sources = {
            "query": (query, asking, size),
            "key": (key or value, asked, size),
            "value": (value, asked, of_value),
            **({"gate": (query, asking, of_value)} if self.use_gate else {}),
        }
        weights: dict[str, WeightSpec] = {}
        for name, (x, heads, each) in sources.items():
            self._add(weights, name, (x.shape[-1], heads, each), (heads, each))
        self._add(weights, "attention_output", (asking, of_value, out), (out,))
        return weights

    def _add(self, weights: dict[str, WeightSpec], name: str, kernel: Shape, bias: Shape) -> None:
        weights[f"{name}/kernel"] = learnt_weight(self, "kernel", kernel)
        if self.use_bias:
            weights[f"{name}/bias"] = learnt_weight(self, "bias", bias)

    def lower(
        self, ops: Ops, query: Value, value: Value, key: Value | None = None, attention_mask: Value | None = None
    ) -> Value:
        (asking, asked), size = self.counts, self.sizes[0]
        q = self._heads(ops, "query", query, asking) * (1.0 / math.sqrt(size))
        k = _repeated(ops, self._heads(ops, "key", value if key is None else key, asked), asking)
        v = _repeated(ops, self._heads(ops, "value", value, asked), asking)
        mask = seen_masks(ops, (0, 1, 2))
        if attention_mask is not None:
            given = ops.elementwise("ne", attention_mask, 0.0)
            mask = given if mask is None else mask * given
        may = visible(query.shape[1], value.shape[1], self.use_causal_mask, self.sliding_window)
        looks = shares(ops, ops.einsum("bqhd,bkhd->bhqk", q, k), may, mask, self.dropout)
        seen = ops.einsum("bhqk,bkhd->bqhd", looks, v)
        if self.use_gate:
            seen = seen * ops.sigmoid(self._heads(ops, "gate", query, asking))
        batch, steps, heads, each = seen.shape
        return self._projected(ops, "attention_output", ops.reshape(seen, (batch, steps, heads * each)))

    def _heads(self, ops: Ops, name: str, x: Value, heads: int) -> Value:
        """(batch, steps, features) as (batch, steps, heads, features of a head)."""
        y = self._projected(ops, name, x)
        return ops.reshape(y, (*y.shape[:-1], heads, y.shape[-1] // heads))

    def _projected(self, ops: Ops, name: str, x: Value) -> Value:
        """A dense layer whose kernel and bias have their axes merged into (features in, features out)."""
        kernel = ops.weight(f"{name}/kernel")
        y = x @ ops.reshape(kernel, (x.shape[-1], math.prod(kernel.shape) // x.shape[-1]))
        return y + ops.reshape(ops.weight(f"{name}/bias"), y.shape[-1:]) if self.use_bias else y


def _repeated(ops: Ops, x: Value, heads: int) -> Value:
    """(batch, steps, heads, features) with each head as many times in a row as makes so many heads."""
    batch, steps, own, size = x.shape
    if own == heads:
        return x
    alike = ops.broadcast_to(ops.reshape(x, (batch, steps, own, 1, size)), (batch, steps, own, heads // own, size))
    return ops.reshape(alike, (batch, steps, heads, size))
