"""`netstudio evaluate`: how good a model is on data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.cli.output import DataSpec, JsonFlag, ModelPath, figures, print_json, resolved_source
from netstudio.cli.progress import tell_when_compiling

if TYPE_CHECKING:
    from netstudio.data.prepare import PreparedData
    from netstudio.training.model import Model


def evaluate(model: ModelPath, data: DataSpec = None, json: JsonFlag = False) -> None:
    """The loss and metrics of a model.

    With --data on all of it; without, on the samples of the document's own data that were kept from training.
    """
    from netstudio import load_model

    tell_when_compiling()
    loaded = load_model(model)
    prepared = _prepared(loaded, model.parent, resolved_source(data))
    held = prepared.validation_rows > 0
    x, y = (prepared.x_val, prepared.y_val) if held else (prepared.x, prepared.y)
    logs = loaded.evaluate(dict(x), dict(y))
    rows = prepared.validation_rows if held else prepared.rows
    if json:
        print_json({**logs, "samples": rows, "data": prepared.source, "part": "validation" if held else "all"})
    else:
        part = "kept from training" if held else "in all"
        print(f"{figures(logs)} · {rows} samples {part} of {prepared.source}")  # noqa: T201


def _prepared(model: Model, folder: Path, source: str | None) -> PreparedData:
    """The data as the model was trained on it: its scaling and its classes, not the data's own."""
    from netstudio.data.prepare import prepare
    from netstudio.data.preprocessing import Preprocessing

    graph = model.graph
    if source is not None:
        graph = replace(graph, data={k: v for k, v in graph.data.items() if k != "validation_split"})
    fitted = Preprocessing.from_json(model.preprocessing)
    classes = {node: tuple(names) for node, names in model.classes.items()}
    return prepare(graph, folder, source, fitted=fitted, classes=classes)
