"""`netstudio export`: the model in another program's form."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from netstudio.cli.guard import say
from netstudio.cli.output import ModelPath
from netstudio.exports.forms import FORMS

Out = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The file to write.")]
To = Annotated[str | None, typer.Option("--to", metavar="FORM", help="The form; left out, that of the file's suffix.")]


def export(model: ModelPath, out: Out, to: To = None) -> None:
    from netstudio import load_model
    from netstudio.errors import ExportWarning

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ExportWarning)
        files = load_model(model).export(out, to)
    for warning in told:
        say(f"note: {warning.message}")
    for file in files:
        print(f"wrote {file} ({decimal(file.stat().st_size)})")  # noqa: T201


export.__doc__ = "Export a model, for other programs or as code.\n\n" + "\n\n".join(
    f"{form.name} ({', '.join(form.suffixes)}): {form.doc}" for form in FORMS.values()
)
