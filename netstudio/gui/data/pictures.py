"""Samples as little pictures: images as thumbnails, sequences as lines."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from netstudio.data.dataset import Array

FORMATS = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888}
MOST_POINTS = 256  # of a sequence that is drawn small


def thumbnail(pixels: Array, span: tuple[float, float], size: QSize) -> QPixmap:
    """(height, width, 1, 3 or 4) pixels fitted into `size` device pixels; `span` are the values of black and white.

    Small images keep their square pixels: smoothed, 8×8 digits can't be read.
    """
    low, high = span
    scaled = (np.asarray(pixels, np.float32) - low) * (255 / (high - low or 1))
    whole = np.ascontiguousarray(np.clip(np.rint(np.nan_to_num(scaled)), 0, 255).astype(np.uint8))
    height, width, channels = whole.shape
    image = QImage(whole.data, width, height, width * channels, FORMATS[channels])
    grows = max(width / size.width(), height / size.height()) < 1
    way = Qt.TransformationMode.FastTransformation if grows else Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, way))


def line(values: Array, size: QSize, colours: tuple[str, ...], width: float = 1.5) -> QPixmap:
    """(steps,) or (steps, channels) values as a line a channel, each picture on its own scale."""
    made = QPixmap(size)
    made.fill(Qt.GlobalColor.transparent)
    steps = np.asarray(values, np.float64).reshape(len(values), -1)[:, : len(colours)]
    steps = steps[:: max(1, len(steps) // MOST_POINTS)]
    known = steps[np.isfinite(steps)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    across = np.linspace(width, size.width() - width, len(steps))
    up = size.height() - width - (steps - low) / ((high - low) or 1) * (size.height() - 2 * width)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for channel, colour in zip(up.T, colours):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(across, channel) if np.isfinite(y)]))
    painter.end()
    return made


def span_of(values: Array) -> tuple[float, float]:
    """The values that are shown as black and as white: 0 and 1, 0 and 255, or what the first samples hold."""
    some = np.asarray(values[:256], np.float32)
    low, high = float(np.nanmin(some, initial=0.0)), float(np.nanmax(some, initial=0.0))
    if low >= 0:
        return (0.0, 1.0) if high <= 1 else (0.0, max(high, 255.0)) if high > 16 else (0.0, high)
    return low, high
