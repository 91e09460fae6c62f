"""What computes: bypassed nodes are led past, on the canvas, in training and in blocks alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import netstudio as ns
from netstudio.catalogue import CATALOGUE
from netstudio.errors import EditError
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Graph, analyse
from netstudio.graph.edits import Bypass, Group, RemoveNodes, Ungroup
from netstudio.graph.effective import effective
from netstudio.graph.inside import Inside
from netstudio.training.model import Model, estimate_graph
from tests.graph.toys import TOYS, broken_graphs
from tests.graphs import cnn, graph

RNG = np.random.default_rng(3)
IMAGES = RNG.standard_normal((5, 8, 7, 2)).astype(np.float32)
CLASSES = RNG.integers(0, 4, 5)
SKIPPED = ("relu", "drop")


def bypassed() -> Graph:
    return Bypass(SKIPPED).apply(cnn(), CATALOGUE)


def removed() -> Graph:
    return RemoveNodes(SKIPPED, heal=True).apply(cnn(), CATALOGUE)


def test_a_graph_without_bypasses_is_effective_itself() -> None:
    made = cnn()
    assert effective(made, CATALOGUE) is made


def test_a_bypass_is_as_if_the_nodes_were_gone() -> None:
    assert effective(bypassed(), CATALOGUE).wires == removed().wires
    shown, gone = analyse(bypassed(), CATALOGUE), analyse(removed(), CATALOGUE)
    assert shown.problems == gone.problems
    assert {i: f.outputs for i, f in shown.nodes.items() if i not in SKIPPED} == {
        i: f.outputs for i, f in gone.nodes.items()
    }
    one, other = Model(bypassed(), threads=1), Model(removed(), threads=1)
    assert list(one.weights) == list(other.weights)
    assert one.train_on_batch(IMAGES, CLASSES) == other.train_on_batch(IMAGES, CLASSES)
    np.testing.assert_array_equal(one.predict(IMAGES), other.predict(IMAGES))
    assert estimate_graph(bypassed()) == estimate_graph(removed())


def test_a_bypassed_layer_has_no_weights_and_is_saved_as_it_is(tmp_path: Path) -> None:
    made = Bypass(("bn",)).apply(cnn(), CATALOGUE)
    assert '"bypassed": true' in dump_graph(made)
    assert parse_graph(dump_graph(made)) == made
    model = Model(made)
    assert not [name for name in model.weights if name.startswith("bn/")]
    model.save(tmp_path / "m.npz")
    loaded = ns.load_model(tmp_path / "m.npz")
    assert loaded.graph.nodes["bn"].bypassed
    np.testing.assert_array_equal(loaded.predict(IMAGES), model.predict(IMAGES))


def test_nodes_in_a_block_and_blocks_are_bypassed() -> None:
    folded = Group(("bn", "relu", "pool")).apply(cnn(), CATALOGUE)
    inner = Inside(("block1",), Bypass(("relu", "pool"))).apply(folded, CATALOGUE)
    flat = Bypass(("relu", "pool")).apply(cnn(), CATALOGUE)
    assert analyse(inner, CATALOGUE).nodes["out"].outputs == analyse(flat, CATALOGUE).nodes["out"].outputs
    Model(inner).predict(IMAGES)
    whole = Bypass(("block1",)).apply(folded, CATALOGUE)
    assert not [name for name in Model(whole).weights if name.startswith("block1/")]
    with pytest.raises(EditError, match="is bypassed; take that back"):
        Ungroup("block1").apply(whole, CATALOGUE)


def test_shapes_that_do_not_fit_past_a_node_are_told_where_they_meet() -> None:
    made = Bypass(("flat",)).apply(cnn(), CATALOGUE)
    errors = [p for p in analyse(made, CATALOGUE).problems if p.severity == "error"]
    assert [p.node for p in errors] == ["loss"]


def test_a_layer_that_lends_its_weights_is_missed() -> None:
    nodes = [("x", "Input", {"shape": [3]}), ("d", "Dense", {"units": 3}), ("again", "Shared", {"layer": "d"})]
    made = Bypass(("d",)).apply(graph(nodes, "x d, d again"), CATALOGUE)
    assert any("d is bypassed, so that it has no weights" in p.message for p in analyse(made, CATALOGUE).problems)


@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("x", "x can't be bypassed: it has no input"),
        ("y", "y can't be bypassed: it has no input"),
        ("loss", "loss can't be bypassed: it is a loss; give it the weight 0"),
    ],
)
def test_what_can_not_be_bypassed_is_told_by_edit_and_analysis(id: str, message: str) -> None:
    with pytest.raises(EditError, match=message):
        Bypass((id,)).apply(cnn(), CATALOGUE)
    text = dump_graph(cnn()).replace(f'"id": "{id}",', f'"id": "{id}", "bypassed": true,')
    written = parse_graph(text)
    assert message in [p.message for p in analyse(written, CATALOGUE).problems]


def test_a_bypassed_node_that_nothing_feeds_is_told() -> None:
    made = Bypass(("r",)).apply(graph([("r", "ReLU", {}), ("o", "Output", {})], "r o"), CATALOGUE)
    assert any("nothing is wired into 'in'" in p.message and p.node == "r" for p in analyse(made, CATALOGUE).problems)
    assert not effective(made, CATALOGUE).wires


@given(broken_graphs())
def test_any_graph_has_an_effective_part(broken: Graph) -> None:
    nodes = {i: Bypass((i,)).apply(broken, TOYS).nodes[i] if _can(broken, i) else n for i, n in broken.nodes.items()}
    found = effective(Graph(nodes=nodes, wires=broken.wires), TOYS)
    assert not [n for n in found.nodes.values() if n.bypassed]
    assert all(w.target.node in found.nodes or w.target.node not in nodes for w in found.wires)


def _can(broken: Graph, id: str) -> bool:
    try:
        Bypass((id,)).apply(broken, TOYS)
    except EditError:
        return False
    return True
