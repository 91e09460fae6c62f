"""A scene as SVG."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from netstudio.files.scene import Box, Curve, Dot, Label, Scene, Shape

FONTS = "DejaVu Sans, Verdana, Segoe UI, sans-serif"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")  # XML has no place for these


def svg(scene: Scene) -> str:
    """The whole document."""
    size = f'width="{scene.width:g}" height="{scene.height:g}" viewBox="0 0 {scene.width:g} {scene.height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONTS}">',
        f'  <rect width="100%" height="100%" fill="{scene.ground}"/>',
        *(f"  {_element(shape)}" for shape in scene.shapes),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _element(shape: Shape) -> str:
    match shape:
        case Box():
            return _box(shape)
        case Curve(points=(a, b, c, d), colour=colour):
            path = f"M{a[0]:g},{a[1]:g} C{b[0]:g},{b[1]:g} {c[0]:g},{c[1]:g} {d[0]:g},{d[1]:g}"
            return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.25"/>'
        case Dot(x=x, y=y, radius=radius, fill=fill, stroke=stroke):
            return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{stroke}"/>'
        case Label():
            return _text(shape)


def _box(box: Box) -> str:
    look = f'fill="{box.fill}"' + (f' stroke="{box.stroke}"' if box.stroke else "")
    if not box.flat:
        place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="{box.radius:g}"'
        return f"<rect {place} {look}/>"
    r, inner = box.radius, box.width - 2 * box.radius
    path = (
        f"M{box.x:g},{box.y + box.height:g} v{r - box.height:g} a{r:g},{r:g} 0 0 1 {r:g},{-r:g} h{inner:g} "
        f"a{r:g},{r:g} 0 0 1 {r:g},{r:g} v{box.height - r:g} z"
    )
    return f'<path d="{path}" {look}/>'


def _text(label: Label) -> str:
    weight = ' font-weight="bold"' if label.bold else ""
    place = f'x="{label.x:g}" y="{label.y:g}" font-size="{label.size:g}" text-anchor="{label.anchor}"{weight}'
    return f'<text {place} fill="{label.colour}">{escape(_UNPRINTABLE.sub("�", label.text))}</text>'
