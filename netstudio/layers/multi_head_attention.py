"""MultiHeadAttention: every place of a sequence looks at every other."""

from __future__ import annotations

import math

import numpy as np

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port, WeightSpec
from netstudio.graph.params import Bool, Int
from netstudio.graph.tensor import Shape, TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.dropout import dropout_mask, rate_param
from netstudio.layers.kernel import constraint_param, initializer_param, regularizer_param, use_bias_param
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value

HIDDEN = -1e9  # added to what may not be looked at: its share is exp of that, 0


class MultiHeadAttention(Layer):
    """Lets every step of a sequence look at every step of another and take from those that matter to it.

    Each head projects query (steps, features), key and value (other steps, features); it gives the mean of the values
    weighted by softmax(query · key / sqrt(key_dim)). The heads' results, side by side, are projected once more: (steps,
    output features). Without a wire into `key` the values are the keys. Weights: query, key and value each a kernel
    (features, heads, key_dim or value_dim) and a bias (heads, key_dim or value_dim); attention_output with kernel
    (heads, value_dim, output features) and bias (output features,). Vaswani et al., "Attention Is All You Need", 2017.
    """

    category = "attention"
    icon = "attention"
    keywords = ("transformer", "self-attention", "mha", "heads", "query", "sequence")
    keras, torch, onnx = "MultiHeadAttention", "MultiheadAttention", "Attention"
    inputs = (
        Port("query", "The steps that look."),
        Port("value", "What they take from the steps they look at."),
        Port("key", "What they know those steps by; the values, where nothing is wired in.", optional=True),
    )

    num_heads = Int(minimum=1, initial=4, doc="How many heads look side by side.")
    key_dim = Int(minimum=1, initial=16, doc="How many features a head's queries and keys have.")
    value_dim = Int(None, minimum=1, doc="How many features a head's values have; none takes key_dim.")
    dropout = rate_param("the looks")
    use_bias = use_bias_param()
    output_shape = Int(None, minimum=1, doc="How many features come out; none takes those of the query.")
    kernel_initializer = initializer_param("kernels", "glorot_uniform")
    bias_initializer = initializer_param("biases", "zeros")
    kernel_regularizer = regularizer_param("kernels")
    bias_regularizer = regularizer_param("biases")
    kernel_constraint = constraint_param("kernels")
    bias_constraint = constraint_param("biases")
    use_causal_mask = Bool(False, doc="Let each step look at no later ones.")

    def caption(self) -> str:
        return f"{self.num_heads} × {self.key_dim}" + (" · causal" if self.use_causal_mask else "")

    def infer(self, query: TensorSpec, value: TensorSpec, key: TensorSpec | None = None) -> TensorSpec:
        key = value if key is None else key
        for port, x in zip(("query", "value", "key"), (query, value, key)):
            require_sequence(x, port)
        if key.shape[0] != value.shape[0]:
            raise ShapeError(
                f"key has {key.shape[0]} steps (shape {key.shape}) and value {value.shape[0]} (shape {value.shape}); "
                "expected a key for each value",
                port="key",
            )
        return TensorSpec((query.shape[0], self._features(query.shape)))

    def _features(self, query: Shape) -> int:
        return self.output_shape or query[-1]

    def weights(  # type: ignore[override]
        self, query: TensorSpec, value: TensorSpec, key: TensorSpec | None = None
    ) -> dict[str, WeightSpec]:
        of_value, out = self.value_dim or self.key_dim, self._features(query.shape)
        sources = {"query": (query, self.key_dim), "key": (key or value, self.key_dim), "value": (value, of_value)}
        weights: dict[str, WeightSpec] = {}
        for name, (x, size) in sources.items():
            self._add(weights, name, (x.shape[-1], self.num_heads, size), (self.num_heads, size))
        self._add(weights, "attention_output", (self.num_heads, of_value, out), (out,))
        return weights

    def _add(self, weights: dict[str, WeightSpec], name: str, kernel: Shape, bias: Shape) -> None:
        own = self.kernel_initializer, True, self.kernel_regularizer, self.kernel_constraint
        weights[f"{name}/kernel"] = WeightSpec(kernel, *own)
        if self.use_bias:
            start, penalty = self.bias_initializer, self.bias_regularizer
            weights[f"{name}/bias"] = WeightSpec(bias, start, True, penalty, self.bias_constraint)

    def lower(self, ops: Ops, query: Value, value: Value, key: Value | None = None) -> Value:
        q = self._heads(ops, "query", query) * (1.0 / math.sqrt(self.key_dim))
        k = self._heads(ops, "key", value if key is None else key)
        v = self._heads(ops, "value", value)
        scores = ops.einsum("bqhd,bkhd->bhqk", q, k)
        if self.use_causal_mask:
            scores = scores + ops.constant(np.triu(np.full(scores.shape[-2:], HIDDEN), 1))
        looks = ops.softmax(scores)
        mask = dropout_mask(ops, self.dropout, looks.shape)
        if mask is not None:
            looks = looks * mask
        seen = ops.einsum("bhqk,bkhd->bqhd", looks, v)
        batch, steps, heads, size = seen.shape
        return self._projected(ops, "attention_output", ops.reshape(seen, (batch, steps, heads * size)))

    def _heads(self, ops: Ops, name: str, x: Value) -> Value:
        """(batch, steps, features) as (batch, steps, heads, features of a head)."""
        y = self._projected(ops, name, x)
        return ops.reshape(y, (*y.shape[:-1], self.num_heads, y.shape[-1] // self.num_heads))

    def _projected(self, ops: Ops, name: str, x: Value) -> Value:
        """A dense layer whose kernel and bias have their axes merged into (features in, features out)."""
        kernel = ops.weight(f"{name}/kernel")
        size = 1
        for n in kernel.shape:
            size *= n
        y = x @ ops.reshape(kernel, (x.shape[-1], size // x.shape[-1]))
        return y + ops.reshape(ops.weight(f"{name}/bias"), y.shape[-1:]) if self.use_bias else y
