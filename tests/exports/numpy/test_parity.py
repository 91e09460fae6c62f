"""The written program predicts what the model does."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from netstudio.exports.numpy import write
from netstudio.training.storage import model_file
from tests.exports.code import models

SHARES = 4  # the models are dealt out to so many tests, which may run side by side


def program_of(model: Any, path: Path) -> dict[str, Any]:
    """The program's names, of a model that was exported there."""
    write(model_file(model), path)
    return runpy.run_path(str(path))


@pytest.mark.parametrize("share", range(SHARES))
def test_every_layer_and_sample(tmp_path: Path, share: int) -> None:
    for number, (name, graph) in enumerate(models.graphs()):
        if number % SHARES != share:
            continue
        model = models.model_of(graph)
        predict = program_of(model, tmp_path / f"{name}.py")["predict"]
        for rows in (1, 3):
            x = models.samples(graph, rows)
            taken = {id: values for id, values in x.items() if id in predict.__annotations__}
            models.require_close(name, models.by_place(predict(**taken)), models.predicted(model, x))
