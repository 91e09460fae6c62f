"""What a wire would lead to, before it is laid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netstudio.graph import Analysis, Graph, Wire, analyse
from netstudio.graph.edits import Connect, refusal
from netstudio.graph.node_type import Catalogue


@dataclass(frozen=True)
class Verdict:
    """Whether a wire can be ("fine"), can be but makes a problem at its target, or can't be; `reason` in words."""

    kind: Literal["fine", "problem", "refused"]
    reason: str = ""


def judge(graph: Graph, catalogue: Catalogue, wire: Wire, known: Analysis) -> Verdict:
    """Try `wire` in `graph`; `known` is any analysis of a graph close to it and saves work."""
    reason = refusal(graph, catalogue, *wire)
    if reason:
        return Verdict("refused", reason)
    before = {p.message for p in analyse(graph, catalogue, known).problems_at(wire.target.node)}
    after = analyse(Connect(*wire).apply(graph, catalogue), catalogue, known)
    new = [p for p in after.problems_at(wire.target.node) if p.severity == "error" and p.message not in before]
    return Verdict("problem", new[0].message) if new else Verdict("fine")
