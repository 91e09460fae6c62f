"""LayerNormalization: each sample's features with mean 0 and variance 1."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Float, Int
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.gain import gain_and_offset
from netstudio.layers.learnt import learnt_params
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class LastAxis(Int):
    """The number of the last axis: -1."""

    def _expected(self) -> str:
        return "-1, the last axis"

    def _check(self, value: object) -> int:
        if super()._check(value) != -1:
            raise ValueError
        return -1


class LayerNormalization(SameShape):
    """Shifts and scales the features of each place to mean 0 and variance 1, then by what it learns.

    y = gamma · (x - mean) / sqrt(variance + epsilon) + beta, with mean and (biased) variance along the last axis of
    each sample, in training as in inference. Input (..., features) keeps its shape; gamma and beta are (features,).
    Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("layernorm", "ln", "normalise", "normalize", "normalization", "transformer")
    keras, torch, onnx = "LayerNormalization", "LayerNorm", "LayerNormalization"

    axis = LastAxis(-1, doc="The axis along which mean and variance are taken: the last.")
    epsilon = Float(1e-3, above=0.0, doc="Added to the variance, so that nothing is divided by zero.")
    center = Bool(True, doc="Add beta, which is learnt.")
    scale = Bool(True, doc="Multiply by gamma, which is learnt.")
    learnt = learnt_params({"beta": "zeros", "gamma": "ones"})

    def infer(self, x: TensorSpec) -> TensorSpec:
        if not x.shape:
            raise ShapeError(
                "the input has the shape (); expected (..., features)",
                hints=(InsertBefore("Reshape", {"target_shape": [1]}),),
            )
        return super().infer(x)

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return gain_and_offset(self, x.shape[-1:])

    def lower(self, ops: Ops, x: Value) -> Value:
        def learnt(name: str, there: bool, otherwise: float) -> Value:
            return ops.weight(name) if there else ops.broadcast_to(ops.constant(otherwise), x.shape[-1:])

        return ops.layer_norm(x, learnt("gamma", self.scale, 1.0), learnt("beta", self.center, 0.0), self.epsilon)
