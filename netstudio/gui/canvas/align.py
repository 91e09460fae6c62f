"""Where aligned and evenly spread nodes stand. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netstudio.graph.document import Position


@dataclass(frozen=True)
class Box:
    """A card: its top left corner and its size, in scene units."""

    x: float
    y: float
    width: float
    height: float


Boxes = Mapping[str, Box]
Places = dict[str, Position]


def align(boxes: Boxes, edge: str) -> Places:
    """The corners of `boxes` when all share an edge or a middle line.

    `edge` is "left", "right", "top", "bottom", "middle" (one above the other) or "row" (side by side).
    """
    return _ALIGNED[edge](boxes)


def distribute(boxes: Boxes, across: bool) -> Places:
    """The corners of `boxes` with even gaps between them; the outermost two stay, and so does their order."""
    spans = {id: (b.x, b.width) if across else (b.y, b.height) for id, b in boxes.items()}
    order = sorted(spans, key=lambda id: spans[id][0])
    starts = {id: spans[id][0] for id in order}
    for id, start in zip(order[1:-1], _inner_starts([spans[id] for id in order])):
        starts[id] = float(round(start))
    return {id: (starts[id], b.y) if across else (b.x, starts[id]) for id, b in boxes.items()}


def _inner_starts(spans: Sequence[tuple[float, float]]) -> Iterator[float]:
    """Where the spans (start, size) between the first and the last begin when all gaps are even."""
    if len(spans) < 3:
        return
    first, last = spans[0][0], sum(spans[-1])
    gap = (last - first - sum(size for _, size in spans)) / (len(spans) - 1)
    at = first
    for _, size in spans[:-2]:
        at += size + gap
        yield at


def snapped(at: Position, step: float) -> Position:
    """The nearest point of a grid of `step` units."""
    return round(at[0] / step) * step, round(at[1] / step) * step


def _left(boxes: Boxes) -> Places:
    x = min(b.x for b in boxes.values())
    return {id: (x, b.y) for id, b in boxes.items()}


def _right(boxes: Boxes) -> Places:
    x = max(b.x + b.width for b in boxes.values())
    return {id: (x - b.width, b.y) for id, b in boxes.items()}


def _top(boxes: Boxes) -> Places:
    y = min(b.y for b in boxes.values())
    return {id: (b.x, y) for id, b in boxes.items()}


def _bottom(boxes: Boxes) -> Places:
    y = max(b.y + b.height for b in boxes.values())
    return {id: (b.x, y - b.height) for id, b in boxes.items()}


def _middle(boxes: Boxes) -> Places:
    x = (min(b.x for b in boxes.values()) + max(b.x + b.width for b in boxes.values())) / 2
    return {id: (float(round(x - b.width / 2)), b.y) for id, b in boxes.items()}


def _row(boxes: Boxes) -> Places:
    y = (min(b.y for b in boxes.values()) + max(b.y + b.height for b in boxes.values())) / 2
    return {id: (b.x, float(round(y - b.height / 2))) for id, b in boxes.items()}


_ALIGNED: dict[str, Callable[[Boxes], Places]] = {
    "left": _left,
    "right": _right,
    "top": _top,
    "bottom": _bottom,
    "middle": _middle,
    "row": _row,
}
