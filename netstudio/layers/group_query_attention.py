"""GroupQueryAttention: attention whose heads share keys and values."""

from __future__ import annotations

from typing import Any

from netstudio.errors import ParamError
from netstudio.graph.params import Int
from netstudio.graph.tensor import Shape
from netstudio.layers.heads import Heads


class GroupQueryAttention(Heads):
    """Attention in which several heads of queries share one head of keys and values: less to keep and to compute.

    As MultiHeadAttention, but query head h looks at the keys and values of head h · num_key_value_heads /
    num_query_heads, rounded down. With one head of keys it is multi-query attention. Query (steps, features) gives
    (steps, features). Weights: query a kernel (features, num_query_heads, head_dim) and a bias, key and value with
    num_key_value_heads in its place, attention_output (num_query_heads, head_dim, features). Ainslie et al., "GQA:
    Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints", 2023.
    """

    keywords = ("grouped-query attention", "gqa", "multi-query", "mqa", "transformer", "heads", "llama", "mistral")
    keras, onnx = "GroupQueryAttention", "GroupQueryAttention"
    without = {"torch": "it is scaled_dot_product_attention with enable_gqa there"}

    head_dim = Int(minimum=1, initial=16, doc="How many features each head has.")
    num_query_heads = Int(minimum=1, initial=4, doc="How many heads of queries look side by side.")
    num_key_value_heads = Int(minimum=1, initial=2, doc="How many heads of keys and values they share.")

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        asking, asked = self.counts
        if asking % asked:
            raise ParamError(
                f"num_key_value_heads is {asked}, by which {asking} heads of queries can't be divided; expected a "
                f"number such as {next(n for n in range(min(asked, asking), 0, -1) if asking % n == 0)}",
                "num_key_value_heads",
            )

    @property
    def counts(self) -> tuple[int, int]:
        return self.num_query_heads, self.num_key_value_heads

    @property
    def sizes(self) -> tuple[int, int]:
        return self.head_dim, self.head_dim

    def features(self, query: Shape) -> int:
        return query[-1]

    def caption(self) -> str:
        heads = f"{self.num_query_heads} / {self.num_key_value_heads} × {self.head_dim}"
        return heads + (" · causal" if self.use_causal_mask else "")
