"""`netstudio render`: a picture of a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netstudio.cli.output import GraphPath, JsonFlag, print_json

PicturePath = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The picture, .svg or .png.")]
Dark = Annotated[bool, typer.Option("--dark", help="On a dark ground.")]


def render(graph: GraphPath, out: PicturePath, dark: Dark = False, json: JsonFlag = False) -> None:
    """Draw a graph as its nodes stand, as SVG or PNG."""
    from netstudio.files.documents import load_graph
    from netstudio.files.picture import save_picture

    save_picture(load_graph(graph), out, "dark" if dark else "light")
    if json:
        print_json({"picture": str(out)})
