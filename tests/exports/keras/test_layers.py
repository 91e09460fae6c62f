"""Every layer has its way into Keras, and a new one has to choose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netstudio.errors import ExportError
from netstudio.exports.keras.build import network
from netstudio.exports.keras.net import Made, Net, Part
from netstudio.graph import Graph, Node
from netstudio.layers import LAYERS
from tests.exports.keras.models import graph_of, masked, trained
from tests.layers.cases import CASES, NOT_COMPUTING, around

# The layers that are not (always) the Keras layer of their name, and what they are.
ACTIVATION, SEVERAL, NOTHING = "layers.Activation", "several", "nothing"
NAMED = (
    *("SELU", "SiLU", "Mish", "Softplus", "Softsign", "HardSigmoid", "HardSwish", "HardTanh", "Exponential", "ReLU6"),
    *("LogSigmoid", "TanhShrink", "Squareplus", "SparsePlus", "SparseSigmoid", "Sigmoid", "Tanh"),
)
PLACES = "PositionEmbedding", "SinePositionEncoding", "RotaryEmbedding"
TRANSFORMERS = "TransformerEncoder", "TransformerDecoder"  # what they are made of
ELSEWHERE: dict[str, set[str]] = {
    **{name: {ACTIVATION} for name in NAMED},
    **{name: {SEVERAL} for name in (*PLACES, *TRANSFORMERS, "PairwiseDistance")},
    **{name: {f"layers.{name}", NOTHING} for name in ("Add", "Multiply", "Maximum", "Minimum", "Average")},
    **{f"Reduce{kind}": {f"ops.{kind.lower()}"} for kind in ("Mean", "Max", "Min")},
    "ReduceSum": {"ops.sum", NOTHING},
    "CELU": {"ops.celu"},
    "GELU": {ACTIVATION, "ops.gelu"},
    "SoftShrink": {"ops.soft_shrink"},
    "HardShrink": {"ops.hard_shrink"},
    "Threshold": {"ops.threshold"},
    "LogSoftmax": {ACTIVATION, "ops.log_softmax"},
    "Sparsemax": {SEVERAL},  # Keras's does not sum to 1
    "GLU": {"ops.glu"},
    "Divide": {"ops.divide", SEVERAL},
    "MatMul": {"ops.matmul", SEVERAL},
    "Stack": {"ops.stack"},
    "Split": {"ops.split"},
    "Slice": {"ops.get_item", SEVERAL, NOTHING},
    "Sampling": {NOTHING},  # it predicts the mean
    "Dense": {"layers.Dense", SEVERAL},  # with a function behind it that Keras computes in another way
    "RMSNormalization": {"layers.RMSNormalization", SEVERAL},  # along another axis than the last
    "GroupQueryAttention": {"layers.GroupQueryAttention", SEVERAL},  # of inputs with different features
}


def parts_of(graph: Graph) -> tuple[Net, list[Part]]:
    net = network(trained(graph))
    return net, [part for part in net.parts if part.made.name != "InputLayer"]


def way(parts: list[Part]) -> str:
    if not parts:
        return NOTHING
    return f"{parts[0].made.kind}.{parts[0].made.name}" if len(parts) == 1 else SEVERAL


@pytest.fixture(scope="module")
def ways() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for case in CASES:
        _, parts = parts_of(around(case))
        found.setdefault(case.type, set()).add(way(parts))
    return found


def test_every_layer_has_its_way(ways: dict[str, set[str]]) -> None:
    names = {layer.name for layer in LAYERS} - NOT_COMPUTING
    assert set(ways) >= names
    for name in sorted(names):
        assert ways[name] <= ELSEWHERE.get(name, {f"layers.{name}"}), name


def test_the_list_of_exceptions_holds_no_more(ways: dict[str, set[str]]) -> None:
    for name, wanted in ELSEWHERE.items():
        assert wanted == ways[name], name


def test_parameters_are_keras_s() -> None:
    params: dict[str, Any] = {"filters": 3, "kernel_size": [3, 2], "kernel_initializer": "he_normal"}
    params |= {"kernel_regularizer": {"type": "L2", "params": {"l2": 0.5}}, "bias_constraint": "non_neg"}
    nodes = [Node("x", "Input", {"shape": [5, 4, 2]}), Node("n", "Conv2D", params), Node("y", "Output")]
    _, (part,) = parts_of(graph_of(nodes, "x > n", "n > y"))
    made = part.made.params
    assert made["kernel_size"] == [3, 2]
    assert made["kernel_initializer"] == Made("initializers", "HeNormal")
    assert made["kernel_regularizer"].params == {"l2": 0.5}
    assert made["bias_constraint"].name == "NonNeg"
    assert part.made.needed == ("filters", "kernel_size")
    assert "strides" in part.made.defaults
    assert "kernel_regularizer" not in part.made.defaults


def test_margins_and_noise_are_written_as_keras_has_them() -> None:
    nodes = [Node("x", "Input", {"shape": [5, 4, 2]}), Node("p", "ZeroPadding2D", {"padding": [[0, 2], [3, 1]]})]
    nodes += [Node("d", "Dropout", {"rate": 0.5, "noise_shape": [None, 1, 1, -1]}), Node("y", "Output")]
    _, (padding, dropout) = parts_of(graph_of(nodes, "x > p", "p > d", "d > y"))
    assert padding.made.params["padding"] == [[0, 2], [3, 1]]
    assert dropout.made.params["noise_shape"] == [None, 1, 1, None]


def test_weights_lie_where_keras_looks_for_them() -> None:
    held = {"layer": {"type": "LSTM", "params": {"units": 3, "return_sequences": True}}}
    heads = {"num_heads": 2, "key_dim": 3, "use_gate": True}
    nodes = [Node("x", "Input", {"shape": [4, 2]}), Node("b", "Bidirectional", held)]
    nodes += [Node("h", "MultiHeadAttention", heads), Node("y", "Output")]
    file = trained(graph_of(nodes, "x > b", "b > h.query", "b > h.value", "h > y"))
    layers = {part.name: part.weights for part in network(file).parts}
    weights = file.weights
    np.testing.assert_array_equal(
        layers["b"]["backward_layer/cell/vars/1"], weights["b/backward_layer/recurrent_kernel"]
    )
    np.testing.assert_array_equal(layers["h"]["_gate_dense/vars/0"], weights["h/gate/kernel"])
    np.testing.assert_array_equal(layers["h"]["output_dense/vars/1"], weights["h/attention_output/bias"])
    assert sum(a.size for own in layers.values() for a in own.values()) == sum(a.size for a in weights.values())


def test_what_is_frozen_stays_so() -> None:
    nodes = [Node("x", "Input", {"shape": [2]}), Node("a", "Dense", {"units": 2}, frozen=True)]
    nodes += [Node("b", "Dense", {"units": 2}), Node("y", "Output")]
    _, parts = parts_of(graph_of(nodes, "x > a", "a > b", "b > y"))
    assert [part.trainable for part in parts] == [False, True]


def test_masks_that_keras_drops_are_handed_over() -> None:
    graphs = dict(masked())
    _, parts = parts_of(graphs["lost-into-00-LSTM"])
    by_name = {part.name: part for part in parts}
    assert set(by_name["h"].calls[0].kwargs) == {"mask"}
    _, parts = parts_of(graphs["mask-into-00-LSTM"])
    assert [part.calls[0].kwargs for part in parts] == [{}, {}, {}]
    _, parts = parts_of(graphs["lost-into-05-MultiHeadAttention"])
    assert [set(p.calls[0].kwargs) for p in parts if p.name == "h"] == [{"attention_mask"}]


def test_what_keras_can_not_say_names_the_node() -> None:
    gru = {"units": 3, "activation": "sparsemax"}
    nodes = [Node("x", "Input", {"shape": [4, 2]}), Node("g", "GRU", gru), Node("y", "Output")]
    _, parts = parts_of(graph_of(nodes, "x > g", "g > y"))
    assert way(parts) == SEVERAL  # step by step, since Keras's sparsemax is another
    masked = graph_of([*nodes, Node("m", "Masking")], "x > m", "m > g", "g > y")
    with pytest.raises(ExportError, match=r"node g \(GRU\): Keras has no such layer.* export to onnx or numpy"):
        parts_of(masked)
