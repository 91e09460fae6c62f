"""A written program makes of a table what `netstudio predict` makes of it."""

from __future__ import annotations

import csv
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.data.answers import answers
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.samples import read_samples
from netstudio.engine.lower import predicted
from netstudio.exports.numpy import write
from netstudio.files.documents import graph_from_json
from netstudio.training.model import Model
from netstudio.training.storage import model_file

HOSTILE = 'a "b",\n\\ \'\'\' """ # 🙂'


def table(path: Path, rows: int = 40) -> None:
    """Numbers with gaps, categories, dates, texts, and answers of two classes and in numbers."""
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["age", "pay", "kind", HOSTILE.replace("\n", " "), "since", "note", "size", "bought"])
        for i in range(rows):
            age = "" if i % 9 == 0 else str(rng.integers(18, 80))
            towns = ["Oslo", "Rīga", "" if i % 2 else "Rome"]
            notes = ["good thing", "bad, really bad", "it's fine!"]
            day = f"20{rng.integers(10, 24)}-0{rng.integers(1, 9)}-1{rng.integers(0, 9)}"
            cells = [age, f"{rng.gamma(2, 900):.2f}", ["m", "f", HOSTILE][i % 3], towns[i % 3], day, notes[i % 3]]
            out.writerow([*cells, f"{rng.normal():.3f}", ["no", HOSTILE][int(rng.integers(2))]])


def document(source: Path, inputs: dict[str, Any], outputs: int, loss: Any, **data: Any) -> Model:
    """Dense layers over Inputs, with the data as training prepares it, and no training."""
    nodes: list[Any] = [
        {"id": "all", "type": "Concatenate"},
        {"id": "end", "type": "Dense", "params": {"units": outputs}},
    ]
    wires = [["all.out", "end.in"], ["end.out", "loss.pred"], ["y.out", "loss.target"]]
    for id, params in inputs.items():
        nodes += [{"id": id, "type": "Input", "params": params}]
        if params.get("dtype") == "int":
            size = {"input_dim": 60, "output_dim": 3}
            nodes += [{"id": f"of_{id}", "type": "Embedding", "params": size}, {"id": f"flat_{id}", "type": "Flatten"}]
            wires += [[f"{id}.out", f"of_{id}.in"], [f"of_{id}.out", f"flat_{id}.in"], [f"flat_{id}.out", "all.in"]]
        else:
            nodes += [{"id": f"flat_{id}", "type": "Flatten"}]
            wires += [[f"{id}.out", f"flat_{id}.in"], [f"flat_{id}.out", "all.in"]]
    target = {"shape": [], "dtype": "int"} if "Sparse" in loss["type"] else {"shape": [1]}
    nodes += [{"id": "y", "type": "Target", "params": target}, {"id": "loss", **loss}]
    made = {"format": "netstudio/graph", "version": 1, "name": HOSTILE, "nodes": nodes, "wires": wires}
    return ns.Trainer.from_graph(graph_from_json({**made, "data": {"source": str(source), **data}})).model


LOGITS = {"params": {"from_logits": True}}
CASES: dict[str, dict[str, Any]] = {
    "numbers and categories": {
        "inputs": {"x": {"shape": [11]}}, "outputs": 2, "loss": {"type": "SparseCategoricalCrossentropy", **LOGITS},
        "target": "bought", "preprocess": {"x": "standardize"},
        "columns": {
            "age": {"missing": "flag", "scale": "standardize"}, "pay": {"scale": "log"}, "kind": {"type": "category"},
            HOSTILE.replace("\n", " "): {"type": "category", "missing": "flag", "unseen": "unknown"},
            "since": {"type": "date", "scale": "minmax"}, "note": {"role": "ignore"}, "size": {"role": "ignore"},
        },
    },
    "texts and places": {
        "inputs": {"words": {"shape": [6], "dtype": "int"}, "town": {"shape": [], "dtype": "int"}, "x": {"shape": [2]}},
        "outputs": 1, "loss": {"type": "BinaryCrossentropy", **LOGITS}, "target": "bought",
        "bind": {"words": "note", "town": "kind", "x": ["size", "pay"], "y": "label"},
        "columns": {
            "note": {"type": "text"}, "kind": {"type": "category", "encode": "integer", "unseen": "unknown"},
            "age": {"missing": "mean"}, "size": {"scale": "robust"},
        },
        "text": {"tokens": "words", "length": 6, "vocabulary": 50},
    },
    "quantities": {
        "inputs": {"x": {"shape": [1]}}, "outputs": 1, "loss": {"type": "MeanSquaredError"}, "target": "size",
        "bind": {"x": "pay"}, "preprocess": {"x": "standardize", "y": "minmax"},
    },
    "windows": {
        "inputs": {"x": {"shape": [5, 2]}}, "outputs": 1, "loss": {"type": "MeanSquaredError"}, "target": "size",
        "columns": {"pay": {"scale": "standardize"}, "size": {"scale": "minmax"}},
        "window": {"steps": 5, "horizon": 1, "stride": 2, "columns": ["pay", "size"]},
    },
}  # fmt: skip


