"""Each layer on the engine: what it computes against the slow twin, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio import testing
from netstudio.catalogue import CATALOGUE
from netstudio.graph import Endpoint, Graph, Node, TensorSpec, Wire, analyse
from netstudio.layers import LAYERS
from netstudio.layers.activations import NAMES
from tests.numpy_ops import NumpyOps

Shapes = list[tuple[int, ...]]
IMAGE: Shapes = [(5, 4, 4)]
CASES: list[tuple[str, dict[str, Any], Shapes]] = [
    *[("Dense", {"units": 3, "activation": name}, [(2, 5)]) for name in NAMES],
    ("Dense", {"units": 3, "use_bias": False, "kernel_regularizer": "l2", "activation": None}, [(5,)]),
    ("Conv2D", {"filters": 6, "kernel_size": [3, 2]}, IMAGE),
    ("Conv2D", {"filters": 2, "kernel_size": [3, 2], "padding": "same", "strides": [2, 1]}, IMAGE),
    ("Conv2D", {"filters": 6, "kernel_size": 2, "groups": 2, "use_bias": False}, IMAGE),
    ("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "activation": "gelu"}, IMAGE),
    ("MaxPooling2D", {}, IMAGE),
    ("MaxPooling2D", {"pool_size": 3, "strides": [1, 2], "padding": "same"}, IMAGE),
    ("AveragePooling2D", {}, IMAGE),
    ("AveragePooling2D", {"pool_size": [2, 3], "padding": "same"}, IMAGE),
    ("GlobalAveragePooling2D", {}, IMAGE),
    ("GlobalAveragePooling2D", {"keepdims": True}, IMAGE),
    ("Flatten", {}, [(3, 4)]),
    ("Flatten", {}, [()]),
    ("Reshape", {"target_shape": [2, -1]}, [(3, 4)]),
    ("Dropout", {"rate": 0.4}, [(3, 4)]),
    ("BatchNormalization", {}, [(3, 4)]),
    ("BatchNormalization", {"center": False, "scale": False}, [(4,)]),
    *[
        (name, {}, shapes)
        for name in ("Add", "Multiply")
        for shapes in ([(3, 4)] * 3, [(4,), (3, 4)], [(3, 1), (1, 4)])
    ],
    ("LayerNormalization", {}, [(3, 5)]),
    ("LayerNormalization", {"center": False, "scale": False, "epsilon": 0.1}, [(5,)]),
    ("GlobalAveragePooling1D", {}, [(3, 4)]),
    ("GlobalAveragePooling1D", {"keepdims": True}, [(3, 4)]),
    ("LSTM", {"units": 5}, [(4, 3)]),
    ("LSTM", {"units": 17, "return_sequences": True, "go_backwards": True}, [(3, 2)]),
    ("LSTM", {"units": 3, "use_bias": False}, [(1, 2)]),
    ("LSTM", {"units": 3, "dropout": 0.3, "recurrent_dropout": 0.4, "return_sequences": True}, [(4, 2)]),
    ("LSTM", {"units": 3, "activation": "relu", "recurrent_activation": "tanh"}, [(4, 2)]),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, [(4, 5), (4, 5)]),
    ("MultiHeadAttention", {"num_heads": 3, "key_dim": 2, "use_causal_mask": True}, [(6, 5), (4, 3)]),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "value_dim": 4, "output_shape": 7, "use_bias": False, "dropout": 0.3},
        [(4, 5), (6, 3), (6, 2)],
    ),
    ("Concatenate", {"axis": 1}, [(3, 4), (2, 4)]),
    ("Concatenate", {}, [(3, 4), (3, 1), (3, 2)]),
    ("ReLU", {}, [(3, 4)]),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.3}, [(3, 4)]),
    ("LeakyReLU", {}, [(3, 4)]),
    ("ELU", {"alpha": 0.3}, [(3, 4)]),
    ("GELU", {}, [(3, 4)]),
    ("GELU", {"approximate": True}, [(3, 4)]),
    ("Softmax", {}, [(3, 4)]),
    ("Sigmoid", {}, [()]),
    ("ActivityRegularization", {"l1": 0.1, "l2": 0.3}, [(3, 4)]),
    ("Sampling", {"kl_weight": 0.7}, [(4,), (4,)]),
    ("Sampling", {"kl_weight": 0.0}, [(3, 2), (3, 2)]),
    ("Tanh", {}, [(3,)]),
]
every_case = pytest.mark.parametrize(
    ("name", "params", "shapes"), CASES, ids=[f"{i}-{name}" for i, (name, _, _) in enumerate(CASES)]
)


def around(name: str, params: dict[str, Any], shapes: Shapes) -> Graph:
    """Inputs, the layer, and a loss that compares its output with a Target."""
    inputs = [Node(f"x{i}", "Input", {"shape": list(s)}) for i, s in enumerate(shapes)]
    spec = LAYERS[name](**params).infer(*map(TensorSpec, shapes))
    assert isinstance(spec, TensorSpec)
    nodes = [*inputs, Node("n", name, params), Node("y", "Target", {"shape": list(spec.shape)})]
    nodes.append(Node("loss", "MeanSquaredError"))
    ports = [p.name for p in LAYERS[name].inputs] if len(LAYERS[name].inputs) > 1 else ["in"] * len(inputs)
    wires = [Wire(Endpoint(x.id, "out"), Endpoint("n", port)) for x, port in zip(inputs, ports)]
    wires += [Wire.parse("n.out", "loss.pred"), Wire.parse("y.out", "loss.target")]
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires))


def test_every_layer_has_a_case() -> None:
    data = {"Input", "Target", "Output"}
    assert {name for name, _, _ in CASES} | data == set(LAYERS.members)


@every_case
def test_against_the_twin(name: str, params: dict[str, Any], shapes: Shapes) -> None:
    rng = np.random.default_rng(0)
    model = ns.compile(around(name, params, shapes), seed=0, threads=1, dtype="float64")
    weights = {k: rng.random(v.shape) for k, v in model.weights.items()}
    model.set_weights(weights)
    inputs = {f"x{i}": rng.normal(size=(5, *s)) for i, s in enumerate(shapes)}
    found = model.predict(inputs)
    own = {k.removeprefix("n/"): v for k, v in weights.items()}
    expected: Any = LAYERS[name](**params).lower(NumpyOps(own), *inputs.values())
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@every_case
def test_gradients(name: str, params: dict[str, Any], shapes: Shapes) -> None:
    graph = around(name, params, shapes)
    assert analyse(graph, CATALOGUE).ok
    testing.gradcheck(graph)
