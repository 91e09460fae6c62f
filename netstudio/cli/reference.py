"""`netstudio reference`: the documentation of all that a document can name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netstudio.cli.guard import say
from netstudio.cli.output import JsonFlag, print_json

Folder = Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where the pages go; it is made.")]


def reference(out: Folder, json: JsonFlag = False) -> None:
    """Write the reference of every node type, optimizer, metric and so on, as Markdown pages."""
    from netstudio.errors import FileError
    from netstudio.files.atomic import write_text
    from netstudio.files.reading import reason
    from netstudio.reference import pages

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"can't make the folder {out}: {reason(error)}; choose another place") from error
    made = pages()
    for name, text in made.items():
        write_text(out / name, text)
    if json:
        print_json({"folder": str(out), "pages": list(made)})
    else:
        say(f"{len(made)} pages in {out}")
