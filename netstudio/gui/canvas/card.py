"""How a node's card is painted. Made once for each face, so that a frame only draws."""

from __future__ import annotations

from functools import cache, cached_property

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from netstudio.graph import Port
from netstudio.gui import icons
from netstudio.gui.canvas.face import Face
from netstudio.gui.canvas.geometry import CORNER, HEADER, PORT_RADIUS, VARIADIC_RADIUS, port_offset
from netstudio.gui.canvas.look import font, metrics, pen, readable_on
from netstudio.gui.theme import Theme, mixed

TITLE, SMALL, LARGE = 12, 10, 20  # text sizes in pixels; the last is for low zooms
_INSET = 10.0
_ICON = 14.0
_ICON_PIXELS = 32  # drawn smaller, so that it is sharp at zoom 2
_BADGE = 8.0  # radius of the problem badge
_LOCK = 10.0


_Line = tuple[str, QPointF, int, QPen]  # a text, where its base line begins, its size and pen


class Card:
    """The drawing of one face on a card of the size `rect`."""

    def __init__(self, face: Face, rect: QRectF, theme: Theme) -> None:
        self.face, self.rect, self.theme = face, rect, theme
        strip = theme.category(face.category) if face.category else theme.muted
        self._strip = QBrush(strip)
        self._ink = readable_on(strip)
        self._ink_pen = QPen(self._ink)
        self._body = QBrush(theme.panel)
        self._tone = {"error": theme.error, "warning": theme.warning}.get(face.severity or "")
        self._outline = pen(self._tone or mixed(theme.border, theme.muted, 0.25))
        self._accent = pen(theme.accent)
        self._text, self._muted = QPen(theme.text), QPen(theme.muted)
        self._header = _header_path(rect.width())

    def paint_middling(
        self, painter: QPainter, chosen: bool, hot_port: tuple[str, bool] | None, progress: float | None
    ) -> None:
        """The card where small text could not be read: its title alone, large."""
        self.paint_far(painter, chosen)
        painter.setPen(self._accent if chosen else self._outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_text(painter, self._large_title)
        self._paint_signs(painter, hot_port, progress)

    def paint_far(self, painter: QPainter, chosen: bool) -> None:
        """The card where nothing on it could be read: a block with a strip."""
        painter.fillRect(self.rect, self._body)
        painter.fillRect(QRectF(self.rect.left(), self.rect.top(), self.rect.width(), HEADER), self._strip)
        if chosen or self._tone is not None:
            painter.setPen(self._accent if chosen else self._outline)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect)

    def paint(self, painter: QPainter, chosen: bool, hot_port: tuple[str, bool] | None, progress: float | None) -> None:
        """The whole card; `hot_port` is (name, output) of the port under the mouse, `progress` from 0 to 1."""
        painter.setPen(self._accent if chosen else self._outline)
        painter.setBrush(self._body)
        painter.drawRoundedRect(self.rect, CORNER, CORNER)
        painter.setBrush(self._strip)
        painter.drawPath(self._header)
        if chosen:  # two thin outlines: one wide pen costs more than both
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect.adjusted(-2, -2, 2, 2), CORNER + 2, CORNER + 2)
        self._paint_icon(painter)
        for line in self._texts:
            self._paint_text(painter, line)
        self._paint_signs(painter, hot_port, progress)

    def _paint_signs(self, painter: QPainter, hot_port: tuple[str, bool] | None, progress: float | None) -> None:
        """What a card shows besides its face: how far training is, the ports, and whether something is wrong."""
        if progress is not None:
            self._paint_progress(painter, progress)
        self._paint_ports(painter, hot_port)
        if self._tone is not None:
            self._paint_badge(painter, self._tone)

    def _paint_text(self, painter: QPainter, line: _Line) -> None:
        text, at, pixels, ink = line
        painter.setFont(font(pixels, bold=pixels >= TITLE))
        painter.setPen(ink)
        painter.drawText(at, text)  # no QStaticText: each zoom is painted once, and it would lay the text out anew

    @cached_property
    def _large_title(self) -> _Line:
        middle = HEADER + (self.rect.height() - HEADER) / 2
        return _line(self.face.title, _INSET, middle, self.rect.width() - 2 * _INSET, LARGE, self._text)

    @cached_property
    def _texts(self) -> list[_Line]:
        """Every text with its place, size and pen, elided to the room it has."""
        face, width = self.face, self.rect.width()
        left = _INSET + _ICON + 4 if face.icon else _INSET
        right = width - _INSET - (_LOCK + 4 if face.frozen else 0) - (4 if face.severity else 0)
        middle = HEADER + (self.rect.height() - HEADER) / 2
        weights_width = metrics(SMALL).horizontalAdvance(face.weights) + 6 if face.weights else 0.0
        upper, lower = (middle - 8, middle + 8) if face.caption else (middle, middle)
        lines = [
            _line(face.title, left, HEADER / 2, right - left, TITLE, self._ink_pen),
            _line(face.type, _INSET, upper, width - 2 * _INSET - weights_width, SMALL, self._muted),
        ]
        if face.caption:
            lines.append(_line(face.caption, _INSET, lower, width - 2 * _INSET, SMALL, self._text))
        if face.weights:
            lines.append(_line(face.weights, width - _INSET - weights_width + 6, upper, 60, SMALL, self._muted))
        return lines

    @cached_property
    def _ports(self) -> list[tuple[str, bool, QPointF, float]]:
        return [*self._side(output=False), *self._side(output=True)]

    def _side(self, output: bool) -> list[tuple[str, bool, QPointF, float]]:
        ports = self.face.ports(output)
        return [
            (p.name, output, port_offset(i, len(ports), self.rect, output), _radius(p)) for i, p in enumerate(ports)
        ]

    def _paint_ports(self, painter: QPainter, hot: tuple[str, bool] | None) -> None:
        for name, output, at, radius in self._ports:
            warm = (name, output) == hot
            painter.setPen(self._accent if warm else self._muted)
            painter.setBrush(self.theme.accent if warm else self.theme.panel)
            grown = radius + 2 if warm else radius
            painter.drawEllipse(at, grown, grown)

    def _paint_icon(self, painter: QPainter) -> None:
        if self.face.icon:
            target = QRectF(_INSET - 2, (HEADER - _ICON) / 2, _ICON, _ICON)
            pixmap = _icon(self.face.icon, self._ink.name())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        if self.face.frozen:
            _paint_lock(painter, QPointF(self.rect.right() - _INSET - _LOCK / 2, HEADER / 2), self._ink)

    def _paint_progress(self, painter: QPainter, fraction: float) -> None:
        bar = QRectF(CORNER, self.rect.bottom() - 4, self.rect.width() - 2 * CORNER, 2)
        painter.fillRect(bar, self.theme.border)
        bar.setWidth(bar.width() * min(max(fraction, 0.0), 1.0))
        painter.fillRect(bar, self.theme.accent)

    def _paint_badge(self, painter: QPainter, tone: QColor) -> None:
        """A disc for an error, a triangle for a warning, so that colour is not all that tells them apart."""
        at = badge_place(self.rect)
        painter.setPen(pen(self.theme.canvas))
        painter.setBrush(tone)
        if self.face.severity == "error":
            painter.drawEllipse(at, _BADGE, _BADGE)
        else:
            low = at.y() + _BADGE * 0.8
            corners = [QPointF(at.x(), at.y() - _BADGE), QPointF(at.x() + _BADGE, low), QPointF(at.x() - _BADGE, low)]
            painter.drawPolygon(QPolygonF(corners))
        painter.setPen(readable_on(tone))
        painter.setFont(font(SMALL + 1, bold=True))
        shift = 0 if self.face.severity == "error" else 1
        painter.drawText(QRectF(at.x() - 8, at.y() - 8 + shift, 16, 16), Qt.AlignmentFlag.AlignCenter, "!")


