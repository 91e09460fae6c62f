"""`netstudio predict`: what a model says of new samples."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netstudio.cli.guard import say
from netstudio.cli.output import JsonFlag, ModelPath, as_json, print_json, print_table
from netstudio.cli.progress import tell_when_compiling
from netstudio.errors import FileError

if TYPE_CHECKING:
    import numpy as np

    from netstudio.data.answers import Answer

Samples = Annotated[Path, typer.Argument(metavar="INPUT", help="A table, arrays, an image, a .wav file or a folder.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write .csv, .npz or .json instead.")]
MOST_ROWS = 40  # that fit a terminal


def predict(model: ModelPath, input: Samples, out: Out = None, json: JsonFlag = False) -> None:
    """Predict: classes with their probabilities, or quantities in the units of the training data."""
    from netstudio import load_model
    from netstudio.data.answers import answers
    from netstudio.data.preprocessing import Preprocessing
    from netstudio.data.samples import read_samples
    from netstudio.engine.lower import predicted

    if out is not None and out.suffix.lower() not in (".csv", ".npz", ".json"):
        raise FileError(f"can't write predictions as {out.name!r}; give it one of the suffixes .csv, .npz, .json")
    tell_when_compiling()
    loaded = load_model(model)
    fitted = Preprocessing.from_json(loaded.preprocessing)
    classes = {node: tuple(names) for node, names in loaded.classes.items()}
    samples = read_samples(input, loaded.graph, fitted, classes)
    found = loaded.predict(dict(samples.x))
    outputs = found if isinstance(found, dict) else dict.fromkeys(predicted(loaded.analysis), found)
    told = answers(loaded.graph, outputs, fitted, classes)
    table = _table(samples.names, told)
    if out is not None:
        _write(out, table, told)
    if json:
        print_json(_report(table) if out is None else {"samples": len(samples.names), "file": str(out)})
    elif out is None:
        _show(table)


def _write(out: Path, table: dict[str, list[Any]], told: list[Answer]) -> None:
    from netstudio.files.atomic import write_text

    if out.suffix.lower() == ".npz":
        _write_npz(out, told)
    else:
        write_text(out, _csv(table) if out.suffix.lower() == ".csv" else as_json(_report(table)))


def _show(table: dict[str, list[Any]]) -> None:
    """The first rows on a terminal, all of them as CSV anywhere else."""
    if not sys.stdout.isatty():
        sys.stdout.write(_csv(table))
        return
    rows = list(zip(*table.values(), strict=True))
    print_table(list(table), [[_shown(v) for v in row] for row in rows[:MOST_ROWS]])
    if len(rows) > MOST_ROWS:
        say(f"... and {len(rows) - MOST_ROWS:,} more; --out FILE.csv writes them all")


def _table(names: tuple[str, ...], told: list[Answer]) -> dict[str, list[Any]]:
    """Columns by heading; with several predicted nodes, each heading begins with its node's id."""
    table: dict[str, list[Any]] = {"sample": list(names)}
    for answer in told:
        for heading, values in answer.columns().items():
            table[heading if len(told) == 1 or heading.startswith(answer.node) else f"{answer.node}.{heading}"] = values
    return table


def _csv(table: dict[str, list[Any]]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(table)
    rows.writerows(zip(*table.values(), strict=True))
    return text.getvalue()


def _report(table: dict[str, list[Any]]) -> dict[str, Any]:
    """The rows of the table, each an object."""
    return {"predictions": [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]}


def _write_npz(out: Path, told: list[Answer]) -> None:
    """`<node>` holds the values, `<node>/class` the number of the likeliest class."""
    import numpy as np

    from netstudio.files.atomic import replacing

    arrays: dict[str, np.ndarray[Any, Any]] = {answer.node: answer.values for answer in told}
    arrays |= {f"{answer.node}/class": answer.chosen for answer in told if answer.chosen is not None}
    with replacing(out) as handle:
        np.savez(handle, allow_pickle=False, **arrays)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
