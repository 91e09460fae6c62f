"""Bypassing nodes and taking that back. A document holds wires alone; which of them lead past a node is kept here."""

from __future__ import annotations

from collections.abc import Sequence

from netstudio.graph import Graph, Wire
from netstudio.graph.edits import Bypass, Edit, Rejoin


class BypassSwitch:
    """Remembers the wires that each bypassed node lost, as long as the window is open."""

    def __init__(self) -> None:
        self._pairs: dict[str, tuple[tuple[Wire, Wire], ...]] = {}  # by node: (the wire past it, the wire it lost)

    def edit(self, graph: Graph, ids: Sequence[str]) -> Edit:
        """The edit that bypasses `ids`, or puts them back where all of them are bypassed."""
        pairs = [pair for id in ids for pair in self._standing(graph, id)]
        read = any(wire.target.node not in ids for id in ids for wire in graph.outgoing.get(id, ()))
        return Rejoin(tuple(pairs)) if pairs and not read else Bypass(tuple(ids))

    def remember(self, before: Graph, after: Graph) -> None:
        """A bypass turned `before` into `after`."""
        found: dict[str, list[tuple[Wire, Wire]]] = {}
        for old, new in zip(before.wires, after.wires):
            if old != new:
                found.setdefault(old.source.node, []).append((new, old))
        self._pairs.update({id: tuple(pairs) for id, pairs in found.items()})

    def _standing(self, graph: Graph, id: str) -> tuple[tuple[Wire, Wire], ...]:
        return tuple(pair for pair in self._pairs.get(id, ()) if pair[0] in graph.wires)
