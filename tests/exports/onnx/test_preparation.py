"""What was learnt from a table's columns is part of the exported graph."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import polars
import pytest

from netstudio.data.answers import answers
from netstudio.data.prepare import prepare
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.samples import read_samples
from netstudio.errors import ExportWarning
from netstudio.graph import Graph, Node
from tests.data.test_prepare import graph
from tests.data.test_recipe import FRAME, houses
from tests.exports.onnx.checks import exported, model_of, run

TEXTS = polars.String
SOLD_FOR = FRAME.drop("sold").with_columns(polars.Series("cost", np.random.default_rng(4).lognormal(3, 1, len(FRAME))))


def trained(made: Graph, folder: Path, frame: polars.DataFrame = FRAME) -> Any:
    """A model that knows its data as a trained one does."""
    frame.write_csv(folder / "t.csv")
    data, model = prepare(made, folder), model_of(made)
    model.preprocessing, model.classes = data.preprocessing.to_json(), data.classes
    return model


def with_nodes(made: Graph, *nodes: Node) -> Graph:
    """With those nodes in place of the ones of the same ids."""
    return replace(made, nodes={**made.nodes, **{n.id: n for n in nodes}})


def columns_of(proto: onnx.ModelProto, frame: polars.DataFrame) -> dict[str, Any]:
    """The columns that the exported graph takes, as they stand in the table."""
    return {i.name: cells(frame[i.name]) for i in proto.graph.input}


def cells(column: polars.Series) -> Any:
    if column.name == "day":
        return column.str.to_date().cast(polars.Int32).to_numpy().astype(np.float64)[:, None]
    if column.dtype == TEXTS:
        return np.array(column.fill_null("").to_list())[:, None]
    return column.cast(polars.Float32).fill_null(float("nan")).to_numpy()[:, None]


def assert_as_predicted(model: Any, proto: onnx.ModelProto, frame: polars.DataFrame, folder: Path) -> None:
    """The export says of the raw columns what the model says of the file."""
    frame.write_csv(folder / "new.csv")
    fitted = Preprocessing.from_json(model.preprocessing)
    samples = read_samples(folder / "new.csv", model.graph, fitted, model.classes)
    (told,) = answers(model.graph, {"d": model.predict(dict(samples.x))}, fitted, {})
    found = run(proto, columns_of(proto, frame))["d"]
    np.testing.assert_allclose(found, told.values, rtol=2e-5, atol=1e-5)


def test_columns_are_filled_scaled_and_told_apart(tmp_path: Path) -> None:
    model = trained(houses(), tmp_path)
    proto = exported(model)
    assert [i.name for i in proto.graph.input] == ["area", "rooms", "day", "city"]
    assert [len(i.type.tensor_type.shape.dim) for i in proto.graph.input] == [2] * 4
    strange = FRAME.drop("sold").with_columns(FRAME["city"].replace("Ulm", "Rome"))
    assert_as_predicted(model, proto, FRAME.drop("sold"), tmp_path)
    assert_as_predicted(model, proto, strange, tmp_path)


def test_logarithms_and_quantities_in_their_own_units(tmp_path: Path) -> None:
    columns = {
        "area": {"missing": "constant", "fill": 70, "scale": "log"},
        "rooms": {"missing": "mean", "scale": "minmax"},
        "city": {"missing": "constant", "fill": "Ulm"},
        "cost": {"role": "target", "scale": "standardize"},
    }
    made = graph([5], target={"shape": [1]}, loss="MeanSquaredError", units=1, source="t.csv", columns=columns)
    model = trained(made, tmp_path, SOLD_FOR)
    assert_as_predicted(model, exported(model), FRAME.drop("sold"), tmp_path)


def test_categories_by_number(tmp_path: Path) -> None:
    columns = {"city": {"missing": "constant", "fill": "Bonn", "encode": "integer", "unseen": "unknown"}}
    made = graph([], units=2, source="t.csv", columns=columns, bind={"x": "city"})
    table = Node("f", "Embedding", {"input_dim": 4, "output_dim": 3})
    model = trained(with_nodes(made, Node("x", "Input", {"shape": [], "dtype": "int"}), table), tmp_path)
    proto = exported(model)
    assert_as_predicted(model, proto, FRAME.drop("sold"), tmp_path)
    found = run(proto, {"city": np.array([["Rome"], ["Bonn"], [""]])})["d"]
    np.testing.assert_array_equal(found[1], found[2])
    assert (found[0] != found[1]).any()


def test_what_training_never_met_gives_nothing(tmp_path: Path) -> None:
    full = {name: {"missing": "drop"} for name in ("area", "rooms", "city")}
    model = trained(houses(5, columns=full), tmp_path)
    proto = exported(model)
    right: dict[str, Any] = {"area": 80.0, "rooms": 3.0, "city": "Ulm"}

    def told(**cells: Any) -> Any:
        row = {**right, **cells}
        x = {name: np.array([[v]], np.float32 if isinstance(v, float) else str) for name, v in row.items()}
        return run(proto, x)["d"]

    assert np.isfinite(told()).all()
    for wrong in ({"city": "Rome"}, {"city": ""}, {"area": float("nan")}):
        assert np.isnan(told(**wrong)).all()


def test_a_scaled_input_takes_the_data_as_they_are(tmp_path: Path) -> None:
    raw = np.random.default_rng(5).normal(1e6, 3.0, (20, 2)).astype(np.float32)
    np.savez(tmp_path / "a.npz", x=raw, y=np.arange(20) % 2)
    made = graph([2], units=2, source="a.npz", preprocess={"x": "standardize"})
    data, model = prepare(made, tmp_path), model_of(made)
    model.preprocessing = data.preprocessing.to_json()
    found = run(exported(model), {"x": raw})["d"]
    np.testing.assert_allclose(found, model.predict(data.inputs), rtol=1e-5, atol=1e-5)


def test_of_texts_the_tokens_are_taken(tmp_path: Path) -> None:
    columns = {"note": {"type": "text"}}
    made = graph([4], units=2, source="t.csv", columns=columns, bind={"x": "note"}, text={"length": 4})
    model = trained(made, tmp_path)
    with pytest.warns(ExportWarning, match="input 'x' takes numbers of tokens, not the texts of column 'note'"):
        proto = exported(model)
    ids = np.array([[2.0, 3.0, 4.0, 0.0]], np.float32)
    np.testing.assert_allclose(run(proto, {"x": ids})["d"], model.predict(ids), rtol=1e-5, atol=1e-5)


def test_windows_take_the_rows_as_they_are(tmp_path: Path) -> None:
    columns = {"level": {"role": "target", "scale": "standardize", "missing": "mean"}, "flow": {"scale": "log"}}
    made = graph(
        [4, 2], target={"shape": [1]}, loss="MeanSquaredError", units=1, source="t.csv", columns=columns,
        window={"steps": 4, "horizon": 1}, bind={"x": "features", "y": "target"},
    )  # fmt: skip
    rng = np.random.default_rng(6)
    frame = polars.DataFrame({"level": rng.normal(50, 9, 40), "flow": rng.lognormal(2, 1, 40)})
    model = trained(made, tmp_path, frame)
    proto = exported(model)
    assert [(i.name, i.doc_string) for i in proto.graph.input] == [("x", "level, flow; in the units of the data")]
    fitted = Preprocessing.from_json(model.preprocessing)
    samples = read_samples(tmp_path / "t.csv", made, fitted, {})
    (told,) = answers(made, {"d": model.predict(dict(samples.x))}, fitted, {})
    rows = frame.to_numpy().astype(np.float32)
    windows = np.stack([rows[int(last) - 3 : int(last) + 1] for last in samples.names])
    np.testing.assert_allclose(run(proto, {"x": windows})["d"], told.values, rtol=2e-5, atol=1e-5)