def badge_place(rect: QRectF) -> QPointF:
    """The middle of the problem badge, from the card's top left corner."""
    return QPointF(rect.right() - 2, rect.top() + 2)


def _line(text: str, x: float, middle: float, room: float, pixels: int, ink: QPen) -> _Line:
    measure = metrics(pixels, bold=pixels >= TITLE)
    plain = " ".join(text.split())
    shown = measure.elidedText(plain, Qt.TextElideMode.ElideRight, room)
    return shown, QPointF(x, middle + (measure.ascent() - measure.descent()) / 2), pixels, ink


@cache
def _icon(name: str, ink: str) -> QPixmap:
    return icons.pixmap(name, ink, _ICON_PIXELS)


def _radius(port: Port) -> float:
    return VARIADIC_RADIUS if port.variadic else PORT_RADIUS


@cache
def _header_path(width: float) -> QPainterPath:
    """The strip at the top of a card, its upper corners round."""
    path = QPainterPath(QPointF(0, HEADER))
    path.lineTo(0, CORNER)
    path.arcTo(0, 0, 2 * CORNER, 2 * CORNER, 180, -90)
    path.lineTo(width - CORNER, 0)
    path.arcTo(width - 2 * CORNER, 0, 2 * CORNER, 2 * CORNER, 90, -90)
    path.lineTo(width, HEADER)
    path.closeSubpath()
    return path


def _paint_lock(painter: QPainter, at: QPointF, ink: QColor) -> None:
    painter.setPen(pen(ink))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(at.x() - 2.5, at.y() - 5, 5, 7), 0, 180 * 16)
    painter.fillRect(QRectF(at.x() - 4, at.y() - 1, 8, 6), ink)
