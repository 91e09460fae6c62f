"""Finding node types: what is typed, what fits."""

from __future__ import annotations

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.graph import Graph, Node, TensorSpec, edits
from netstudio.gui.canvas import placing
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.search import Choice, everything, fitting, matching
from tests.gui.canvas.hand import small_graph, wire


def names(choices: list[Choice]) -> list[str]:
    return [choice.type.name for choice in choices]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("dense", "Dense"), ("DENSE", "Dense"), ("linear", "Dense"), ("conv", "Conv2D"), ("mp2", "MaxPooling2D"),
     ("max 2d", "MaxPooling2D"), ("add", "Add"), ("perceptron", "Dense")],
)  # fmt: skip
def test_the_best_match_comes_first(typed: str, first: str) -> None:
    assert names(matching(typed, everything(CATALOGUE)))[0] == first


def test_every_word_must_be_found_and_nothing_typed_finds_all() -> None:
    choices = everything(CATALOGUE)
    assert matching("dense qqq", choices) == []
    assert matching("", choices) == choices
    assert {choice.type for choice in choices} == {t for t in CATALOGUE if t.is_offered()}


def test_what_fits_an_image_begins_with_what_usually_follows() -> None:
    graph = Graph("g", {"c": Node("c", "Conv2D", {"filters": 4, "kernel_size": [3, 3]})})
    found = fitting(CATALOGUE, graph, PortRef("c", "out", True), TensorSpec((26, 26, 4)))
    assert names(found)[0] == "ReLU"
    assert {"MaxPooling2D", "Conv2D", "Flatten"} <= set(names(found))
    row = fitting(CATALOGUE, graph, PortRef("c", "out", True), TensorSpec((26,)))
    assert not {"MaxPooling2D", "Conv2D"} & set(names(row))


def test_a_target_fits_only_losses() -> None:
    graph = Graph("g", {"y": Node("y", "Target", {"shape": [2]})})
    found = fitting(CATALOGUE, graph, PortRef("y", "out", True), TensorSpec((2,)))
    assert {c.port for c in found} == {"target"}
    assert {c.type.category for c in found} == {"loss"}


def test_what_feeds_an_input_has_an_output_and_is_no_loss() -> None:
    found = fitting(CATALOGUE, small_graph(), PortRef("dense", "in", False), None)
    assert all(c.type.outputs and c.type.category != "loss" for c in found)
    assert all(c.port == c.type.outputs[0].name for c in found)


def test_insertion_makes_room_only_where_it_is_needed() -> None:
    graph = small_graph()
    graph = edits.MoveNodes({"dense": (700, 0), "loss": (900, 0)}).apply(graph, CATALOGUE)
    after = placing.insert(graph, wire("flat.out", "dense.in"), "ReLU", (430, 0)).apply(graph, CATALOGUE)
    assert after.nodes["dense"].pos == (700, 0)
    assert after.nodes["relu1"].pos == (430, 0)
    tight = placing.insert(graph, wire("dense.out", "loss.pred"), "ReLU", (800, 0)).apply(graph, CATALOGUE)
    assert tight.nodes["relu1"].pos == (900, 0)
    assert tight.nodes["loss"].pos == (1100, 0)
    assert tight.nodes["y"].pos == graph.nodes["y"].pos
