"""Models and checkpoints on disk."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import netstudio
from netstudio.errors import ModelFileError
from netstudio.exports import export
from netstudio.files.models import ModelFile, read_model, write_model
from netstudio.graph.edits import plain
from netstudio.schedules.base import Schedule
from netstudio.training.model import Model, settings_of
from netstudio.training.progress import History
from netstudio.training.standing import ARRAYS, Standing, joined, parted


def save_model(model: Model, path: str | Path, epoch: int | None = None, callbacks: Sequence[Standing] = ()) -> None:
    """Write the model; with `epoch`, the number of epochs done, also what is needed to go on from there."""
    file = model_file(model)
    if epoch is not None:
        watched, held = parted(callbacks)
        state = {**model.executor.parameters.slots, **held}
        file = replace(file, state=state, state_info={**_standing(model, epoch), "callbacks": watched})
    write_model(path, file)


def model_file(model: Model) -> ModelFile:
    """All that is needed to predict, as a model file holds it."""
    return ModelFile(
        model.graph,
        model.weights,
        {node: tuple(names) for node, names in model.classes.items()},
        plain(model.preprocessing),
        model.history.history,
        {**model.info, **_versions(), "seed": model.seed, "threads": model.threads},
    )


def _standing(model: Model, epoch: int) -> dict[str, Any]:
    """Where a run stands, beside its arrays."""
    return {
        "epoch": epoch,
        "steps": model.steps_done,
        "epochs": list(model.history.epoch),
        "learning_rate": None if isinstance(model.rate, Schedule) else model.rate,
    }


def load_model(path: str | Path, threads: int | None = None) -> Model:
    """Read a model, ready to predict or to train on. ModelFileError where the file is damaged or is not one."""
    return model_of(read_model(path), threads)


def model_of(file: ModelFile, threads: int | None = None) -> Model:
    """The model that a file holds, ready to predict or to train on."""
    seed = file.info.get("seed")
    model = Model(file.graph, seed=seed if isinstance(seed, int) and seed >= 0 else None, threads=threads)
    _take(model, file)
    return model


def restore(model: Model, path: str | Path) -> int:
    """Go back to a checkpoint of the same graph; the number of epochs that were done."""
    file = read_model(path)
    if file.state is None:
        raise ModelFileError(f"{path} is a model, not a checkpoint: it has no optimizer state; train with --checkpoint")
    epoch, steps = file.state_info.get("epoch"), file.state_info.get("steps")
    if not isinstance(epoch, int) or not isinstance(steps, int) or epoch < 0 or steps < 0:
        raise ModelFileError(f"{path}: the checkpoint does not say where it stands; make a new one")
    parameters = model.executor.parameters
    held = {name: a for name, a in file.state.items() if not name.startswith(ARRAYS)}
    wrong = set(held) ^ set(parameters.slots)
    sizes = any(held[n].shape != a.shape for n, a in parameters.slots.items() if n in held)
    if wrong or sizes:
        raise ModelFileError(
            f"{path}: the checkpoint is of another optimizer or graph; resume with the ones it was made with"
        )
    stood = joined(file.state_info.get("callbacks", []), file.state)
    _take(model, file)
    model.standings = stood
    for name, array in parameters.slots.items():
        array[:] = held[name]
    model.steps_done = steps
    model.rate = _resumed_rate(model, file)
    return epoch


def _resumed_rate(model: Model, file: ModelFile) -> float | Schedule:
    """The rate that the run had come to, unless the document now asks for another than it began with.

    A schedule goes on from the number of steps.
    """
    asked, begun = model.rate, settings_of(file.graph).optimizer.learning_rate
    stood = file.state_info.get("learning_rate")
    return float(stood) if asked == begun and isinstance(stood, float) and stood > 0.0 else asked


def _take(model: Model, file: ModelFile) -> None:
    model.set_weights(file.weights)
    model.classes, model.preprocessing = file.classes, dict(file.preprocessing)
    history = {k: list(v) for k, v in file.history.items()}
    model.history = History(history, list(range(len(next(iter(history.values()), [])))))
    model.info = {k: v for k, v in file.info.items() if k not in _versions()}


def _versions() -> dict[str, str]:
    return {"netstudio": netstudio.__version__, "numpy": np.__version__, "python": platform.python_version()}


def export_model(model: Model, path: str | Path, to: str | None) -> tuple[Path, ...]:
    """Write the model in the form `to`, or in that of the path's suffix; the files written. ExportError, FileError."""
    return export(model_file(model), path, to)
