"""A program and its weights take the place of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import FileError
from netstudio.exports import numpy, torch
from netstudio.files.models import read_model
from netstudio.training.storage import model_file
from tests.exports.code import models

FORMS = pytest.mark.parametrize("write", [numpy.write, torch.write], ids=["numpy", "torch"])
Write = Callable[..., None]


@FORMS
def test_an_export_takes_the_place_of_the_one_before(tmp_path: Path, write: Write) -> None:
    file = model_file(ns.compile(models.WHOLE["residual"], seed=0))
    for _ in range(2):
        write(file, tmp_path / "m.py")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.py", "m.weights.npz"]
    with np.load(tmp_path / "m.weights.npz", allow_pickle=False) as held:
        assert {name: held[name].shape for name in file.weights} == {n: w.shape for n, w in file.weights.items()}


@FORMS
def test_code_of_others_stays(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "m.py"
    path.write_text("x = 1\n")
    with pytest.raises(FileError, match="holds code that no export wrote; choose another name"):
        write(model_file(ns.compile(models.WHOLE["shared"], seed=0)), path)
    assert path.read_text() == "x = 1\n"
    assert not (tmp_path / "m.weights.npz").exists()


@FORMS
def test_a_model_named_as_the_weights_stays(tmp_path: Path, write: Write) -> None:
    model = ns.compile(models.WHOLE["shared"], seed=0)
    model.save(tmp_path / "m.weights.npz")
    with pytest.raises(FileError, match="where the weights go: it holds something else"):
        write(model_file(model), tmp_path / "m.py")
    assert read_model(tmp_path / "m.weights.npz").graph == model.graph
    assert not (tmp_path / "m.py").exists()
