"""`netstudio predict`: what a model says of new samples."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netstudio.cli.guard import say
from netstudio.cli.output import JsonFlag, ModelPath, as_json, print_json, print_table
from netstudio.cli.progress import tell_when_compiling
from netstudio.errors import FileError

if TYPE_CHECKING:
    from netstudio.training.predictions import Predictions

Samples = Annotated[Path, typer.Argument(metavar="INPUT", help="A table, arrays, an image, a .wav file or a folder.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write .csv, .npz or .json instead.")]
MOST_ROWS = 40  # that fit a terminal


def predict(model: ModelPath, input: Samples, out: Out = None, json: JsonFlag = False) -> None:
    """Predict: classes with their probabilities, or quantities in the units of the training data."""
    from netstudio import load_model
    from netstudio.training.predictions import predict_file

    if out is not None and out.suffix.lower() not in (".csv", ".npz", ".json"):
        raise FileError(f"can't write predictions as {out.name!r}; give it one of the suffixes .csv, .npz, .json")
    if out is not None and out.resolve() == input.resolve():
        raise FileError(f"--out names {input}, which is what to predict for; choose another name")
    tell_when_compiling()
    found = predict_file(load_model(model), input)
    if out is not None:
        _write(out, found)
    if json:
        print_json(_report(found) if out is None else {"samples": len(found.names), "file": str(out)})
    elif out is None:
        _show(found)


def _write(out: Path, found: Predictions) -> None:
    from netstudio.files.atomic import write_text

    if out.suffix.lower() == ".npz":
        found.write_npz(out)
    elif out.suffix.lower() == ".csv":
        found.write_csv(out)
    else:
        write_text(out, as_json(_report(found)))


def _show(found: Predictions) -> None:
    """The first rows on a terminal, all of them as CSV anywhere else."""
    if not sys.stdout.isatty():
        sys.stdout.write(found.as_csv())
        return
    table = found.columns()
    rows = list(zip(*table.values(), strict=True))
    print_table(list(table), [[_shown(v) for v in row] for row in rows[:MOST_ROWS]])
    if len(rows) > MOST_ROWS:
        say(f"... and {len(rows) - MOST_ROWS:,} more; --out FILE.csv writes them all")


def _report(found: Predictions) -> dict[str, Any]:
    """The rows of the table, each an object."""
    table = found.columns()
    return {"predictions": [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]}


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
