"""Edits inside blocks are edits of the document; what is wrong inside is told outside, with its place."""

from __future__ import annotations

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.errors import EditError
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Endpoint, Graph, analyse, edits
from netstudio.graph.edits import Group
from netstudio.graph.inside import Inside, blocks_on, inside, walk
from tests.graphs import cnn, graph

DEEP = ("body1", "normblock1")


def nested() -> Graph:
    """A CNN whose middle stands in a block, in which another one stands."""
    inner = Group(("bn", "relu", "pool"), "norm block").apply(cnn(), CATALOGUE)
    return Group(("conv1", "normblock1", "conv2"), "body").apply(inner, CATALOGUE)


def test_an_edit_two_blocks_deep_changes_the_document() -> None:
    before = nested()
    edit = Inside(DEEP, edits.SetLabel("relu", "first"))
    after = edit.apply(before, CATALOGUE)
    assert edit.title == "rename relu"
    assert inside(inside(after, "body1"), "normblock1").nodes["relu"].label == "first"
    assert inside(inside(before, "body1"), "normblock1").nodes["relu"].label is None
    assert parse_graph(dump_graph(after)) == after
    assert analyse(after, CATALOGUE).ok


def test_an_edit_that_changes_nothing_gives_the_graph_itself() -> None:
    before = nested()
    assert Inside(DEEP, edits.MoveNodes({})).apply(before, CATALOGUE) is before


def test_a_port_that_goes_takes_its_wire_along() -> None:
    before = nested()
    (port,) = (w.target.port for w in before.wires if w.target.node == "body1")
    after = Inside(("body1",), edits.RemoveNodes((port,))).apply(before, CATALOGUE)
    assert not after.incoming.get("body1")
    assert analyse(after, CATALOGUE).nodes["body1"].type is not None


def test_what_a_block_shows_of_a_node_goes_with_it() -> None:
    both = {"units": ["conv1.filters", "conv2.filters"], "size": "conv2.kernel_size"}
    shown = edits.SetParams("body1", {"exposed": both}).apply(nested(), CATALOGUE)
    after = Inside(("body1",), edits.RemoveNodes(("conv2",), heal=True)).apply(shown, CATALOGUE)
    assert after.nodes["body1"].params["exposed"] == {"units": ["conv1.filters"]}
    assert analyse(after, CATALOGUE).nodes["body1"].type is not None


def test_an_id_that_went_inside_is_given_to_no_other_node() -> None:
    graph = Inside(("body1",), edits.AddNode("Dense")).apply(nested(), CATALOGUE)
    graph = Inside(("body1",), edits.RemoveNodes(("dense1",))).apply(graph, CATALOGUE)
    graph = Inside(("body1",), edits.AddNode("Dense")).apply(graph, CATALOGUE)
    assert "dense2" in inside(graph, "body1").nodes
    assert "dense1" in edits.AddNode("Dense").apply(graph, CATALOGUE).nodes, "outside it is free"


@pytest.mark.parametrize(
    ("path", "edit", "message"),
    [
        (("conv1",), edits.AddNode("ReLU"), "'conv1' is no block"),
        (("body1",), edits.AddNode("Target"), "can't stand in a block; leave body and add it there"),
        (DEEP, edits.AddNode("MeanSquaredError"), "can't stand in a block; leave norm block and add it there"),
        (("body1",), edits.Connect(Endpoint("conv1", "out"), Endpoint("conv1", "in")), "conv1 can't feed itself"),
    ],
)
def test_what_can_not_be_done_inside_is_refused(path: tuple[str, ...], edit: edits.Edit, message: str) -> None:
    with pytest.raises(EditError, match=message):
        Inside(path, edit).apply(nested(), CATALOGUE)


def test_a_problem_inside_has_its_place_and_a_repair_that_mends_it_from_outside() -> None:
    broken = Inside(DEEP, edits.InsertOnWire(inside(inside(nested(), "body1"), "normblock1").wires[1], "Dense"))
    graph = Inside(DEEP, edits.AddNode("Flatten", id="flat")).apply(broken.apply(nested(), CATALOGUE), CATALOGUE)
    wire = next(w for w in inside(inside(graph, "body1"), "normblock1").wires if w.target.node == "pool")
    graph = Inside(DEEP, edits.InsertOnWire(wire, "Flatten", existing="flat")).apply(graph, CATALOGUE)
    problem = next(p for p in analyse(graph, CATALOGUE).problems if p.severity == "error")
    assert (problem.node, problem.inside) == ("body1", ("normblock1", "pool"))
    assert problem.message.startswith("body: inside it, norm block: inside it, pool: ")


def test_repairs_inside_are_edits_of_the_document() -> None:
    too_wide = edits.SetParams("conv2", {"kernel_size": 9})
    graph = Inside(("body1",), too_wide).apply(nested(), CATALOGUE)
    (problem,) = (p for p in analyse(graph, CATALOGUE).problems if p.repairs)
    assert (problem.node, problem.inside) == ("body1", ("conv2",))
    mended = problem.repairs[0].edit.apply(graph, CATALOGUE)
    assert inside(mended, "body1").nodes["conv2"].params["padding"] == "same"
    assert analyse(mended, CATALOGUE).ok


def test_every_node_is_found_with_the_blocks_on_its_way() -> None:
    found = {node.id: path for path, node in walk(nested())}
    assert found["relu"] == DEEP
    assert found["conv1"] == ("body1",)
    assert found["body1"] == ()
    assert [b.title for b in blocks_on(nested(), DEEP)] == ["body", "norm block"]


def test_an_edit_inside_is_inferred_for_what_it_touched_alone() -> None:
    before = analyse(nested(), CATALOGUE)
    edit = Inside(("body1",), edits.SetParams("conv2", {"filters": 9}))
    after = analyse(edit.apply(nested(), CATALOGUE), CATALOGUE, before)
    assert after.nodes == analyse(edit.apply(nested(), CATALOGUE), CATALOGUE).nodes
    (old,), (new,) = (list(a.nodes["body1"].type.__dict__["_seen"].values()) for a in (before, after))
    assert new.nodes["conv1"] is old.nodes["conv1"]
    assert new.nodes["normblock1"] is old.nodes["normblock1"]
    assert new.nodes["conv2"] is not old.nodes["conv2"]


def test_a_group_knows_what_comes_in() -> None:
    specs = {Endpoint("x", "out"): analyse(cnn(), CATALOGUE).nodes["x"].outputs[0]}  # type: ignore[index]
    grouped, block = Group(("conv1",), specs=specs).place(cnn(), CATALOGUE)
    (entry,) = (n for n in inside(grouped, block).nodes.values() if n.type == "Input")
    assert entry.params == {"shape": list(cnn().nodes["x"].params["shape"])}


def test_a_layer_made_of_others_tells_what_is_wrong_as_its_own() -> None:
    nodes = [("x", "Input", {"shape": [7]}), ("t", "TransformerEncoder", {"num_heads": 2, "intermediate_dim": 4})]
    (problem,) = (
        p for p in analyse(graph(nodes, "x t"), CATALOGUE).problems if p.node == "t" and p.severity == "error"
    )
    assert problem.inside == (), "it can't be opened"
