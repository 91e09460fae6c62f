"""Automatic layout: columns from left to right along the wires, few crossings, straight runs.

The layered method of Sugiyama, Tagawa and Toda (1981, "Methods for Visual Understanding of Hierarchical System
Structures"): give every node a column, lead long wires through the columns between by unseen cells, order each column
by the mean place of its neighbours, then give each cell the height nearest to its neighbours' that keeps the order.
That last step is a least-squares problem with ordering constraints, which pooling adjacent violators solves exactly
(Ayer et al. 1955).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from netstudio.graph.document import Graph, Position
from netstudio.graph.infer import topological_order

Size = tuple[float, float]

CELL: Size = (144.0, 64.0)  # the size of a node that none is given for
GAP: Size = (64.0, 32.0)  # between columns; between the nodes of a column
LANE = 16.0  # the height that a long wire takes in a column it crosses
LONGEST_LANE = 24  # columns; a longer wire runs free, so that the work stays linear in the wires
SWEEPS = 4


@dataclass
class _Columns:
    """The cells of each column from top to bottom. A cell is a node, or a long wire's place ("" and a number)."""

    cells: list[list[str]]
    height: dict[str, float]
    before: dict[str, list[str]] = field(default_factory=dict)  # neighbours in the column to the left
    after: dict[str, list[str]] = field(default_factory=dict)  # and to the right
    seat: dict[tuple[str, str], float] = field(default_factory=dict)  # how far down a wire enters a node, 0 to 1

    def join(self, left: str, right: str, seat: float = 0.0) -> None:
        self.after.setdefault(left, []).append(right)
        self.before.setdefault(right, []).append(left)
        self.seat[left, right] = seat


def layout(graph: Graph, sizes: Mapping[str, Size] | None = None) -> dict[str, Position]:
    """Where each node of `graph` should stand: its top left corner, in the document's units.

    `sizes` gives (width, height) of nodes; CELL where it says nothing. The first column starts at x = 0 and the
    topmost node at y = 0. Nodes that no wire touches stand in a row below. Cycles are laid out as far as they go.
    """
    sizes = sizes or {}
    wired = {end.node for wire in graph.wires for end in wire}
    column = _columns(graph, wired)
    plan = _plan(graph, column, sizes)
    _order(plan)
    centre = _heights(plan)
    return _positions(graph, column, centre, sizes)


def _columns(graph: Graph, wired: set[str]) -> dict[str, int]:
    """Each wired node's column: after all that feed it, or just before what it feeds."""
    order, _ = topological_order(graph)
    column: dict[str, int] = {}
    for id in order:
        if id in wired:
            feeders = [column[w.source.node] for w in graph.incoming.get(id, ()) if w.source.node in column]
            column[id] = max(feeders, default=-1) + 1
    for id in column:
        if id not in graph.incoming:
            column[id] = min(column[w.target.node] for w in graph.outgoing[id]) - 1
    return column


def _plan(graph: Graph, column: Mapping[str, int], sizes: Mapping[str, Size]) -> _Columns:
    """The columns in document order, with a lane of unseen cells for each output that is read further right."""
    plan = _Columns([[] for _ in range(max(column.values(), default=-1) + 1)], {})
    for id, at in column.items():
        plan.cells[at].append(id)
        plan.height[id] = sizes.get(id, CELL)[1]
    lanes: dict[str, list[str]] = {}
    for source, wires in graph.outgoing.items():
        lane = lanes.setdefault(source, [source])
        for target in sorted({w.target.node for w in wires}, key=lambda id: column[id]):
            span = column[target] - column[source]
            if not 0 < span <= LONGEST_LANE:
                continue
            while len(lane) < span:
                _lengthen(plan, lane, column[source] + len(lane))
            plan.join(lane[span - 1], target, _seat(graph, source, target))
    return plan


