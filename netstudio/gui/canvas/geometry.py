"""The measures of the canvas, in scene units (pixels at zoom 1), and the curves of wires."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

WIDTH = 144.0
HEADER = 24.0
BODY = 40.0
PORT_PITCH = 16.0
PORT_RADIUS = 4.0
VARIADIC_RADIUS = 5.5
CORNER = 6.0
GRID = 24.0
FAR = 0.35  # below this zoom there are no ports and no text: they could not be read
NEAR = 0.5  # below this zoom only titles can be read
STRIP = 28.0  # the height of a frame's title, by which it is taken
GRIP = 16.0  # the side of the corner by which a note or a frame is made larger
LABEL_ZOOM = 0.6  # from this zoom wires show their shapes
_SAMPLES = 24  # points of a curve that are looked at for its distance


def card_height(inputs: int, outputs: int) -> float:
    """How tall a card with so many ports is."""
    return HEADER + max(BODY, max(inputs, outputs) * PORT_PITCH + 8)


def card_rect(inputs: int, outputs: int) -> QRectF:
    return QRectF(0, 0, WIDTH, card_height(inputs, outputs))


def port_offset(index: int, count: int, rect: QRectF, output: bool) -> QPointF:
    """Where the port at `index` of `count` on one side stands, from the card's top left corner."""
    body = rect.height() - HEADER
    return QPointF(rect.right() if output else rect.left(), HEADER + body * (index + 0.5) / count)


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """The curve of a wire: it leaves to the right and arrives from the left."""
    path = QPainterPath(start)
    a, b = _handles(start, end)
    path.cubicTo(a, b, end)
    return path


def wire_distance(start: QPointF, end: QPointF, at: QPointF) -> float:
    """How far `at` is from the curve of a wire."""
    points = _points(start, end)
    return min(_segment_distance(p, q, at) for p, q in pairwise(points))


def wire_middle(start: QPointF, end: QPointF) -> QPointF:
    """The point halfway along a wire, where its label stands. The curve is symmetrical, so it is the middle."""
    return (start + end) / 2


def _handles(start: QPointF, end: QPointF) -> tuple[QPointF, QPointF]:
    across, down = end.x() - start.x(), abs(end.y() - start.y())
    reach = across / 2 if across > 0 else min(-across / 2 + 40, 160)
    reach = max(reach, min(40.0, (abs(across) + down) / 2))
    return QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y())


def _points(start: QPointF, end: QPointF) -> Sequence[tuple[float, float]]:
    a, b = _handles(start, end)
    x0, y0, x1, y1, x2, y2, x3, y3 = start.x(), start.y(), a.x(), a.y(), b.x(), b.y(), end.x(), end.y()
    points = []
    for i in range(_SAMPLES + 1):
        t = i / _SAMPLES
        s = 1 - t
        k0, k1, k2, k3 = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        points.append((k0 * x0 + k1 * x1 + k2 * x2 + k3 * x3, k0 * y0 + k1 * y1 + k2 * y2 + k3 * y3))
    return points


def _segment_distance(p: tuple[float, float], q: tuple[float, float], at: QPointF) -> float:
    dx, dy = q[0] - p[0], q[1] - p[1]
    length = dx * dx + dy * dy
    along = ((at.x() - p[0]) * dx + (at.y() - p[1]) * dy) / length if length else 0.0
    along = min(max(along, 0.0), 1.0)
    return hypot(p[0] + along * dx - at.x(), p[1] + along * dy - at.y())
