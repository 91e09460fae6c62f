"""What the canvas shows of a document: the whole graph, or the inside of a block in it."""

from __future__ import annotations

from dataclasses import dataclass

from netstudio.composite import Composite
from netstudio.graph import Analysis, Catalogue, Graph, Problem, analyse
from netstudio.graph.document import settled
from netstudio.graph.inside import Path


@dataclass(frozen=True)
class Level:
    """A graph and what is known of it. `path` leads to the block that it is inside of; () is the whole document.

    Inside a block the Input nodes have the shapes that come in there, where those are known.
    """

    path: Path
    graph: Graph
    analysis: Analysis

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong at nodes; a block need not have a loss, and what else the whole is asked is asked outside."""
        found = self.analysis.problems
        return tuple(p for p in found if p.node is not None) if self.path else found


def level_of(path: Path, whole: Analysis, catalogue: Catalogue, before: Level | None = None) -> Level:
    """The level that `path` leads to, or as far as it leads to blocks that can be opened.

    `before` is what was shown last: nodes that are as they were then are the same values, so that a view finds what
    changed by identity.
    """
    level = Level((), whole.graph, whole)
    for id in path:
        known = before if before is not None and before.path == (*level.path, id) else None
        inner = _inner(level, id, catalogue, known)
        if inner is None:
            break
        level = inner
    return level


def _inner(level: Level, id: str, catalogue: Catalogue, before: Level | None) -> Level | None:
    facts = level.analysis.nodes.get(id)
    if facts is None or not isinstance(facts.type, Composite):
        return None
    inputs = dict(zip(facts.input_ports, facts.inputs))
    graph = facts.type.given(inputs)
    if before is not None:
        same = graph == before.graph and list(graph.nodes) == list(before.graph.nodes)
        graph = before.graph if same else settled(graph, before.graph)
    masked = {port for port, spec in zip(facts.input_ports, facts.inputs) if spec is not None and spec.masked}
    analysis = analyse(graph, catalogue, before.analysis if before is not None else None, masked)
    return Level((*level.path, id), graph, analysis)
