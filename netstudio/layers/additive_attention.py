"""AdditiveAttention: attention by sums, not by products."""

from __future__ import annotations

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.initializers import INITIALIZERS
from netstudio.layers.plain_attention import PlainAttention, each_with_each
from netstudio.ops import Ops, Value


class AdditiveAttention(PlainAttention):
    """Attention whose scores are a learnt sum over features, not a product: Bahdanau's.

    As Attention with score = sum over features of scale · tanh(query + key). Weight: scale (features,). Bahdanau et
    al., "Neural Machine Translation by Jointly Learning to Align and Translate", 2015.
    """

    keywords = ("bahdanau", "concat attention", "query", "key", "seq2seq", "alignment")
    keras = "AdditiveAttention"
    without = {"torch": "PyTorch has no such layer", "onnx": "it is Add, Tanh and ReduceSum before a Softmax there"}

    use_scale = Bool(True, doc="Learn a factor for each feature.")

    def weights(  # type: ignore[override]
        self, query: TensorSpec, value: TensorSpec, key: TensorSpec | None = None
    ) -> dict[str, WeightSpec]:
        return {"scale": WeightSpec(query.shape[-1:], INITIALIZERS.make("glorot_uniform"))} if self.use_scale else {}

    def scores(self, ops: Ops, query: Value, key: Value) -> Value:
        bent = ops.tanh(each_with_each(ops, query, key))
        return ops.sum(bent * ops.weight("scale") if self.use_scale else bent, -1)
