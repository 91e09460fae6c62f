"""Edits: what they make, and what they say where they refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netstudio.errors import EditError
from netstudio.graph import Endpoint, Graph, Wire
from netstudio.graph import edits as e
from tests.graph.toys import TOYS, graph, node, wire

BASE = graph(
    [node("x", "Feed", size=6), node("h", "Halve"), node("s", "Scale"), node("j", "Join")],
    *["x > h", "h > s", "s > j", "x > j"],
)


def apply(edit: e.Edit, g: Graph = BASE) -> Graph:
    return edit.apply(g, TOYS)


def texts(g: Graph) -> list[str]:
    return [f"{w.source.node}>{w.target.node}" for w in g.wires]


def end(text: str) -> Endpoint:
    return Endpoint.parse(text)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (e.AddNode("Scael"), "did you mean 'Scale'"),
        (e.AddNode("Scale", {"limit": 0}), "limit is 0; expected an integer of 1 or more"),
        (e.AddNode("Scale", id="x"), "'x' is taken"),
        (e.RemoveNodes(("nobody",)), "no node 'nobody'"),
        (e.Connect(end("x.out"), end("nobody.in")), "no node 'nobody'"),
        (e.Connect(end("x.outt"), end("s.in")), "x has no output 'outt' (it has out)"),
        (e.Connect(end("s.out"), end("x.in")), "x has no input 'in' (it has none)"),
        (e.Connect(end("s.out"), end("s.in")), "s can't feed itself"),
        (e.Connect(end("s.out"), end("h.in")), "would close a cycle"),
        (e.Disconnect(wire("x > s")), "no wire x.out → s.in"),
        (e.InsertOnWire(wire("x > s"), "Scale"), "no wire"),
        (e.InsertOnWire(wire("x > h"), "Feed"), "Feed can't stand on a wire: it has no input"),
        (e.Bypass(("x",)), "x can't be bypassed: it has no input"),
        (e.Bypass(("nobody",)), "no node 'nobody'"),
        (e.InsertBefore("Halve", {}, end("x.in")), "nothing is wired into x.in"),
        (e.SetParams("s", {"limmit": 3}), "did you mean 'limit'"),
        (e.SetParams("x", reset=("size",)), "Feed needs size"),
        (e.SetLabel("nobody", "n"), "no node 'nobody'"),
        (e.MoveNodes({"nobody": (0, 0)}), "no node 'nobody'"),
    ],
)
def test_refusals_say_why(edit: e.Edit, reason: str) -> None:
    with pytest.raises(EditError) as caught:
        apply(edit)
    assert reason in str(caught.value)
    assert edit.title


def test_a_node_of_an_unknown_type_takes_no_wire() -> None:
    g = replace(BASE, nodes={**BASE.nodes, "u": node("u", "Later")})
    with pytest.raises(EditError, match="u is of the unknown type 'Later'"):
        apply(e.Connect(end("x.out"), end("u.in")), g)


def test_new_nodes_get_fresh_ids_and_what_they_must_state() -> None:
    added, id = e.AddNode("Feed").place(BASE, TOYS)
    assert (id, added.nodes[id].params) == ("feed1", {"size": 3})
    removed = apply(e.RemoveNodes(("feed1",)), added)
    _, again = e.AddNode("Feed").place(removed, TOYS)
    assert again == "feed2", "an id was given twice"
    with pytest.raises(EditError, match="taken"):
        apply(e.AddNode("Feed", id="feed1"), removed)


def test_a_wire_gives_way_unless_the_port_is_variadic() -> None:
    assert texts(apply(e.Connect(end("x.out"), end("s.in")))) == ["x>h", "s>j", "x>j", "x>s"]
    assert texts(apply(e.Connect(end("x.out"), end("j.in")))) == ["x>h", "h>s", "s>j", "x>j", "x>j"]


def test_one_of_two_equal_wires_is_removed() -> None:
    twice = apply(e.Connect(end("x.out"), end("j.in")))
    assert texts(apply(e.Disconnect(wire("x > j")), twice)) == texts(BASE)


def test_removing() -> None:
    assert texts(apply(e.RemoveNodes(("h",)))) == ["s>j", "x>j"]
    healed = apply(e.RemoveNodes(("h", "s"), heal=True))
    assert texts(healed) == ["x>j", "x>j"]
    assert healed.retired == {"h", "s"}


def test_a_node_on_a_wire_takes_the_wires_place() -> None:
    g = apply(e.InsertOnWire(wire("s > j"), "Halve", {"by": 3}))
    assert texts(g) == ["x>h", "h>s", "s>halve1", "halve1>j", "x>j"]
    assert g.nodes["halve1"].params == {"by": 3}
    existing = apply(e.InsertOnWire(wire("s > j"), "Halve", existing="h"), replace(BASE, wires=(wire("s > j"),)))
    assert texts(existing) == ["s>h", "h>j"]


def test_parameters() -> None:
    g = apply(e.SetParams("s", {"limit": 3, "mode": "slow"}))
    assert g.nodes["s"].params == {"limit": 3, "mode": "slow"}
    assert apply(e.SetParams("s", {"limit": 4}, reset=("mode",)), g).nodes["s"].params == {"limit": 4}
    assert BASE.nodes["s"].params == {}


def test_labels_positions_settings() -> None:
    assert apply(e.SetLabel("s", "mine")).nodes["s"].title == "mine"
    assert apply(e.SetLabel("s", "")).nodes["s"].label is None
    assert apply(e.SetFrozen("s", True)).nodes["s"].frozen
    assert apply(e.SetRateFactor("s", 0.1)).nodes["s"].learning_rate_factor == 0.1
    with pytest.raises(EditError, match="learning_rate_factor is -1; expected a number, 0 or more"):
        apply(e.SetRateFactor("s", -1))
    assert apply(e.MoveNodes({"s": (1, 2)})).nodes["s"].pos == (1.0, 2.0)
    assert apply(e.SetName("n")).name == "n"
    g = apply(e.SetTraining({"epochs": 3, "seed": 1}))
    assert apply(e.SetTraining({"seed": None, "batch_size": 8}), g).training == {"epochs": 3, "batch_size": 8}
    assert apply(e.SetData({"bind": {"x": ("a", "b")}})).data == {"bind": {"x": ["a", "b"]}}


def test_pasting_keeps_the_wires_between_copies() -> None:
    of_s = {"frozen": True, "learning_rate_factor": 0.5}
    copies = (replace(BASE.nodes["h"], label="H"), replace(BASE.nodes["s"], **of_s))
    g, ids = e.AddNodes(copies, BASE.wires, (10.0, 20.0)).place(BASE, TOYS)
    assert ids == ("halve1", "scale1")
    assert texts(g)[len(BASE.wires) :] == ["halve1>scale1"]
    copy = g.nodes["scale1"]
    assert (g.nodes["halve1"].label, copy.frozen, copy.learning_rate_factor) == ("H", True, 0.5)
    assert g.nodes["halve1"].pos == (10.0, 20.0)


def test_what_an_edit_does_not_touch_is_shared() -> None:
    g = apply(e.SetLabel("s", "mine"))
    assert g.nodes["x"] is BASE.nodes["x"]
    assert g.wires is BASE.wires


@pytest.mark.parametrize("text", ["x", "x.", ".out", "1x.out", "x.out.y", "x y.out", ""])
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(ValueError, match=r"node\.port"):
        Endpoint.parse(text)


def test_endpoints_read_back() -> None:
    w: Any = wire("x_1.out > Y.in")
    assert Wire.parse(str(w.source), str(w.target)) == w
    assert str(w) == "x_1.out → Y.in"


def test_a_bypass_marks_nodes_and_is_taken_back() -> None:
    past = apply(e.Bypass(("h", "s")))
    assert [n.id for n in past.nodes.values() if n.bypassed] == ["h", "s"]
    assert past.wires == BASE.wires
    assert apply(e.Bypass(("h", "s"), bypassed=False), past) == BASE
    assert e.Bypass(("h",)).title == "bypass h"
    assert e.Bypass(("h", "s"), bypassed=False).title == "take back the bypass of 2 nodes"


def test_pasting_with_what_fed_the_originals() -> None:
    incoming = (wire("h > s"), wire("x > j"), wire("q > s"))
    added = e.AddNodes((BASE.nodes["s"], BASE.nodes["j"]), (wire("s > j"),), incoming=incoming)
    g, (s, j) = added.place(BASE, TOYS)
    assert texts(g)[len(BASE.wires) :] == [f"{s}>{j}", f"h>{s}", f"x>{j}"]
