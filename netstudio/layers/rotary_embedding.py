"""RotaryEmbedding: queries and keys turned by where they stand."""

from __future__ import annotations

import numpy as np

from netstudio.errors import ShapeError
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import require_float
from netstudio.layers.positions import Positions, angles, max_wavelength_param
from netstudio.ops import Ops, Value


class RotaryEmbedding(Positions):
    """Turns pairs of features by an angle that grows with the place: products then tell how far steps are apart.

    With the halves a and b of the features, and at step t the angles v = t / scaling_factor · max_wavelength^(-2 i /
    features): a' = a · cos(v) - b · sin(v), b' = b · cos(v) + a · sin(v). Wire it between what makes queries and keys
    and the attention: where they stand then counts by their distance alone. Input (steps, ..., features) keeps its
    shape. As keras_hub.layers.RotaryEmbedding; Su et al., "RoFormer: Enhanced Transformer with Rotary Position
    Embedding", 2021.
    """

    keywords = ("rope", "rotary position embedding", "rotate", "relative positions", "llama", "roformer", "transformer")
    onnx = "RotaryEmbedding"
    without = {"keras": "KerasHub has it, under this name", "torch": "it is a function of one's own there"}

    max_wavelength = max_wavelength_param()
    scaling_factor = Float(1.0, above=0.0, doc="By what places are divided, to reach farther than was trained for.")

    def caption(self) -> str:
        return "" if self.scaling_factor == 1.0 else f"/ {self.scaling_factor:g}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        if len(x.shape) < 2 or x.shape[-1] % 2:
            raise ShapeError(
                f"the input has the shape {x.shape}; expected (steps, ..., features), with an even number of features "
                "to turn in pairs"
            )
        return x

    def lower(self, ops: Ops, x: Value) -> Value:
        _, steps, *between, features = x.shape
        turned = angles(steps, features, self.max_wavelength) / self.scaling_factor
        lying = (steps, *(1,) * len(between), features // 2)
        cos, sin = (ops.constant(wave.reshape(lying)) for wave in (np.cos(turned), np.sin(turned)))
        a, b = ops.slice(x, -1, 0, features // 2), ops.slice(x, -1, features // 2, features)
        return ops.concatenate([a * cos - b * sin, b * cos + a * sin], x.ndim - 1)
