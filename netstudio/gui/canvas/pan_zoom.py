"""A view that scrolls and zooms without bounds over a dotted grid."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPixmapCache, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from netstudio.gui.canvas.geometry import FAR
from netstudio.gui.canvas.grid import DotGrid
from netstudio.gui.canvas.scene import GraphScene

SMALLEST, LARGEST = 0.01, 4.0  # zoom
_SPACE = 1e6  # how far the canvas reaches, in scene units
_CARD_PIXELS = 128 * 1024  # KiB at most for painted cards: what fills a screen of 4K at scale 2
_FIT_MARGIN = 24.0
_FIT_LARGEST = 1.25


@dataclass(frozen=True)
class Place:
    """What a view shows: the middle in scene units and the zoom; `whole` while it follows the whole graph."""

    middle: QPointF
    zoom: float
    whole: bool


class PanZoomView(QGraphicsView):
    """Shows a GraphScene; knows what of it is seen, and nothing of what can be done to it."""

    moved = Signal()  # what is seen changed: scrolled, zoomed or resized

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph_scene = scene
        scene.setParent(self)
        self.setScene(scene)
        self._grid = DotGrid()
        self._whole = False  # all of the graph was shown last, and nobody has moved since
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), _CARD_PIXELS))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSceneRect(-_SPACE, -_SPACE, 2 * _SPACE, 2 * _SPACE)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.BoundingRectViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    @property
    def shows_ports(self) -> bool:
        return self.zoom >= FAR

    def units(self, pixels: float) -> float:
        """A distance on the screen in scene units."""
        return pixels / self.zoom

    def to_scene(self, at: QPointF) -> QPointF:
        return self.viewportTransform().inverted()[0].map(at)

    def zoom_at(self, factor: float, at: QPointF) -> None:
        """Zoom so that what is at `at` of the viewport stays there."""
        factor = min(max(self.zoom * factor, SMALLEST), LARGEST) / self.zoom
        before = self.to_scene(at)
        self.scale(factor, factor)
        self.scroll_by(self.viewportTransform().map(before) * -1 + at)

    def scroll_position(self) -> QPointF:
        """Grows as the scene moves left and up in the viewport."""
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def scroll_by(self, pixels: QPointF) -> None:
        """Move the scene by so many pixels."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - round(pixels.x()))
        down.setValue(down.value() - round(pixels.y()))
        self._whole = False
        self.moved.emit()

    def look_at(self, at: QPointF) -> None:
        """Scroll so that a point of the scene is in the middle."""
        self.centerOn(at)
        self._whole = False
        self.moved.emit()

    def reveal(self, area: QRectF) -> None:
        """Scroll so that `area` of the scene is in view; nothing where it is."""
        if not self.seen().contains(area):
            self.look_at(area.center())

    @property
    def place(self) -> Place:
        """What is seen now, to come back to."""
        return Place(self.seen().center(), self.zoom, self._whole)

    def return_to(self, place: Place) -> None:
        """Show what was seen then."""
        self.scale(place.zoom / self.zoom, place.zoom / self.zoom)
        self.look_at(place.middle)
        if place.whole:
            self.show_whole()

    def show_whole(self) -> None:
        """Show all of the graph, and go on doing so when the view is resized, until someone moves."""
        self.show_all_of(self.graph_scene.bounds())
        self._whole = True

    def show_all_of(self, area: QRectF) -> None:
        """Zoom and scroll so that `area` of the scene fills the viewport, never larger than life by much."""
        self._whole = False
        if area.isEmpty():
            self.resetTransform()
            self.centerOn(0, 0)
        else:
            area = area.adjusted(-_FIT_MARGIN, -_FIT_MARGIN, _FIT_MARGIN, _FIT_MARGIN)
            seen = self.viewport().size()
            wanted = min(seen.width() / area.width(), seen.height() / area.height(), _FIT_LARGEST)
            zoom = min(max(wanted, SMALLEST), LARGEST)
            self.scale(zoom / self.zoom, zoom / self.zoom)
            self.centerOn(area.center())
        self.moved.emit()

    def seen(self) -> QRectF:
        """The part of the scene in the viewport."""
        return self.viewportTransform().inverted()[0].mapRect(QRectF(self.viewport().rect()))

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        theme = self.graph_scene.theme
        origin = self.viewportTransform().map(QPointF(0, 0))
        self._grid.paint(painter, origin, self.zoom, self.viewport().size(), theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._whole:
            self.show_whole()
        else:
            self.moved.emit()
