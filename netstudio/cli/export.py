"""`netstudio export`: the model in another program's form."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.filesize import decimal

from netstudio.cli.guard import say
from netstudio.cli.output import JsonFlag, ModelPath, print_json
from netstudio.exports.forms import FORMS, form_of

Out = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The file to write.")]
To = Annotated[str | None, typer.Option("--to", metavar="FORM", help="The form; left out, that of the file's suffix.")]


def export(model: ModelPath, out: Out, to: To = None, json: JsonFlag = False) -> None:
    from netstudio import load_model
    from netstudio.errors import ExportWarning

    form = form_of(out, to)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ExportWarning)
        files = load_model(model).export(out, to)
    notes = [str(warning.message) for warning in told]
    if json:
        print_json({"form": form.name, "files": [_file(file) for file in files], "notes": notes})
        return
    for note in notes:
        say(f"note: {note}")
    for file in files:
        print(f"wrote {file} ({decimal(file.stat().st_size)})")  # noqa: T201


def _file(path: Path) -> dict[str, Any]:
    return {"path": str(path), "bytes": path.stat().st_size}


export.__doc__ = "Export a model, for other programs or as code.\n\n" + "\n\n".join(
    f"{form.name} ({', '.join(form.suffixes)}): {form.doc}" for form in FORMS.values()
)
