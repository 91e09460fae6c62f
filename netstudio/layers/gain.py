"""The gamma and beta of layers that normalise: what is learnt once mean and variance are 0 and 1."""

from __future__ import annotations

from typing import Any

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import Shape
from netstudio.layers.learnt import learnt_weight


def gain_and_offset(layer: Any, shape: Shape) -> dict[str, WeightSpec]:
    """gamma where the layer has `scale` and beta where it has `center`, as its parameters for them say."""
    there = {"gamma": layer.scale, "beta": layer.center}
    return {name: learnt_weight(layer, name, shape) for name, wanted in there.items() if wanted}
