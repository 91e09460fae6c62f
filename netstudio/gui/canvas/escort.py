"""Where notes and frames go when nodes are laid out: frames around what lay in them, notes beside what they were by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from netstudio.graph.document import Position
from netstudio.gui.canvas.align import Box

PADDING = 24.0  # scene units between a frame and what lies in it
TITLE = 28.0  # and above that, the frame's title


def around(boxes: Iterable[Box]) -> Box:
    """The box of a frame that holds `boxes` (one at least)."""
    boxes = list(boxes)
    left, top = min(b.x for b in boxes) - PADDING, min(b.y for b in boxes) - PADDING - TITLE
    right, bottom = max(b.x + b.width for b in boxes) + PADDING, max(b.y + b.height for b in boxes) + PADDING
    return Box(float(round(left)), float(round(top)), float(round(right - left)), float(round(bottom - top)))


def escorted(
    boxes: Mapping[str, Box], frames: Collection[str], notes: Collection[str], to: Mapping[str, Position]
) -> dict[str, Box]:
    """The boxes of `frames` and `notes` when the nodes of `boxes` have moved `to` there.

    A frame is put around what lay in it; a note, and a frame with nothing in it, keeps its place beside the nearest
    node. Where no node moves, nothing does.
    """
    moved = {id: Box(*to[id], boxes[id].width, boxes[id].height) for id in to}
    found: dict[str, Box] = {}
    for id in (*notes, *frames):
        inside = [other for other in moved if _holds(boxes[id], boxes[other])]
        if inside and id in frames:
            found[id] = around(moved[other] for other in inside)
        elif moved:
            near = min(moved, key=lambda other: _apart(boxes[id], boxes[other]))
            across, down = moved[near].x - boxes[near].x, moved[near].y - boxes[near].y
            found[id] = Box(boxes[id].x + across, boxes[id].y + down, boxes[id].width, boxes[id].height)
    return found


def _holds(outer: Box, inner: Box) -> bool:
    across = outer.x <= inner.x and inner.x + inner.width <= outer.x + outer.width
    return across and outer.y <= inner.y and inner.y + inner.height <= outer.y + outer.height


def _apart(one: Box, other: Box) -> float:
    """The distance of the middles, squared."""
    across = one.x + one.width / 2 - other.x - other.width / 2
    down = one.y + one.height / 2 - other.y - other.height / 2
    return across * across + down * down
