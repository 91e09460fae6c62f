"""Fonts, pens and inks of the canvas."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPen

from netstudio.gui.theme import contrast

_DARK, _LIGHT = QColor("#14161a"), QColor("#ffffff")


@cache
def font(pixels: int, bold: bool = False) -> QFont:
    """The application's font at a size in scene units."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


@cache
def metrics(pixels: int, bold: bool = False) -> QFontMetricsF:
    return QFontMetricsF(font(pixels, bold))


def pen(colour: QColor) -> QPen:
    """A pen one pixel wide at every zoom (width 0 says that to Qt); wider pens cost three times the frame."""
    return QPen(colour, 0)


def readable_on(colour: QColor) -> QColor:
    """Dark or light, whichever has the higher contrast on `colour` (WCAG 2.2, relative luminance)."""
    return _readable_on(colour.rgb())


@cache
def _readable_on(rgb: int) -> QColor:
    colour = QColor(rgb)
    return _DARK if contrast(colour, _DARK) >= contrast(colour, _LIGHT) else _LIGHT
