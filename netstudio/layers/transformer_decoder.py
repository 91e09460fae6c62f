"""TransformerDecoder: a block that looks back only, and at another sequence where there is one."""

from __future__ import annotations

from collections.abc import Mapping

from netstudio.graph.document import Graph
from netstudio.graph.node_type import Port
from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.looking import ATTENTION_MASK
from netstudio.layers.sequence import require_sequence
from netstudio.layers.transformer import Chain, Transformer, wired


class TransformerDecoder(Transformer):
    """A block of a transformer that writes: each step looks only at those before it.

    So the step after it can be predicted. As TransformerEncoder with causal attention; with a wire into
    encoder_sequence each step then looks at all of that one too (cross-attention), before the feed-forward network.
    Stacks of it over an Embedding with positions make a language model (GPT); with an encoder they translate. Input
    (steps, features) keeps its shape; weights stand under the encoder's names and cross_attention_layer and
    cross_attention_layer_norm. As keras_hub.layers.TransformerDecoder; Vaswani et al., "Attention Is All You Need",
    2017.
    """

    keywords = ("transformer block", "gpt", "causal", "language model", "decoder layer", "cross-attention", "seq2seq")
    torch = "TransformerDecoderLayer"
    without = {"keras": "KerasHub has it, under this name", "onnx": "its parts stand in the graph themselves"}
    inputs = (
        Port("in", "The sequence, whose steps look back."),
        Port("encoder_sequence", "Another sequence, at all of which each step looks.", optional=True),
        ATTENTION_MASK,
    )

    use_causal_mask = Bool(True, doc="Let each step look at no later ones.")

    def given(self, inputs: Mapping[str, TensorSpec | None]) -> Graph:
        there = wired(self.inputs, inputs)
        features = there["in"].shape[-1]
        chain = Chain(there)
        mask = {"attention_mask": "attention_mask"} if "attention_mask" in there else {}

        def look_back(x: str) -> str:
            return self.look(chain, "self_attention", x, features, mask, self.use_causal_mask)

        def look_across(x: str) -> str:
            return self.look(chain, "cross_attention", x, features, {"value": "encoder_sequence"})

        seen = self.around(chain, "self_attention", "in", look_back)
        if "encoder_sequence" in there:
            seen = self.around(chain, "cross_attention", seen, look_across)
        return chain.graph(self.around(chain, "feedforward", seen, lambda x: self.think(chain, x, features)))

    def infer(self, *inputs: TensorSpec) -> TensorSpec:  # type: ignore[override]
        for port, x in zip(self.inputs[1:2], inputs[1:2]):
            if x is not None:
                require_sequence(x, port.name)
        return super().infer(*inputs)
