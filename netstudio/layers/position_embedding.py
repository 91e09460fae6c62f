"""PositionEmbedding: a learnt vector for each place of a sequence."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Int
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.learnt import constraint_param, initializer_param, regularizer_param
from netstudio.layers.positions import Positions
from netstudio.ops import Ops, Value


class PositionEmbedding(Positions):
    """Gives each place of a sequence its own learnt vector, which is added to what stands there.

    Attention by itself sees no order. y[t] = embeddings[t], whatever the input holds: (steps, features) gives (steps,
    features). Wire the input and this into an Add. The weight embeddings is (sequence_length, features). As
    keras_hub.layers.PositionEmbedding; Gehring et al., "Convolutional Sequence to Sequence Learning", 2017.
    """

    icon = "embedding"
    keywords = ("positional embedding", "learned positions", "transformer", "order", "bert", "gpt")
    without = {
        "keras": "KerasHub has it, under this name",
        "torch": "it is an Embedding of the numbers 0, 1, 2, ... there",
        "onnx": "it is Slice and Expand of a constant there",
    }

    sequence_length = Int(minimum=1, initial=128, doc="How many places there are at most.")
    initializer = initializer_param("vectors", "glorot_uniform")
    embeddings_regularizer = regularizer_param("vectors")
    embeddings_constraint = constraint_param("vectors")

    def caption(self) -> str:
        return f"{self.sequence_length}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        found = super().infer(x)
        if x.shape[0] > self.sequence_length:
            raise ShapeError(
                f"the input has {x.shape[0]} steps (shape {x.shape}) and sequence_length is {self.sequence_length}; "
                "expected at most as many steps",
                hints=(SetParam("sequence_length", x.shape[0]),),
            )
        return found

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        shape = (self.sequence_length, x.shape[-1])
        penalty, bounds = self.embeddings_regularizer, self.embeddings_constraint
        return {"embeddings": WeightSpec(shape, self.initializer, True, penalty, bounds)}

    def lower(self, ops: Ops, x: Value) -> Value:
        _, steps, features = x.shape
        places = ops.slice(ops.weight("embeddings"), 0, 0, steps)
        return ops.broadcast_to(ops.reshape(places, (1, steps, features)), x.shape)