def told(model: Model, path: Path) -> dict[str, list[Any]]:
    """What `netstudio predict` says."""
    fitted = Preprocessing.from_json(model.preprocessing)
    classes = {node: tuple(names) for node, names in model.classes.items()}
    samples = read_samples(path, model.graph, fitted, classes)
    found = dict.fromkeys(predicted(model.analysis), model.predict(dict(samples.x)))
    (answer,) = answers(model.graph, found, fitted, classes)
    return {"sample": [int(name) for name in samples.names], **answer.columns()}


@pytest.mark.parametrize("name", CASES)
def test_a_table(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, program, out = tmp_path / "t.csv", tmp_path / "model.py", tmp_path / "out.csv"
    table(source)
    model = document(source, **CASES[name])
    write(model_file(model), program)
    monkeypatch.setattr(sys, "argv", [str(program), str(source), "-o", str(out)])
    runpy.run_path(str(program), run_name="__main__")
    with out.open(encoding="utf-8", newline="") as file:
        heads, *rows = list(csv.reader(file))
    wanted = told(model, source)
    assert heads == list(wanted)
    for head, found in zip(heads, zip(*rows, strict=True), strict=True):
        if isinstance(wanted[head][0], str):
            assert list(found) == wanted[head]
        else:
            np.testing.assert_allclose(np.array(found, float), wanted[head], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"kind": "strange"}, "row 1, column 'kind' is 'strange', which no training row had"),
        ({"kind": ""}, "row 1, column 'kind' is empty"),
        ({"pay": "1.2.3"}, "row 1, column 'pay' is '1.2.3'; expected a number"),
        ({"pay": "-5"}, "row 1, column 'pay' is -5; expected more than -1"),
        ({"since": "soon"}, "row 1, column 'since' is 'soon', no date"),
        ({"age": None}, "there is no column 'age'"),
    ],
)
def test_cells_that_training_did_not_have_are_refused(tmp_path: Path, cells: dict[str, Any], message: str) -> None:
    source, program = tmp_path / "t.csv", tmp_path / "model.py"
    table(source)
    model = document(source, **CASES["numbers and categories"])
    write(model_file(model), program)
    with source.open(encoding="utf-8", newline="") as file:
        columns: dict[str, Any] = {name: list(column) for name, *column in zip(*csv.reader(file), strict=True)}
    prepare = runpy.run_path(str(program))["prepare"]
    prepare(columns)
    for name, cell in cells.items():
        if cell is None:
            del columns[name]
        else:
            columns[name][1] = cell
    with pytest.raises(ValueError, match="column") as caught:
        prepare(columns)
    assert str(caught.value).startswith(message)


def test_arrays_are_scaled_as_in_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, program = tmp_path / "t.csv", tmp_path / "model.py"
    table(source)
    model = document(source, **CASES["quantities"])
    write(model_file(model), program)
    x = np.array([[10.0], [2000.0]], np.float32)
    np.save(tmp_path / "x.npy", x)
    monkeypatch.setattr(sys, "argv", [str(program), str(tmp_path / "x.npy"), "-o", str(tmp_path / "y.npy")])
    runpy.run_path(str(program), run_name="__main__")
    scaled = Preprocessing.from_json(model.preprocessing).apply({"x": x})
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model.predict(scaled["x"]), rtol=1e-5)


def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, program = tmp_path / "t.csv", tmp_path / "model.py"
    table(source)
    write(model_file(document(source, **CASES["windows"])), program)
    monkeypatch.setattr(sys, "argv", [str(program), str(tmp_path / "x.npy")])
    with pytest.raises(SystemExit, match=r"x\.npy: expected \.csv"):
        runpy.run_path(str(program), run_name="__main__")
