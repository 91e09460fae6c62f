"""Edits that put nodes where the mouse is: new ones, on wires, at the loose end of a wire. No Qt here."""

from __future__ import annotations

from dataclasses import replace

from netstudio.graph import Analysis, Endpoint, Graph, Node, Wire, analyse
from netstudio.graph.document import Position
from netstudio.graph.edits import (
    STEP,
    AddNode,
    AddNodes,
    Connect,
    Disconnect,
    Edit,
    InsertOnWire,
    MoveNodes,
    RemoveNodes,
    Several,
)
from netstudio.graph.node_type import Catalogue
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.geometry import GRID, WIDTH, card_height

_ROW = card_height(1, 1) + GRID  # from card to card, one below the other


def can_insert(catalogue: Catalogue, type_name: str) -> bool:
    """Whether a node of that type can stand in the middle of a wire."""
    return type_name in catalogue and bool(catalogue[type_name].inputs) and bool(catalogue[type_name].outputs)


def insert(graph: Graph, wire: Wire, type_name: str, pos: Position, existing: str | None = None) -> Edit:
    """Put a new node, or the unwired node `existing`, on a wire at `pos`; what follows moves right to make room."""
    source, target = (graph.nodes[end.node].pos for end in wire)
    if source[0] < target[0]:
        pos = (max(pos[0], min(source[0] + STEP, target[0])), pos[1])
    edits: list[Edit] = [InsertOnWire(wire, type_name, pos=pos, existing=existing)]
    if existing is not None:
        edits.insert(0, MoveNodes({existing: pos}))
    shift = pos[0] + STEP - target[0]
    if 0 < shift <= STEP and abs(target[1] - pos[1]) < STEP:
        moved = [graph.nodes[id] for id in _downstream(graph, wire.target.node) if id != existing]
        edits.append(MoveNodes({n.id: (n.pos[0] + shift, n.pos[1]) for n in moved if n.pos[0] >= target[0]}))
    between = f"between {wire.source.node} and {wire.target.node}"
    return Several(f"insert {existing or type_name} {between}", tuple(edits))


def add_block(graph: Graph, block: Node, pos: Position, wire: Wire | None = None) -> Edit:
    """A copy of a block at `pos`, on a wire where one is given."""
    at = (pos[0] - block.pos[0], pos[1] - block.pos[1])
    copy = AddNodes((block,), (), at, f"add {block.title}")
    if wire is None:
        return copy
    on_wire = insert(graph, wire, block.type, pos, graph.fresh_id(block.type.lower()))
    return Several(f"insert {block.title} between {wire.source.node} and {wire.target.node}", (copy, on_wire))


def _downstream(graph: Graph, start: str) -> list[str]:
    seen, todo = {start: None}, [start]
    while todo:
        for wire in graph.outgoing.get(todo.pop(), ()):
            if wire.target.node not in seen:
                seen[wire.target.node] = None
                todo.append(wire.target.node)
    return list(seen)


def add_wired(graph: Graph, type_name: str, pos: Position, port: str, loose: PortRef) -> Edit:
    """A new node whose `port` is wired to `loose`."""
    id = graph.fresh_id(type_name.lower())
    ends = (loose.end, Endpoint(id, port)) if loose.output else (Endpoint(id, port), loose.end)
    return Several(f"add {type_name}", (AddNode(type_name, pos=pos, id=id), Connect(*ends)))


def centred(at: Position, inputs: int = 1, outputs: int = 1) -> Position:
    """The corner of a card whose middle is at `at`, on whole units."""
    return float(round(at[0] - WIDTH / 2)), float(round(at[1] - card_height(inputs, outputs) / 2))


def free_spot(graph: Graph, pos: Position) -> Position:
    """`pos`, or the nearest place right below it where no node's corner is within a cell of the grid."""
    while any(abs(n.pos[0] - pos[0]) < GRID and abs(n.pos[1] - pos[1]) < GRID for n in graph.nodes.values()):
        pos = pos[0] + GRID, pos[1] + GRID
    return pos


def remove(known: Analysis, catalogue: Catalogue, ids: tuple[str, ...], heal: bool = True) -> Edit:
    """Remove nodes of the graph that `known` tells of.

    With `heal`, what fed a removed node feeds what it fed, except where that would be an error of shape.
    """
    removal = RemoveNodes(ids, heal)
    if not heal:
        return removal
    apart, after = (RemoveNodes(ids, h).apply(known.graph, catalogue) for h in (False, True))
    healed = set(after.wires) - set(apart.wires)
    wrong = _newly_wrong(known, catalogue, apart, after)
    misfits = [Disconnect(w) for w in after.wires if w in healed and w.target.node in wrong]
    return Several(removal.title, (removal, *misfits)) if misfits else removal


def _newly_wrong(known: Analysis, catalogue: Catalogue, before: Graph, after: Graph) -> set[str | None]:
    """The nodes with an error that they have in `after` and not in `before`."""
    old = {p.message for p in analyse(before, catalogue, known).problems}
    new = analyse(after, catalogue, known).problems
    return {p.node for p in new if p.severity == "error" and p.message not in old}


def clear_spot(graph: Graph, pos: Position) -> Position:
    """`pos`, or the first place below it where a card covers no other."""
    while any(abs(n.pos[0] - pos[0]) < WIDTH and abs(n.pos[1] - pos[1]) < _ROW for n in graph.nodes.values()):
        pos = pos[0], pos[1] + GRID
    return pos


def rewire(graph: Graph, catalogue: Catalogue, old: Wire, new: Wire) -> Edit:
    """Move one end of a wire. At a variadic input it keeps its place among the wires."""
    edits: list[Edit] = [Disconnect(old), Connect(*new)]
    node = graph.nodes[new.target.node]
    port = catalogue[node.type].input_port(new.target.port) if node.type in catalogue else None
    if old.target == new.target and port is not None and port.variadic:
        into = graph.wires_into(*new.target)
        for later in into[into.index(old) + 1 :]:
            edits += [Disconnect(later), Connect(*later)]
    return Several(f"move the wire {old}", tuple(edits))


def without(graph: Graph, wire: Wire) -> Graph:
    """The graph less one wire: what a wire's new end is judged in."""
    at = graph.wires.index(wire)
    return replace(graph, wires=graph.wires[:at] + graph.wires[at + 1 :])
