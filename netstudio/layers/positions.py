"""What layers share that tell where in a sequence something stands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.sequence import require_sequence


class Positions(Layer, abstract=True):
    """A layer from a sequence to one of the same shape."""

    category = "attention"
    icon = "attention"
    passes_mask = True

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        return x


def max_wavelength_param() -> Float:
    return Float(10000.0, above=0.0, doc="About how many steps the slowest wave takes to come round, over 2 pi.")


def angles(steps: int, features: int, max_wavelength: float) -> NDArray[Any]:
    """How far the wave of each pair of features has come at each step, (steps, features / 2, rounded up), in radians.

    The wave of the features 2 i and 2 i + 1 turns by max_wavelength^(-2 i / features) a step.
    """
    speeds = float(max_wavelength) ** -(np.arange(0, features, 2) / features)
    return np.arange(steps)[:, None] * speeds