def _seat(graph: Graph, source: str, target: str) -> float:
    """Where among the wires into `target` the first from `source` stands: those above enter higher."""
    feeders = [w.source.node for w in graph.incoming[target]]
    return feeders.index(source) / len(feeders)


def _lengthen(plan: _Columns, lane: list[str], column: int) -> None:
    cell = f"{lane[0]}.{len(lane)}"  # no node's id holds a dot
    plan.cells[column].append(cell)
    plan.height[cell] = LANE
    plan.join(lane[-1], cell)
    lane.append(cell)


def _order(plan: _Columns) -> None:
    """Sort each column by the mean place of its neighbours, sweeping right and left."""
    place = {cell: float(i) for cells in plan.cells for i, cell in enumerate(cells)}
    for _ in range(SWEEPS):
        for columns, near in ((plan.cells, plan.before), (plan.cells[::-1], plan.after)):
            for cells in columns:
                wish = {
                    cell: _mean([place[n] + plan.seat.get((cell, n), 0) for n in near.get(cell, ())], place[cell])
                    for cell in cells
                }
                cells.sort(key=wish.__getitem__)
                place.update((cell, float(i)) for i, cell in enumerate(cells))


def _heights(plan: _Columns) -> dict[str, float]:
    """The y of each cell's middle."""
    centre: dict[str, float] = {}
    for cells in plan.cells:
        _settle(plan, cells, dict.fromkeys(cells, 0.0), centre)
    for sweep in range(SWEEPS):
        for columns, near in ((plan.cells, plan.before), (plan.cells[::-1], plan.after)):
            for cells in columns:
                both = plan.after if near is plan.before else plan.before
                wish = {}
                for cell in cells:
                    neighbours = near.get(cell) or (both.get(cell, []) if sweep else [])
                    wish[cell] = _mean([centre[n] for n in neighbours], centre[cell])
                _settle(plan, cells, wish, centre)
    return centre


def _settle(plan: _Columns, cells: list[str], wish: Mapping[str, float], centre: dict[str, float]) -> None:
    """Put the cells of a column as near to their wishes as their order and heights let them (least squares)."""
    offsets, offset = [], 0.0  # of each cell from the first, packed tight
    for i, cell in enumerate(cells):
        if i:
            offset += (plan.height[cells[i - 1]] + plan.height[cell]) / 2 + _gap(cells[i - 1], cell)
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []  # (sum of wishes for the first cell, cells) of runs that touch
    for cell, offset in zip(cells, offsets, strict=True):
        total, count = wish[cell] - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            before = blocks.pop()
            total, count = total + before[0], count + before[1]
        blocks.append((total, count))
    starts = [total / count for total, count in blocks for _ in range(count)]
    centre.update(zip(cells, (s + o for s, o in zip(starts, offsets, strict=True)), strict=True))


def _gap(above: str, below: str) -> float:
    return GAP[1] / 2 if "." in above or "." in below else GAP[1]


def _positions(
    graph: Graph, column: Mapping[str, int], centre: Mapping[str, float], sizes: Mapping[str, Size]
) -> dict[str, Position]:
    widths = [CELL[0]] * (max(column.values(), default=-1) + 1)
    for id, at in column.items():
        widths[at] = max(widths[at], sizes.get(id, CELL)[0])
    left = list(accumulate((w + GAP[0] for w in widths), initial=0.0))
    tops = {id: centre[id] - sizes.get(id, CELL)[1] / 2 for id in column}
    top = min(tops.values(), default=0.0)
    placed = {id: (left[at], float(round(tops[id] - top))) for id, at in column.items()}
    bottom = max((placed[id][1] + sizes.get(id, CELL)[1] + GAP[1] for id in column), default=0.0)
    x = 0.0
    for id in graph.nodes:
        if id not in column:
            placed[id] = (x, bottom)
            x += sizes.get(id, CELL)[0] + GAP[0]
    return {id: placed[id] for id in graph.nodes}


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
