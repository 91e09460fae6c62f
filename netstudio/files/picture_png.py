"""A scene as pixels."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from netstudio.errors import FileError
from netstudio.files.scene import Box, Curve, Dot, Label, Point, Scene, Shape
from netstudio.files.text_width import font

SCALE = 2.0  # pixels of the picture a pixel of the scene, for sharp screens
FINER = 2  # drawn so much larger and then shrunk: smooth edges
MOST = 64e6  # pixels while drawing
LEAST_SCALE = 0.1  # below it nothing can be made out
SEGMENTS = 40
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def png(scene: Scene) -> Image.Image:
    """The picture; a very large one is drawn smaller. FileError where it would have to be too small to see anything."""
    scale = min(SCALE, math.sqrt(MOST / (scene.width * scene.height)) / FINER)
    if scale < LEAST_SCALE:
        raise FileError("the nodes stand too far apart for a picture in pixels; lay the graph out, or draw it as .svg")
    fine = scale * FINER
    large = Image.new("RGB", (math.ceil(scene.width * fine), math.ceil(scene.height * fine)), scene.ground)
    draw = ImageDraw.Draw(large)
    for shape in scene.shapes:
        _paint(draw, shape, fine)
    size = (max(1, large.width // FINER), max(1, large.height // FINER))
    return large.resize(size, Image.Resampling.BOX)


def _paint(draw: ImageDraw.ImageDraw, shape: Shape, fine: float) -> None:
    match shape:
        case Box():
            _box(draw, shape, fine)
        case Curve():
            points = [(x * fine, y * fine) for x, y in _along(shape)]
            draw.line(points, shape.colour, max(1, round(1.25 * fine)), joint="curve")
        case Dot():
            draw.circle((shape.x * fine, shape.y * fine), shape.radius * fine, shape.fill, shape.stroke, round(fine))
        case Label():
            place, face = (shape.x * fine, shape.y * fine), font(shape.size * fine, shape.bold)
            draw.text(place, shape.text.replace("\n", " "), shape.colour, face, ANCHORS[shape.anchor])


def _box(draw: ImageDraw.ImageDraw, box: Box, fine: float) -> None:
    corners = (box.x * fine, box.y * fine, (box.x + box.width) * fine, (box.y + box.height) * fine)
    which = (True, True, not box.flat, not box.flat)
    width = max(1, round(fine)) if box.stroke else 0
    draw.rounded_rectangle(corners, box.radius * fine, box.fill, box.stroke, width, corners=which)


def _along(curve: Curve) -> list[Point]:
    """Points of the Bézier curve, by Bernstein's polynomials."""
    if curve.points[0][1] == curve.points[3][1] and curve.points[0][0] < curve.points[3][0]:
        return [curve.points[0], curve.points[3]]  # straight
    points = []
    for i in range(SEGMENTS + 1):
        t = i / SEGMENTS
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(w * p[axis] for w, p in zip(weights, curve.points, strict=True)) for axis in (0, 1))
        points.append((x, y))
    return points
