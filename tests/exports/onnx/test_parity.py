"""Every layer and every sample predicts the same as ONNX, for any number of samples."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import netstudio as ns
from netstudio.graph import Endpoint, Graph, Node, Wire
from netstudio.resources import SAMPLES
from tests.exports.onnx.checks import assert_same, exported, model_of, samples
from tests.layers.cases import CASES, Case, around, names


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_every_layer(case: Case) -> None:
    assert_parity(around(case))


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_every_sample(path: Path) -> None:
    assert_parity(ns.load_graph(path))


def chain(*nodes: Node) -> Graph:
    """Nodes one after another, and an Output."""
    nodes = (*nodes, Node("out", "Output", {}))
    wires = tuple(Wire(Endpoint(a.id, "out"), Endpoint(b.id, "in")) for a, b in itertools.pairwise(nodes))
    return Graph(nodes={n.id: n for n in nodes}, wires=wires)


MASKED = {
    "lstm": [Node("n", "LSTM", {"units": 3, "return_sequences": True})],
    "gru": [Node("n", "GRU", {"units": 3})],
    "rnn": [Node("n", "SimpleRNN", {"units": 3, "go_backwards": True})],
    "both_ways": [Node("n", "Bidirectional", {"layer": {"type": "LSTM", "params": {"units": 2}}})],
    "mean": [Node("n", "GlobalAveragePooling1D")],
    "encoder": [Node("n", "TransformerEncoder", {"intermediate_dim": 4, "num_heads": 2}), Node("f", "Flatten")],
}


@pytest.mark.parametrize("name", MASKED)
def test_padded_sequences(name: str) -> None:
    ids = Node("ids", "Input", {"shape": [5], "dtype": "int"})
    words = Node("words", "Embedding", {"input_dim": 4, "output_dim": 6, "mask_zero": True})
    assert_parity(chain(ids, words, *MASKED[name]))


def assert_parity(graph: Graph) -> None:
    model = model_of(graph)
    proto = exported(model)
    for rows in (3, 1):
        assert_same(model, proto, samples(model, rows))
