"""Layers in any order: wherever channels come first or last, the predictions are the model's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netstudio.graph import Endpoint, Graph, Node, Wire
from tests.exports.onnx.checks import assert_same, exported, model_of, operators, samples

IMAGE: list[tuple[str, dict[str, Any]]] = [
    ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu"}),
    ("Conv2D", {"filters": 5, "kernel_size": [1, 2], "dilation_rate": [1, 2], "padding": "same"}),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 2, "padding": "same"}),
    ("DepthwiseConv2D", {"kernel_size": 2, "padding": "same"}),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "padding": "same"}),
    ("MaxPooling2D", {"pool_size": 2, "strides": 1, "padding": "same"}),
    ("AveragePooling2D", {"pool_size": 2, "strides": 1, "padding": "same"}),
    ("BatchNormalization", {}),
    ("BatchNormalization", {"axis": 1}),
    ("LayerNormalization", {}),
    ("GroupNormalization", {"groups": 1}),
    ("PReLU", {}),
    ("PReLU", {"shared_axes": [1, 2]}),
    ("GELU", {}),
    ("SiLU", {}),
    ("Softmax", {}),
    ("Permute", {"dims": [3, 1, 2]}),
    ("Permute", {"dims": [2, 3, 1]}),
    ("Permute", {"dims": [2, 1, 3]}),
    ("ZeroPadding2D", {}),
    ("Cropping2D", {"cropping": [[0, 1], [0, 0]]}),
    ("UpSampling2D", {"size": [2, 1]}),
    ("Dense", {"units": 3}),
    ("Slice", {"axis": 3, "start": 0, "stop": 2}),
    ("ReduceMax", {"axis": [1, 2], "keepdims": True}),
    ("UnitNormalization", {}),
]
MERGES = ["Add", "Multiply", "Maximum"]


def network(seed: int) -> Graph:
    """Random layers one after another; where shapes allow, a sum with what was there some layers before, or with a
    vector of its channels; at last perhaps a vector.
    """
    rng = np.random.default_rng(seed)
    nodes = [Node("x", "Input", {"shape": [6, 7, 3]})]
    wires: list[Wire] = []

    def then(type: str, params: dict[str, Any], *sources: str) -> str:
        id = f"n{len(nodes)}"
        nodes.append(Node(id, type, params))
        wires.extend(Wire(Endpoint(source, "out"), Endpoint(id, "in")) for source in sources)
        return id

    last = "x"
    for _ in range(6):
        before = last
        type, params = IMAGE[rng.integers(len(IMAGE))]
        last = then(type, params, last)
        if rng.random() < 0.3:
            same = then("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "same"}, before)
            last = then("Conv2D", {"filters": 3, "kernel_size": 1}, last) if rng.random() < 0.5 else last
            pooled = then("GlobalAveragePooling2D", {"keepdims": bool(rng.integers(2))}, same)
            scale = then("Dense", {"units": 1}, pooled)
            last = then(MERGES[rng.integers(3)], {}, last, scale)
    if rng.random() < 0.5:
        last = then(["Flatten", "GlobalMaxPooling2D", "GlobalAveragePooling2D"][rng.integers(3)], {}, last)
    then("Output", {}, last)
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires))


@pytest.mark.parametrize("seed", range(20))
def test_any_order(seed: int) -> None:
    model = model_of(network(seed))
    proto = exported(model)
    assert_same(model, proto, samples(model, 2))
    assert "Einsum" not in operators(proto)
