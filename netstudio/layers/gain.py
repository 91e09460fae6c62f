"""The gamma and beta of layers that normalise: what is learnt once mean and variance are 0 and 1."""

from __future__ import annotations

from typing import Any

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import Shape


def gain_and_offset(layer: Any, shape: Shape) -> dict[str, WeightSpec]:
    """gamma where the layer has `scale` and beta where it has `center`, as its parameters for them say."""

    def learnt(name: str) -> WeightSpec:
        start, penalty, bounds = (layer.params[f"{name}_{k}"] for k in ("initializer", "regularizer", "constraint"))
        return WeightSpec(shape, start, regularizer=penalty, constraint=bounds)

    return {name: learnt(name) for name, there in (("gamma", layer.scale), ("beta", layer.center)) if there}
