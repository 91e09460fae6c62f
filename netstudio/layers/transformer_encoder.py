"""TransformerEncoder: self-attention and a feed-forward network as one block."""

from __future__ import annotations

from collections.abc import Mapping

from netstudio.graph.document import Graph
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.transformer import MASKED_SEQUENCE, Chain, Transformer, wired


class TransformerEncoder(Transformer):
    """A block of a transformer: every step looks at every other, then each goes through a small network.

    y = LayerNormalization(x + MultiHeadAttention(x, x)), then LayerNormalization(y + Dense(Dense(y))), where the inner
    Dense has intermediate_dim features and the activation; with normalize_first x + MultiHeadAttention(
    LayerNormalization(x)) and likewise. Each head has features / num_heads features, rounded down. Steps that a mask
    leaves out are not looked at. Input (steps, features) keeps its shape; weights stand under self_attention_layer,
    self_attention_layer_norm, feedforward_intermediate_dense, feedforward_output_dense and feedforward_layer_norm. As
    keras_hub.layers.TransformerEncoder; Vaswani et al., "Attention Is All You Need", 2017.
    """

    keywords = ("transformer block", "bert", "self-attention", "encoder layer", "feed-forward", "vit", "block")
    torch = "TransformerEncoderLayer"
    without = {"keras": "KerasHub has it, under this name", "onnx": "its parts stand in the graph themselves"}
    inputs = MASKED_SEQUENCE

    def given(self, inputs: Mapping[str, TensorSpec | None]) -> Graph:
        there = wired(self.inputs, inputs)
        features = there["in"].shape[-1]
        chain = Chain(there)
        mask = {"attention_mask": "attention_mask"} if "attention_mask" in there else {}
        seen = self.around(
            chain, "self_attention", "in", lambda x: self.look(chain, "self_attention", x, features, mask)
        )
        return chain.graph(self.around(chain, "feedforward", seen, lambda x: self.think(chain, x, features)))
