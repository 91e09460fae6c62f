"""A small picture of a graph: its cards and wires."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from netstudio.annotations import annotation_of
from netstudio.graph import Catalogue, Graph, Node
from netstudio.gui.theme import Theme

CARD = QRectF(0, 0, 150, 64)  # scene units


def thumbnail(graph: Graph, catalogue: Catalogue, theme: Theme, size: QSize, ratio: float = 1.0) -> QPixmap:
    """The whole graph in a picture of `size` logical pixels."""
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.canvas)
    rects = {node.id: _rect(node) for node in graph.nodes.values()}
    if not rects:
        return picture
    whole = QRectF()
    for rect in rects.values():
        whole = whole.united(rect)
    scale = min((size.width() - 24) / whole.width(), (size.height() - 24) / whole.height(), 0.6)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(size.width() / 2, size.height() / 2)
    painter.scale(scale, scale)
    painter.translate(-whole.center())
    silent = {id: made for id, node in graph.nodes.items() if (made := annotation_of(node)) is not None}
    for id, made in silent.items():
        _draw_paper(painter, rects[id], theme.paper(made.params["colour"]), scale)
    _draw_wires(painter, graph, rects, theme, scale)
    for id in rects.keys() - silent:
        _draw_card(painter, graph.nodes[id], rects[id], catalogue, theme, scale)
    painter.end()
    return picture


def _rect(node: Node) -> QRectF:
    made = annotation_of(node)
    return (CARD if made is None else QRectF(0, 0, *made.params["size"])).translated(*node.pos)


def _draw_paper(painter: QPainter, rect: QRectF, hue: QColor, scale: float) -> None:
    """A note or a frame: its ground alone."""
    edge, ground = QColor(hue), QColor(hue)
    edge.setAlpha(110)
    ground.setAlpha(40)
    painter.setPen(QPen(edge, 1 / scale))
    painter.setBrush(ground)
    painter.drawRoundedRect(rect, 8, 8)


def _draw_wires(painter: QPainter, graph: Graph, rects: dict[str, QRectF], theme: Theme, scale: float) -> None:
    painter.setPen(QPen(theme.muted, 1.2 / scale))
    for wire in graph.wires:
        start = rects[wire.source.node]
        end = rects[wire.target.node]
        a, b = QPointF(start.right(), start.center().y()), QPointF(end.left(), end.center().y())
        reach = QPointF(max(abs(b.x() - a.x()) / 2, 30), 0)
        path = QPainterPath(a)
        path.cubicTo(a + reach, b - reach, b)
        painter.drawPath(path)


def _draw_card(painter: QPainter, node: Node, rect: QRectF, catalogue: Catalogue, theme: Theme, scale: float) -> None:
    kind = catalogue.members.get(node.type)
    strip = theme.category(kind.category) if kind else theme.muted
    outline = QPainterPath()
    outline.addRoundedRect(rect, 14, 14)
    painter.save()
    painter.setClipPath(outline)
    painter.fillRect(rect, theme.panel)
    painter.fillRect(QRectF(rect.left(), rect.top(), rect.width(), rect.height() * 0.42), strip)
    painter.restore()
    painter.setPen(QPen(theme.border, 1 / scale))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)
