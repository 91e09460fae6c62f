"""`netstudio export`: the model in another program's form."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from netstudio.cli.output import ModelPath

To = Annotated[str | None, typer.Option("--to", metavar="FORM", help="The form; left out, that of the file's suffix.")]
Out = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The file to write.")]


def export(model: ModelPath, out: Out, to: To = None) -> None:
    """Export a model; npz is the model file without a checkpoint's state."""
    from netstudio import load_model
    from netstudio.errors import ExportWarning

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ExportWarning)
        load_model(model).export(out, to)
    for warning in told:
        typer.echo(f"note: {warning.message}", err=True)
