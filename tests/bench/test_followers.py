"""The table of followers: counted rightly, and of the samples as they are."""

from __future__ import annotations

from netstudio.bench.followers import TABLE, as_text, counted, everything, pairs
from netstudio.catalogue import CATALOGUE
from netstudio.graph.edits import Group
from netstudio.resources import followers
from tests.graphs import graph

NODES = [
    ("x", "Input", {"shape": [3]}), ("d", "Dense", {"units": 3, "activation": "tanh"}),
    ("again", "Shared", {"layer": "d"}), ("out", "Output", {}),
]  # fmt: skip


def test_the_table_is_that_of_the_samples_as_they_are() -> None:
    text = as_text(counted(everything()))
    assert TABLE.read_text(encoding="utf-8") == text, "stale: python -m netstudio.bench.followers"


def test_an_activation_follows_the_layer_that_takes_it_and_a_shared_layer_is_what_it_shares() -> None:
    found = sorted(pairs(graph(NODES, "x d, d again, again out")))
    assert found == [
        ("Dense", "Tanh"), ("Dense", "Tanh"), ("Input", "Dense"), ("Tanh", "Dense"), ("Tanh", "Output"),
    ]  # fmt: skip


def test_blocks_are_looked_into() -> None:
    folded = Group(("d", "again")).apply(graph(NODES, "x d, d again, again out"), CATALOGUE)
    assert ("Tanh", "Dense") in pairs(folded)
    assert ("Input", "Composite") in pairs(folded)


def test_a_graph_counts_once_and_the_commonest_comes_first() -> None:
    one = graph(NODES, "x d, d again, again out")
    plain = graph([("x", "Input", {"shape": [3]}), ("f", "Flatten", {}), ("d", "Dense", {})], "x f, f d")
    table = counted([one, one, plain])
    assert table["Dense"] == {"Tanh": 2}
    assert list(table["Input"].items()) == [("Dense", 2), ("Flatten", 1)]
    assert all(name in CATALOGUE for name in followers())
