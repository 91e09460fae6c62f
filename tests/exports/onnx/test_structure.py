"""What the exported graphs look like: as one would write them for ONNX by hand."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import netstudio as ns
from netstudio.errors import ExportError
from netstudio.exports.onnx.operations import write
from netstudio.exports.onnx.values import Values
from netstudio.exports.program import BATCH, Program, Step
from netstudio.graph import Endpoint, Graph, Node, Wire
from netstudio.resources import SAMPLES
from tests.exports.onnx.checks import assert_same, exported, model_of, operators, samples


def graph_of(wires: list[str], **nodes: tuple[str, dict[str, Any]]) -> Graph:
    """Nodes by id, wires such as "a b" or "a b.port"."""
    ends = [(a, b if "." in b else f"{b}.in") for a, b in (w.split() for w in wires)]
    return Graph(
        nodes={id: Node(id, type, params) for id, (type, params) in nodes.items()},
        wires=tuple(Wire(Endpoint(a, "out"), Endpoint(*b.split("."))) for a, b in ends),
    )


def chain(*layers: tuple[str, dict[str, Any]]) -> Graph:
    """Layers one after another, which are called n0, n1, ..., and an Output."""
    nodes = {f"n{i}": layer for i, layer in enumerate((*layers, ("Output", {})))}
    ids = list(nodes)
    return graph_of([f"{a} {b}" for a, b in itertools.pairwise(ids)], **nodes)


def operators_of(graph: Graph) -> list[str]:
    """Those of the export, which predicts what the model does."""
    model = model_of(graph)
    proto = exported(model)
    assert_same(model, proto, samples(model, 2))
    return operators(proto)


def test_dense_layers_are_products_with_their_bias() -> None:
    assert operators_of(ns.load_graph(SAMPLES / "iris.json")).count("Gemm") == len(
        [n for n in ns.load_graph(SAMPLES / "iris.json").nodes.values() if n.type == "Dense"]
    )
    of_sequence = chain(("Input", {"shape": [3, 5]}), ("Dense", {"units": 4, "activation": "relu"}))
    assert operators_of(of_sequence) == ["MatMul", "Add", "Relu"]


def test_a_convolutional_network_is_transposed_twice() -> None:
    found = operators_of(ns.load_graph(SAMPLES / "digits_cnn.json"))
    assert found == ["Transpose", "Conv", "Relu", "Conv", "MaxPool", "Relu", "Transpose", "Flatten", "Gemm"]


def test_a_network_of_two_paths_is_transposed_twice() -> None:
    found = operators_of(ns.load_graph(SAMPLES / "digits_unet.json"))
    assert found.count("Transpose") == 2
    assert found.count("Resize") == 2
    assert set(found) == {"Transpose", "Conv", "Relu", "MaxPool", "Resize", "Concat"}


@pytest.mark.parametrize(
    ("layer", "node"),
    [
        ({"type": "LSTM", "params": {"units": 3}}, "LSTM"),
        ({"type": "GRU", "params": {"units": 3, "return_sequences": True}}, "GRU"),
        ({"type": "SimpleRNN", "params": {"units": 3, "use_bias": False}}, "RNN"),
    ],
    ids=lambda p: str(p),
)
def test_a_recurrent_layer_is_one_node(layer: Any, node: str) -> None:
    found = operators_of(chain(("Input", {"shape": [4, 2]}), (layer["type"], layer["params"])))
    assert found[:3] == ["Transpose", node, "Squeeze"]
    assert found[3:] == ["Transpose"] * (node == "GRU")


def test_a_residual_block_keeps_its_weights_and_its_layout() -> None:
    convolution = {"filters": 6, "kernel_size": 3, "padding": "same", "use_bias": False}
    graph = graph_of(
        ["x a", "a a_bn", "a_bn a_relu", "a_relu b", "b b_bn", "b_bn sum", "a_relu sum", "sum mean", "mean y", "y out"],
        x=("Input", {"shape": [8, 7, 3]}), a=("Conv2D", convolution), a_bn=("BatchNormalization", {}),
        a_relu=("ReLU", {}), b=("Conv2D", convolution), b_bn=("BatchNormalization", {"scale": False}), sum=("Add", {}),
        mean=("GlobalAveragePooling2D", {}), y=("Dense", {"units": 2}), out=("Output", {}),
    )  # fmt: skip
    assert operators_of(graph) == [
        "Transpose", "Conv", "BatchNormalization", "Relu", "Conv", "BatchNormalization", "Add", "GlobalAveragePool",
        "Flatten", "Gemm",
    ]  # fmt: skip
    proto = exported(model_of(graph))
    held = {t.name: tuple(t.dims) for t in proto.graph.initializer}
    assert held["a/kernel"] == (6, 3, 3, 3)
    assert {f"a_bn/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")} <= set(held)


def test_sequences_have_convolutions_of_one_axis() -> None:
    graph = chain(
        ("Input", {"shape": [9, 3]}), ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}),
        ("MaxPooling1D", {}), ("ReLU", {}), ("Conv1DTranspose", {"filters": 2, "kernel_size": 3}), ("Flatten", {}),
    )  # fmt: skip
    assert operators_of(graph) == ["Transpose", "Conv", "MaxPool", "Relu", "ConvTranspose", "Transpose", "Flatten"]


def test_attention_is_products_of_matrices() -> None:
    found = operators_of(ns.load_graph(SAMPLES / "digits_transformer.json"))
    assert "Einsum" not in found
    assert found.count("Softmax") == 2
    assert found.count("LayerNormalization") == 4


@pytest.mark.parametrize(
    ("layer", "params", "expected"),
    [
        ("LeakyReLU", {}, ["LeakyRelu"]), ("PReLU", {}, ["PRelu"]), ("ELU", {"alpha": 0.3}, ["Elu"]),
        ("SELU", {}, ["Selu"]), ("HardSigmoid", {}, ["HardSigmoid"]), ("HardSwish", {}, ["HardSwish"]),
        ("Mish", {}, ["Mish"]), ("Softsign", {}, ["Softsign"]), ("Softplus", {}, ["Softplus"]),
        ("ReLU6", {}, ["Clip"]), ("SiLU", {}, ["Sigmoid", "Mul"]), ("Softmax", {}, ["Softmax"]),
    ],
)  # fmt: skip
def test_an_activation_is_one_node(layer: str, params: dict[str, Any], expected: list[str]) -> None:
    assert operators_of(chain(("Input", {"shape": [5]}), (layer, params))) == expected
    dense = operators_of(chain(("Input", {"shape": [5]}), ("Dense", {"units": 3}), (layer, params)))
    assert dense == ["Gemm", *expected]


def test_an_operation_that_onnx_lacks_is_named() -> None:
    program = Program((Step(1, "warp", (), {}, (BATCH, 2), "turn"),), {}, {"turn": 1})
    with pytest.raises(ExportError, match="node turn: ONNX has no form for the operation 'warp'"):
        write(Values(program), program[1])


def test_names_are_those_of_the_document() -> None:
    proto = exported(model_of(ns.load_graph(SAMPLES / "digits_cnn.json")))
    assert [i.name for i in proto.graph.input] == ["image"]
    assert [o.name for o in proto.graph.output] == ["scores"]
    assert {n.name for n in proto.graph.node} >= {"conv1/Conv", "conv2/Conv", "pool/MaxPool", "scores/Gemm"}
    assert {t.name for t in proto.graph.initializer} >= {"conv1/kernel", "conv1/bias", "scores/kernel"}
    dims = [d.dim_param or d.dim_value for d in proto.graph.input[0].type.tensor_type.shape.dim]
    assert dims == ["batch", 8, 8, 1]
    assert (proto.ir_version, proto.opset_import[0].version, proto.producer_name) == (8, 18, "netstudio")


def test_what_is_predicted_twice_or_comes_from_an_input() -> None:
    graph = graph_of(
        ["x same", "same a", "x b", "a c.in", "b d.in"],
        x=("Input", {"shape": [3]}), same=("Identity", {}), a=("ReLU", {}), b=("ReLU", {}),
        c=("Output", {}), d=("Output", {}),
    )  # fmt: skip
    model = model_of(graph)
    proto = exported(model)
    assert_same(model, proto, samples(model, 2))
    assert sorted(operators(proto)) == ["Identity", "Relu"]
