"""`netstudio import`: another program's model made ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netstudio.cli.output import JsonFlag, ending, print_json, print_table

if TYPE_CHECKING:
    from netstudio.imports.imported import Imported


def _sizes(texts: list[str] | None) -> dict[str, tuple[int, ...]]:
    """["x=3,224,224"] as {"x": (3, 224, 224)}."""
    found = {}
    for text in texts or ():
        name, _, sizes = text.rpartition("=")
        numbers = [n.strip() for n in sizes.split(",")]
        if not name or not all(n.isdecimal() and int(n) for n in numbers):
            raise typer.BadParameter(f"{text!r} is not of the form INPUT=SIZES, such as x=3,224,224")
        found[name] = tuple(int(n) for n in numbers)
    return found


def _checked_sizes(texts: list[str] | None) -> list[str] | None:
    _sizes(texts)
    return texts


File = Annotated[Path, typer.Argument(metavar="FILE", help="An ONNX file (.onnx).")]
Out = Annotated[
    Path,
    typer.Option(
        "-o", "--out", metavar="GRAPH", help="The graph to write (.json).", callback=ending(".json", "graph document")
    ),
]
WeightsOut = Annotated[
    Path | None,
    typer.Option(
        "--weights",
        metavar="MODEL",
        help="The model file to write, weights included (.npz).",
        callback=ending(".npz", "model file"),
    ),
]
Shapes = Annotated[
    list[str] | None,
    typer.Option(
        "--shape",
        metavar="INPUT=SIZES",
        help="The sizes of a sample as the file has them, without the batch, where it leaves them open: x=3,224,224.",
        callback=_checked_sizes,
    ),
]


def import_(file: File, out: Out, weights: WeightsOut = None, shape: Shapes = None, json: JsonFlag = False) -> None:
    """Import a model of PyTorch, Keras and others from ONNX; say what was left out, changed or guessed."""
    from netstudio.files.documents import save_graph
    from netstudio.files.models import write_model
    from netstudio.imports import read_import

    imported = read_import(file, _sizes(shape))
    save_graph(imported.graph, out)
    if weights is not None:
        write_model(weights, replace(imported.file, info={"imported": file.name}))
    if json:
        print_json(_report(imported, out, weights))
    else:
        _show(imported, out, weights)


def _report(imported: Imported, out: Path, weights: Path | None) -> dict[str, object]:
    parameters = sum(int(a.size) for a in imported.file.weights.values())
    return {
        "graph": str(out),
        "model": None if weights is None else str(weights),
        "layers": [{"node": id, "type": node.type} for id, node in imported.graph.nodes.items()],
        "parameters": parameters,
        "notes": list(imported.notes),
    }


def _show(imported: Imported, out: Path, weights: Path | None) -> None:
    from netstudio.catalogue import CATALOGUE
    from netstudio.graph import analyse

    facts = analyse(imported.graph, CATALOGUE)
    rows = [
        _row(id, facts.nodes[id].node.type, facts.nodes[id].outputs, facts.nodes[id].parameters) for id in facts.order
    ]
    print_table(("node", "type", "output", "parameters"), rows, ("parameters",))
    _say(f"\n{facts.parameters:,} parameters")
    for note in imported.notes:
        _say(f"note: {note}")
    _say(f"The graph is in {out}." + (f" The model with its weights is in {weights}." if weights else ""))
    if weights is None:
        _say("The weights were not written; add --weights MODEL.npz to keep them.")


def _row(id: str, type: str, outputs: Sequence[object] | None, parameters: int) -> tuple[str, ...]:
    shown = ", ".join(getattr(spec, "label", "?") for spec in outputs or ())
    return id, type, shown, f"{parameters:,}"


def _say(text: str) -> None:
    print(text)  # noqa: T201
