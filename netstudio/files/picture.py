"""Pictures of a graph, as its nodes stand: SVG, and PNG of the same scene."""

from __future__ import annotations

import io
from pathlib import Path

from netstudio.errors import FileError
from netstudio.files.atomic import write_bytes
from netstudio.files.picture_png import png
from netstudio.files.picture_svg import svg
from netstudio.files.scene import scene_of
from netstudio.graph import Graph


def save_picture(graph: Graph, path: str | Path, theme: str = "light") -> None:
    """Draw the graph on a "light" or "dark" ground; the suffix says how, .svg or .png.

    FileError where the suffix is another one or the file can't be written.
    """
    path = Path(path)
    scene = scene_of(graph, theme)
    match path.suffix.lower():
        case ".svg":
            write_bytes(path, svg(scene).encode("utf-8"))
        case ".png":
            content = io.BytesIO()
            png(scene).save(content, "PNG")
            write_bytes(path, content.getvalue())
        case other:
            raise FileError(f"can't draw as {other or 'a file without suffix'}; name it .svg or .png")
