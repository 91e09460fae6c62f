"""Attention: a sequence looks at another, without projections of its own."""

from __future__ import annotations

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Choice
from netstudio.graph.tensor import TensorSpec
from netstudio.initializers import INITIALIZERS
from netstudio.layers.plain_attention import PlainAttention, each_with_each
from netstudio.ops import Ops, Value


class Attention(PlainAttention):
    """Lets every step of a sequence look at every step of another and take from those that are like it.

    Gives the mean of the values weighted by softmax(score), where score = query · key, or the sum of tanh(query + key)
    in the mode "concat"; use_scale learns a factor of the products, or of the sums before tanh. Query (steps,
    features), value (other steps, features of a value) and key (other steps, features) give (steps, features of a
    value). Steps that a mask leaves out are not looked at. Weights, each one number: scale, concat_score_weight. Luong
    et al., "Effective Approaches to Attention-based Neural Machine Translation", 2015.
    """

    keywords = ("luong", "dot-product attention", "query", "key", "seq2seq", "alignment", "scaled_dot_product")
    keras, torch, onnx = "Attention", "scaled_dot_product_attention", "Attention"

    use_scale = Bool(False, doc="Learn a factor of the scores.")
    score_mode = Choice(
        ("dot", "concat"), "dot", doc="What a query thinks of a key: their product, or tanh of the sum."
    )

    def weights(  # type: ignore[override]
        self, query: TensorSpec, value: TensorSpec, key: TensorSpec | None = None
    ) -> dict[str, WeightSpec]:
        names = [*["scale"] * self.use_scale, *["concat_score_weight"] * (self.score_mode == "concat")]
        return {name: WeightSpec((), INITIALIZERS.make("ones")) for name in names}

    def scores(self, ops: Ops, query: Value, key: Value) -> Value:
        if self.score_mode == "dot":
            found = ops.matmul(query, key, transpose_b=True)
            return found * ops.weight("scale") if self.use_scale else found
        both = each_with_each(ops, query, key)
        bent = ops.tanh(both * ops.weight("scale") if self.use_scale else both)
        return ops.sum(bent, -1) * ops.weight("concat_score_weight")
