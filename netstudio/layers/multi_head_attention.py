"""MultiHeadAttention: every place of a sequence looks at every other."""

from __future__ import annotations

from netstudio.graph.params import Int
from netstudio.graph.tensor import Shape
from netstudio.layers.heads import Heads


class MultiHeadAttention(Heads):
    """Lets every step of a sequence look at every step of another and take from those that matter to it.

    Each head projects query (steps, features), key and value (other steps, features); it gives the mean of the values
    weighted by softmax(query · key / sqrt(key_dim)). The heads' results, side by side, are projected once more: (steps,
    output features). Without a wire into `key` the values are the keys. No step looks where a mask forbids it; one that
    may look nowhere takes the mean of all values. Weights: query, key and value (and gate) each a kernel (features,
    heads, key_dim or value_dim) and a bias (heads, key_dim or value_dim); attention_output with kernel (heads,
    value_dim, output features) and bias (output features,). Vaswani et al., "Attention Is All You Need", 2017.
    """

    keywords = ("transformer", "self-attention", "mha", "heads", "query", "sequence", "causal", "mask")
    keras, torch, onnx = "MultiHeadAttention", "MultiheadAttention", "Attention"

    num_heads = Int(minimum=1, initial=4, doc="How many heads look side by side.")
    key_dim = Int(minimum=1, initial=16, doc="How many features a head's queries and keys have.")
    value_dim = Int(None, minimum=1, doc="How many features a head's values have; none takes key_dim.")
    output_shape = Int(None, minimum=1, doc="How many features come out; none takes those of the query.")

    @property
    def counts(self) -> tuple[int, int]:
        return self.num_heads, self.num_heads

    @property
    def sizes(self) -> tuple[int, int]:
        return self.key_dim, self.value_dim or self.key_dim

    def features(self, query: Shape) -> int:
        return self.output_shape or query[-1]

    def caption(self) -> str:
        return f"{self.num_heads} × {self.key_dim}" + (" · causal" if self.use_causal_mask else "")
