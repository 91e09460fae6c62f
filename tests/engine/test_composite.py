"""Blocks: nodes folded into one compute, learn and save as they did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio import testing
from netstudio.catalogue import CATALOGUE
from netstudio.engine.lower import multiply_adds_of
from netstudio.errors import EditError
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Graph, analyse
from netstudio.graph.edits import Group, SetFrozen, SetParams, Ungroup
from netstudio.training.model import Model
from tests.graphs import cnn, graph

RNG = np.random.default_rng(3)
IMAGES = RNG.standard_normal((5, 8, 7, 2)).astype(np.float32)
CLASSES = RNG.integers(0, 4, 5)


def blocks() -> Graph:
    """A CNN whose convolutions stand in a block, which stands in a block with the layer before it."""
    inner, id = Group(("bn", "relu", "pool"), "norm block").place(cnn(), CATALOGUE)
    assert id == "normblock1"
    outer, id = Group(("conv1", "normblock1", "conv2"), "body").place(inner, CATALOGUE)
    assert id == "body1"
    return outer


def renamed(weights: dict[str, Any]) -> dict[str, Any]:
    """The weights of `cnn()` under their names in `blocks()`."""
    into = {"conv1": "body1/conv1", "conv2": "body1/conv2", "bn": "body1/normblock1/bn"}
    return {f"{into.get(n.split('/')[0], n.split('/')[0])}/{n.partition('/')[2]}": v for n, v in weights.items()}


def test_a_block_infers_what_its_nodes_did() -> None:
    flat, folded = analyse(cnn(), CATALOGUE), analyse(blocks(), CATALOGUE)
    assert folded.problems == flat.problems == ()
    assert folded.parameters == flat.parameters
    assert folded.nodes["body1"].outputs == flat.nodes["conv2"].outputs
    assert folded.nodes["out"].outputs == flat.nodes["out"].outputs
    inside = sum(multiply_adds_of(flat.nodes[id]) for id in ("conv1", "conv2"))
    assert multiply_adds_of(folded.nodes["body1"]) == inside


def test_a_block_computes_and_learns_to_the_bit_what_its_nodes_did() -> None:
    one, other = Model(cnn(dropout=0.0), threads=1), Model(blocks_without_dropout(), threads=1)
    other.set_weights(renamed(one.weights))
    for _ in range(3):
        assert one.train_on_batch(IMAGES, CLASSES) == other.train_on_batch(IMAGES, CLASSES)
    np.testing.assert_equal(other.weights, renamed(one.weights))
    np.testing.assert_array_equal(one.predict(IMAGES), other.predict(IMAGES))


def blocks_without_dropout() -> Graph:
    return SetParams("drop", {"rate": 0.0}).apply(blocks(), CATALOGUE)


def test_the_gradients_of_a_block() -> None:
    nodes = [
        ("x", "Input", {"shape": [4]}), ("d", "Dense", {"units": 3, "activation": "tanh", "kernel_regularizer": "l2"}),
        ("again", "Shared", {"layer": "e"}), ("e", "Dense", {"units": 3}), ("sum", "Add", {}),
        ("y", "Target", {"shape": [3]}), ("loss", "MeanSquaredError", {}),
    ]  # fmt: skip
    flat = graph(nodes, "x d, d e, e again, again sum, d sum, sum loss.pred, y loss.target")
    folded, _id = Group(("d", "e", "again", "sum")).place(flat, CATALOGUE)
    assert len(folded.nodes) == 4
    testing.gradcheck(folded)


def test_a_frozen_block_learns_nothing_and_its_norm_infers() -> None:
    frozen = SetFrozen("body1", True).apply(blocks_without_dropout(), CATALOGUE)
    model = Model(frozen, threads=1)
    before = model.weights
    model.train_on_batch(IMAGES, CLASSES)
    after = model.weights
    assert all(np.array_equal(before[n], after[n]) == n.startswith("body1/") for n in before)


def test_a_block_is_saved_with_its_document_and_its_weights(tmp_path: Path) -> None:
    folded = blocks()
    assert parse_graph(dump_graph(folded)) == folded
    model = Model(folded)
    model.save(tmp_path / "m.npz")
    loaded = ns.load_model(tmp_path / "m.npz")
    np.testing.assert_array_equal(loaded.predict(IMAGES), model.predict(IMAGES))
    assert "body1/normblock1/bn/moving_mean" in loaded.weights


def test_ungrouping_gives_back_what_was_grouped() -> None:
    back = Ungroup("body1").apply(blocks(), CATALOGUE)
    back = Ungroup("normblock1").apply(back, CATALOGUE)
    assert set(back.nodes) == set(cnn().nodes)
    assert set(back.wires) == set(cnn().wires)
    assert {i: (n.type, n.params) for i, n in back.nodes.items()} == {
        i: (n.type, n.params) for i, n in cnn().nodes.items()
    }


def test_several_ports_and_ends_that_nothing_takes() -> None:
    nodes = [
        ("a", "Input", {"shape": [3]}), ("b", "Input", {"shape": [3]}),
        ("s", "Add", {}), ("p", "ReLU", {}), ("q", "Tanh", {}), ("out", "Output", {}),
    ]  # fmt: skip
    flat = graph(nodes, "a s, b s, s p, s q, p out")
    folded, id = Group(("s", "p", "q"), "pair").place(flat, CATALOGUE)
    assert [p.name for p in CATALOGUE.ports(folded.nodes[id])[0]] == ["in1", "in2"]
    assert [p.name for p in CATALOGUE.ports(folded.nodes[id])[1]] == ["out1", "out2"]
    analysis = analyse(folded, CATALOGUE)
    assert analysis.ok
    assert len(analysis.nodes[id].outputs or ()) == 2


def test_what_is_wrong_inside_is_told_at_the_block() -> None:
    broken = SetParams("x", {"shape": [2, 2, 2]}).apply(blocks(), CATALOGUE)
    problem = next(p for p in analyse(broken, CATALOGUE).problems if p.severity == "error")
    assert problem.node == "body1"
    assert problem.message.startswith("body: inside it, conv2: ")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ((), "select the nodes that are to be one block"),
        (("out", "loss"), r"loss \(SparseCategoricalCrossentropy\) can't stand in a block"),
        (("x", "conv1"), r"x \(Input\) can't stand in a block"),
        (("conv1", "relu"), "bn stands between the selected nodes; select it too"),
    ],
)
def test_what_can_not_be_folded_is_told(ids: tuple[str, ...], message: str) -> None:
    with pytest.raises(EditError, match=message):
        Group(ids).apply(cnn(), CATALOGUE)


def test_shared_weights_stay_together() -> None:
    nodes = [
        ("x", "Input", {"shape": [3]}), ("d", "Dense", {"units": 3}), ("again", "Shared", {"layer": "d"}),
        ("r", "ReLU", {}), ("out", "Output", {}),
    ]  # fmt: skip
    flat = graph(nodes, "x d, d r, r again, again out")
    for ids in (("d", "r"), ("r", "again")):
        with pytest.raises(EditError, match="shares weights with a node outside; group both or neither"):
            Group(ids).apply(flat, CATALOGUE)
    assert analyse(Group(("d", "r", "again")).apply(flat, CATALOGUE), CATALOGUE).ok


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (7, "graph is 7; expected"),
        ({"nodes": [{"id": "1", "type": "ReLU"}]}, "is no node"),
        ({"nodes": [{"id": "a", "type": "ReLU", "colour": 1}]}, "expected"),
        ({"nodes": [{"id": "a", "type": "ReLU"}] * 2}, "two nodes have one id"),
        ({"nodes": [], "wires": [["a.out", "b.in"]]}, "a wire names the node 'a', which is not in it"),
        ({"nodes": [], "wires": [["a.out"]]}, "expected"),
        ({"nodes": [], "wires": [[1, 2]]}, "expected"),
        ({"nodes": [{"id": "a", "type": "ReLU", "pos": ["left", 1e400]}]}, "expected"),
        ({"nodes": [{"id": "t", "type": "Target", "params": {"shape": []}}]}, "t is a Target, which can't stand"),
    ],
)
def test_a_block_that_can_not_be_read_is_told(inside: Any, message: str) -> None:
    made = graph([("x", "Input", {"shape": [3]}), ("b", "Composite", {"graph": inside})], "x b")
    problems = analyse(made, CATALOGUE).problems
    assert any(message in p.message and p.node == "b" for p in problems), problems
