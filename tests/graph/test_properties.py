"""What holds for every document and every edit."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from netstudio.errors import EditError
from netstudio.graph import Analysis, Graph, analyse
from netstudio.graph.edits import Edit, Several
from tests.graph.toys import TOYS, any_edit, broken_graphs

QUICK = settings(max_examples=120, deadline=None)


@QUICK
@given(broken_graphs())
def test_analyse_never_raises(graph: Graph) -> None:
    analysis = analyse(graph, TOYS)
    assert sorted(analysis.order) == sorted(graph.nodes)
    for id, facts in analysis.nodes.items():
        wired_right = facts.type is not None and all(facts.type.input_port(port) for port, _ in facts.wiring)
        if facts.outputs is not None:
            assert wired_right
        elif facts.type is None or not wired_right:
            assert analysis.problems_at(id), "what is wrong is not said"
    assert all(p.message for p in analysis.problems)
    if analysis.ok:
        assert all(facts.outputs is not None for facts in analysis.nodes.values()), (
            "an unknown shape, and no word of it"
        )


@QUICK
@given(broken_graphs())
def test_repairs_apply(graph: Graph) -> None:
    for problem in analyse(graph, TOYS).problems:
        for repair in problem.repairs:
            assert repair.edit.apply(graph, TOYS) != graph


@QUICK
@given(st.lists(any_edit, max_size=25))
def test_edits_never_change_what_was(edits: list[Edit]) -> None:
    graph = Graph()
    for edit in edits:
        before = copy.deepcopy(graph)
        after = applied(graph, edit)
        assert graph == before
        assert graph.retired == before.retired
        assert edit.title
        graph = after


@QUICK
@given(st.lists(any_edit, max_size=25))
def test_edits_keep_a_document_whole(edits: list[Edit]) -> None:
    """Wires end at ports that are there, ids are not reused, no cycle appears, an input takes one wire."""
    graph = Graph()
    owners: dict[str, str] = {}
    for edit in edits:
        graph = applied(graph, edit)
        for id, node in graph.nodes.items():
            assert node.id == id
            assert owners.setdefault(id, node.type) == node.type
        for wire in graph.wires:
            assert TOYS[graph.nodes[wire.source.node].type].output_port(wire.source.port)
            port = TOYS[graph.nodes[wire.target.node].type].input_port(wire.target.port)
            assert port is not None
            assert port.variadic or len(graph.wires_into(*wire.target)) == 1
    assert not any("cycle" in p.message for p in analyse(graph, TOYS).problems)


@QUICK
@given(st.lists(any_edit, max_size=25))
def test_incremental_analysis_is_the_fresh_one(edits: list[Edit]) -> None:
    graph, analysis = Graph(), analyse(Graph(), TOYS)
    for edit in edits:
        graph = applied(graph, edit)
        analysis = analyse(graph, TOYS, analysis)
        same(analysis, analyse(graph, TOYS))


@QUICK
@given(st.lists(broken_graphs(), min_size=2, max_size=4))
def test_any_analysis_may_be_lent(graphs: list[Graph]) -> None:
    analysis = None
    for graph in graphs:
        analysis = analyse(graph, TOYS, analysis)
        same(analysis, analyse(graph, TOYS))


@QUICK
@given(st.lists(any_edit, max_size=8))
def test_several_edits_are_one_step(edits: list[Edit]) -> None:
    graph, one_by_one = Graph(), Graph()
    try:
        for edit in edits:
            one_by_one = edit.apply(one_by_one, TOYS)
    except EditError:
        return
    assert Several("all", tuple(edits)).apply(graph, TOYS) == one_by_one


def applied(graph: Graph, edit: Edit) -> Graph:
    try:
        return edit.apply(graph, TOYS)
    except EditError as error:
        assert str(error), "a refusal that says nothing"  # noqa: PT017
        return graph


def same(a: Analysis, b: Analysis) -> None:
    assert a.order == b.order
    assert a.nodes == b.nodes
    assert a.problems == b.problems
