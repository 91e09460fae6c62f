"""Embedding: a learnt vector for each class, word or token."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.ops import Ops, Value

LARGEST = 2**24  # numbers up to which single precision tells whole ones apart: ids are held as such


class Embedding(Layer):
    """Gives each token id its own learnt vector.

    y[...] = embeddings[x[...]]: integers (steps,) give (steps, output_dim), one integer gives (output_dim,). The weight
    embeddings is (input_dim, output_dim). An id below 0, or of input_dim or more, gives no number (NaN), and training
    stops there. With mask_zero the id 0 is padding: from here on those steps do not count (see Masking). Bengio et al.,
    "A Neural Probabilistic Language Model", 2003.
    """

    category = "core"
    icon = "embedding"
    keywords = ("lookup", "word vectors", "token", "vocabulary", "nlp", "gather", "text", "categorical")
    keras, torch, onnx = "Embedding", "Embedding", "Gather"

    input_dim = Int(minimum=1, maximum=LARGEST, initial=1000, doc="How many ids there are: the largest plus 1.")
    output_dim = Int(minimum=1, initial=32, doc="How many numbers the vector of an id has.")
    learnt = learnt_params({"embeddings": "uniform"}, {"embeddings": "vectors"})
    mask_zero = Bool(False, doc="The id 0 stands for no token: it pads sequences, and those steps do not count.")

    def caption(self) -> str:
        return f"{self.input_dim} → {self.output_dim}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        if x.dtype != "int":
            raise ShapeError(
                f"the input of the shape {x.shape} holds numbers; expected token ids: set the dtype of its Input to "
                '"int"'
            )
        return TensorSpec((*x.shape, self.output_dim))

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return {"embeddings": learnt_weight(self, "embeddings", (self.input_dim, self.output_dim))}

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return (self.mask_zero,)

    def lower(self, ops: Ops, x: Value) -> Value:
        if self.mask_zero:
            ops.set_mask(ops.elementwise("ne", x, 0.0))
        return ops.gather(ops.weight("embeddings"), x)
