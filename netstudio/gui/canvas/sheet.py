"""How notes and frames are painted: a sheet of paper with text on it, and a titled area behind nodes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF

from netstudio.gui.canvas.face import Face
from netstudio.gui.canvas.geometry import CORNER, FAR, GRIP, STRIP
from netstudio.gui.canvas.look import font, metrics, pen
from netstudio.gui.theme import Theme, mixed

_TEXT, _TITLE = 12, 14  # pixels
_LEGIBLE = 11.0  # pixels on the screen that a frame's title does not go below
_INSET = 10.0
_EAR = 14.0  # the folded corner of a note


class Sheet:
    """The drawing of a note or a frame on a card of the size `rect`."""

    def __init__(self, face: Face, rect: QRectF, theme: Theme) -> None:
        assert face.sheet is not None
        self.face, self.rect, self.theme = face, rect, theme
        hue = theme.paper(face.sheet.colour)
        self._ground, self._edge = mixed(theme.panel, hue, 0.2), mixed(theme.border, hue, 0.6)
        self._veil = QColor(hue)
        self._veil.setAlpha(22)

    def paint(self, painter: QPainter, chosen: bool) -> None:
        """The whole of it, at any zoom."""
        painter.setPen(pen(self.theme.accent if chosen else self._edge))
        if self.face.sheet is not None and self.face.sheet.text is None:
            self._paint_frame(painter, chosen)
        else:
            self._paint_note(painter, chosen)

    def _paint_note(self, painter: QPainter, chosen: bool) -> None:
        assert self.face.sheet is not None
        rect = self.rect
        painter.setBrush(self._ground)
        painter.drawPath(_paper(rect))
        painter.setBrush(self._edge)
        ear = [QPointF(rect.right() - _EAR, rect.top()), QPointF(rect.right(), rect.top() + _EAR)]
        painter.drawPolygon(QPolygonF([*ear, QPointF(rect.right() - _EAR, rect.top() + _EAR)]))
        if painter.worldTransform().m11() >= FAR:
            painter.setFont(font(_TEXT))
            painter.setPen(self.theme.text if self.face.sheet.text else self.theme.muted)
            room = rect.adjusted(_INSET, _INSET, -_INSET, -_INSET / 2)
            flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
            painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
            painter.drawText(room, flags, self.face.sheet.text or "…")
            painter.setClipping(False)
        if chosen:
            self._paint_grip(painter)

    def _paint_frame(self, painter: QPainter, chosen: bool) -> None:
        rect = self.rect
        painter.setBrush(self._veil)
        painter.drawRoundedRect(rect, CORNER, CORNER)
        size = min(max(_TITLE, round(_LEGIBLE / painter.worldTransform().m11())), round(rect.height() / 2))
        measure = metrics(size, bold=True)
        title = measure.elidedText(self.face.title, Qt.TextElideMode.ElideRight, rect.width() - 2 * _INSET)
        painter.setFont(font(size, bold=True))
        painter.setPen(self.theme.text)
        middle = max(STRIP, measure.height()) / 2
        painter.drawText(QPointF(_INSET, middle + (measure.ascent() - measure.descent()) / 2), title)
        if chosen:
            self._paint_grip(painter)

    def _paint_grip(self, painter: QPainter) -> None:
        """Where it is made larger and smaller."""
        corner = self.rect.bottomRight()
        painter.setPen(pen(self.theme.accent))
        for away in (GRIP * 0.35, GRIP * 0.65):
            painter.drawLine(corner - QPointF(away, 3), corner - QPointF(3, away))


def _paper(rect: QRectF) -> QPainterPath:
    """A rectangle with its upper right corner cut off."""
    path = QPainterPath(rect.topLeft())
    path.lineTo(rect.right() - _EAR, rect.top())
    path.lineTo(rect.right(), rect.top() + _EAR)
    path.lineTo(rect.bottomRight())
    path.lineTo(rect.bottomLeft())
    path.closeSubpath()
    return path
