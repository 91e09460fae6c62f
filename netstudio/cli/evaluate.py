"""`netstudio evaluate`: how good a model is on data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.cli.output import DataSpec, JsonFlag, ModelPath, figures, print_json, resolved_source
from netstudio.cli.progress import tell_when_compiling

if TYPE_CHECKING:
    from netstudio.data.dataset import Array
    from netstudio.data.prepare import PreparedData
    from netstudio.training.model import Model

TEST, VALIDATION = "test", "validation"
TOLD = {TEST: "of the test", VALIDATION: "kept from training", "all": "in all"}
UNSPLIT = {"validation_split": 0.0, "test_split": 0.0, "split": {"by": "random"}}


def evaluate(model: ModelPath, data: DataSpec = None, json: JsonFlag = False) -> None:
    """The loss and metrics of a model.

    With --data on all of it; without, on those samples of the data it was trained on that were kept from training:
    those of the test where the document keeps some, else those that validated it.
    """
    from netstudio import load_model
    from netstudio.training.model import EVALUATE_BATCH

    tell_when_compiling()
    loaded = load_model(model)
    prepared = _prepared(loaded, model.parent, resolved_source(data))
    part, rows = _judged(prepared)
    arrays = loaded.arrays(prepared.inputs, prepared.targets)
    logs = loaded.evaluate_arrays(arrays, EVALUATE_BATCH, rows)
    if json:
        print_json({**logs, "samples": len(rows), "data": prepared.source, "part": part})
    else:
        print(f"{figures(logs)} · {len(rows)} samples {TOLD[part]} of {prepared.source}")  # noqa: T201


def _judged(prepared: PreparedData) -> tuple[str, Array]:
    """The part to evaluate: the test, else what validated, else all."""
    parts = prepared.parts.by_name()
    part = next((part for part in (TEST, VALIDATION) if part in parts), "all")
    return part, parts.get(part, prepared.train_rows)


def _prepared(model: Model, folder: Path, source: str | None) -> PreparedData:
    """The data as the model was trained on it: its scaling and its classes, not the data's own."""
    from netstudio.data.prepare import prepare
    from netstudio.data.preprocessing import Preprocessing

    graph = model.graph
    if source is not None:
        graph = replace(graph, data={**graph.data, **UNSPLIT})
    else:
        source, folder = _trained_on(model, folder)
    fitted = Preprocessing.from_json(model.preprocessing)
    classes = {node: tuple(names) for node, names in model.classes.items()}
    return prepare(graph, folder, source, fitted=fitted, classes=classes)


def _trained_on(model: Model, folder: Path) -> tuple[str | None, Path]:
    """The data that the model was trained on, and the folder their path starts at: `folder`, if they are there."""
    source, kept = model.info.get("data"), model.info.get("data_folder")
    if not isinstance(source, str):
        return None, folder
    is_gone = "\0" in source or not (folder / source).exists()
    return source, Path(kept) if isinstance(kept, str) and is_gone else folder
