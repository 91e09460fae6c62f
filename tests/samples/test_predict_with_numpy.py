"""A model file is plain enough for a page of NumPy."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import netstudio as ns
from netstudio.data.prepare import prepare
from netstudio.resources import SAMPLES
from tests.samples import predict_with_numpy


def test_twenty_lines_of_numpy_predict_as_the_model_does(tmp_path):
    graph = ns.load_graph(SAMPLES / "digits_mlp.json")
    trainer = ns.Trainer.from_graph(graph, threads=1)
    for progress in trainer.run():
        if progress.epoch == 3:
            trainer.stop()
    model, path = trainer.model, tmp_path / "digits.npz"
    model.save(path)
    data = prepare(graph)
    pixels, digits = data.x_val["pixels"], data.y_val["digit"]
    expected = model.predict(pixels).argmax(axis=1)
    found = predict_with_numpy.predict(path, pixels)
    np.testing.assert_array_equal(found, expected)
    figures = model.evaluate(data.x_val, data.y_val)
    assert (found == digits).mean() == pytest.approx(figures["accuracy"], abs=1e-12)
    assert figures["accuracy"] > 0.8
    np.save(tmp_path / "x.npy", pixels)
    script = Path(predict_with_numpy.__file__)
    shown = subprocess.run(
        [sys.executable, script, path, tmp_path / "x.npy"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split()[0].strip("[") == str(expected[0])
