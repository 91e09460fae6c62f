"""A loss that has no target says which one it could take, and the repair adds it."""

from __future__ import annotations

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.graph import Graph, Node, Wire, analyse

WIRES = (Wire.parse("x.out", "loss.pred"),)


def graph_with(loss: str, shape: tuple[int, ...]) -> Graph:
    nodes = [Node("x", "Input", {"shape": list(shape)}, (0, 0)), Node("loss", loss, {}, (200, 0))]
    blocking = Node("other", "Input", {"shape": [3]}, (10, 90))
    return Graph("g", {n.id: n for n in (*nodes, blocking)}, WIRES)


@pytest.mark.parametrize(
    ("loss", "shape", "target", "dtype"),
    [
        ("MeanSquaredError", (7, 3), [7, 3], "float"),
        ("BinaryCrossentropy", (1,), [1], "float"),
        ("CategoricalCrossentropy", (5,), [5], "float"),
        ("SparseCategoricalCrossentropy", (5,), [], "int"),
        ("SparseCategoricalCrossentropy", (7, 5), [7], "int"),
    ],
)
def test_a_target_is_added_for_a_loss(loss: str, shape: tuple[int, ...], target: list[int], dtype: str) -> None:
    graph = graph_with(loss, shape)
    (problem,) = (p for p in analyse(graph, CATALOGUE).problems if p.severity == "error")
    assert problem.port == "target"
    (repair,) = problem.repairs
    assert repair.title == "add a Target for loss"
    mended = repair.edit.apply(graph, CATALOGUE)
    assert analyse(mended, CATALOGUE).ok
    added = mended.nodes["target1"]
    assert (added.type, added.params["shape"], added.params["dtype"]) == ("Target", target, dtype)
    assert Wire.parse("target1.out", "loss.target") in mended.wires
    places = [n.pos for n in mended.nodes.values()]
    assert all(abs(x - added.pos[0]) >= 200 or abs(y - added.pos[1]) >= 100 for x, y in places if (x, y) != added.pos)


def test_without_a_prediction_nothing_is_known_of_its_target() -> None:
    graph = Graph("g", {"loss": Node("loss", "MeanSquaredError", {})}, ())
    assert [p.repairs for p in analyse(graph, CATALOGUE).problems if p.severity == "error"] == [(), ()]
