"""`netstudio import`."""

import json
from pathlib import Path

import numpy as np

import netstudio as ns
from tests.cli.conftest import Run

MODELS = Path(__file__).parents[1] / "imports" / "onnx" / "models"


def test_graph_and_model_are_written_and_work(run: Run, tmp_path: Path) -> None:
    graph, model = tmp_path / "g.json", tmp_path / "m.npz"
    done = run("import", MODELS / "cnn_script.onnx", "-o", graph, "--weights", model)
    assert done.status == 0
    assert "note: The loss of output is a guess: SparseCategoricalCrossentropy" in done.out
    assert run("check", graph).status == 0
    with np.load(MODELS / "cnn_script.npz") as arrays:
        x, expected = arrays["in_x"], arrays["out_output"]
    np.testing.assert_allclose(ns.load_model(model, threads=1).predict(x), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ns.import_model(MODELS / "cnn_script.onnx", threads=1).predict(x), expected, 1e-5, 1e-6)


def test_json_tells_what_there_is(run: Run, tmp_path: Path) -> None:
    done = run("import", MODELS / "two_heads_script.onnx", "-o", tmp_path / "g.json", "--json")
    told = json.loads(done.out)
    assert told["model"] is None
    assert told["parameters"] == 6 * 5 + 5 + 5 * 3 + 3 + 5 + 1
    assert {"node": "output0", "type": "Softmax"} in told["layers"]
    assert len(told["notes"]) == 2


def test_errors_are_one_message(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"nothing")
    done = run("import", bad, "-o", tmp_path / "g.json")
    assert (done.status, done.out) == (1, "")
    assert "no ONNX file" in done.err
    assert run("import", bad, "-o", tmp_path / "g.txt").status == 2
    assert run("import", bad, "-o", tmp_path / "g.json", "--shape", "x").status == 2
