"""Parameters that a block shows: read and set in the nodes inside, checked, and kept whatever is done to the block."""

from __future__ import annotations

from typing import Any

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.errors import EditError
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Graph, Node, analyse
from netstudio.graph.edits import Group, SetParams, Ungroup
from netstudio.graph.exposed import SetExposed, declared_in, offered_by, values_in
from netstudio.graph.nested import SubGraph
from tests.graphs import graph

SHOWN = {"units": ["one.units", "two.units"], "rate": "drop.rate", "act": "one.activation"}


def flat() -> Graph:
    nodes = [
        ("x", "Input", {"shape": [4]}), ("one", "Dense", {"units": 5, "activation": "tanh"}),
        ("drop", "Dropout", {"rate": 0.5}), ("two", "Dense", {"units": 5}), ("out", "Output", {}),
    ]  # fmt: skip
    return graph(nodes, "x one, one drop, drop two, two out")


def folded(exposed: Any = SHOWN) -> Graph:
    made, id = Group(("one", "drop", "two"), "hidden").place(flat(), CATALOGUE)
    assert id == "hidden1"
    return SetParams("hidden1", {"exposed": exposed}).apply(made, CATALOGUE)


def nested() -> Graph:
    """The block in another, which shows what it shows under another name."""
    made, id = Group(("hidden1",), "outer").place(folded(), CATALOGUE)
    assert id == "outer1"
    return SetParams("outer1", {"exposed": {"width": "hidden1.units"}}).apply(made, CATALOGUE)


def inside(block: Node) -> Graph:
    return SubGraph(doc="").check(block.params["graph"])


def test_a_block_declares_what_it_shows_as_the_nodes_inside_do() -> None:
    block = folded().nodes["hidden1"]
    declared = declared_in(block, CATALOGUE)
    assert {name: (p.name, p.kind, p.default) for name, p in declared.items() if name != "units"} == {
        "rate": ("rate", "float", declared["rate"].default), "act": ("act", "choice", None),
    }  # fmt: skip
    assert declared["units"].expected == CATALOGUE["Dense"].declared["units"].expected
    assert CATALOGUE["Dense"].declared["activation"].name == "activation", "the layer's own declaration was renamed"
    assert values_in(block, CATALOGUE) == {"units": 5, "rate": 0.5, "act": "tanh"}


def test_setting_what_a_block_shows_sets_it_inside_and_tells_the_shapes() -> None:
    made = SetExposed("hidden1", {"units": 7, "rate": 0.25}, reset=("act",)).apply(folded(), CATALOGUE)
    nodes = inside(made.nodes["hidden1"]).nodes
    assert [nodes[i].params for i in ("one", "drop", "two")] == [{"units": 7}, {"rate": 0.25}, {"units": 7}]
    assert values_in(made.nodes["hidden1"], CATALOGUE) == {"units": 7, "rate": 0.25}
    (spec,) = analyse(made, CATALOGUE).nodes["out"].inputs
    assert spec is not None
    assert spec.shape == (7,)


def test_a_block_shows_again_what_a_block_inside_shows() -> None:
    made = SetExposed("outer1", {"width": 3}).apply(nested(), CATALOGUE)
    inner = inside(made.nodes["outer1"]).nodes["hidden1"]
    assert [inside(inner).nodes[i].params["units"] for i in ("one", "two")] == [3, 3]
    assert values_in(made.nodes["outer1"], CATALOGUE) == {"width": 3}
    assert analyse(made, CATALOGUE).ok
    assert inner.params["exposed"] == SHOWN


def test_what_is_shown_is_kept_by_saving_grouping_and_taking_apart() -> None:
    made = SetExposed("outer1", {"width": 3}).apply(nested(), CATALOGUE)
    assert parse_graph(dump_graph(made)) == made
    apart = Ungroup("outer1").apply(made, CATALOGUE)
    assert apart.nodes["hidden1"].params["exposed"] == SHOWN
    assert values_in(apart.nodes["hidden1"], CATALOGUE)["units"] == 3
    whole = Ungroup("hidden1").apply(apart, CATALOGUE)
    assert whole.nodes["two"].params["units"] == 3
    assert analyse(whole, CATALOGUE).ok


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"units": 0}, "units is 0; expected an integer of 1 or more"),
        ({"rat": 0.1}, "hidden shows no parameter 'rat': did you mean 'rate'?"),
        ({"act": "tanhh"}, "activation is 'tanhh': did you mean 'tanh'?"),
    ],
)
def test_what_a_parameter_does_not_take_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(EditError) as caught:
        SetExposed("hidden1", values).apply(folded(), CATALOGUE)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("exposed", "message"),
    [
        ({"n": "on.units"}, "exposed: n is on.units, and there is no node 'on' inside: did you mean 'one'?"),
        ({"n": "one.unit"}, "exposed: n is one.unit, and one (Dense) has no parameter 'unit': did you mean 'units'?"),
        ({"n": ["one.units", "drop.units"]}, "and drop (Dropout) has no parameter 'units'"),
    ],
)
def test_a_name_that_stands_for_nothing_is_a_problem_of_the_block(exposed: Any, message: str) -> None:
    (problem,) = [p for p in analyse(folded(exposed), CATALOGUE).problems if p.severity == "error" and p.param]
    assert (problem.node, problem.param) == ("hidden1", "exposed")
    assert message in problem.message


@pytest.mark.parametrize(
    "exposed", [{"a b": "one.units"}, {"graph": "one.units"}, {"n": "one"}, {"n": []}, {"n": 3}, []]
)
def test_what_is_no_name_and_no_place_is_refused(exposed: Any) -> None:
    with pytest.raises(EditError, match=r"^exposed"):
        folded(exposed)


def test_all_that_could_be_shown_is_offered() -> None:
    offered = [str(place) for place in offered_by(nested().nodes["outer1"], CATALOGUE)]
    assert offered == ["hidden1.units", "hidden1.rate", "hidden1.act"]
    assert "one.kernel_initializer" in map(str, offered_by(folded().nodes["hidden1"], CATALOGUE))
    with pytest.raises(EditError, match="'x' is no block"):
        SetExposed("x", {"units": 3}).apply(folded(), CATALOGUE)
