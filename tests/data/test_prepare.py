"""Binding, splitting, scaling, and all of it in one call."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netstudio.data.binding import bind_data
from netstudio.data.dataset import Dataset
from netstudio.data.loading import load
from netstudio.data.prepare import prepare
from netstudio.data.preprocessing import Preprocessing, Scaling
from netstudio.data.splitting import split
from netstudio.errors import DataError
from netstudio.files.documents import load_graph, parse_graph
from netstudio.graph import Graph
from netstudio.resources import SAMPLES

ROWS = np.arange(6)
FIELDS = {
    "image": np.zeros((6, 2, 3, 1), np.float32),
    "features": np.arange(12, dtype=np.float32).reshape(6, 2),
    "a": ROWS.astype(np.float32),
    "b": ROWS.astype(np.float32) * 2,
    "label": (ROWS % 3).astype(np.int64),
    "target": ROWS / np.float32(2),
}
DATA = Dataset("d.csv", FIELDS, {"label": ("x", "y", "z")}, ("a", "b"))


def graph(
    input_shape: list[int] = [2],  # noqa: B006
    target: dict[str, Any] | None = None,
    loss: str = "SparseCategoricalCrossentropy",
    units: int = 3,
    **data: Any,
) -> Graph:
    document = {
        "format": "netstudio/graph",
        "version": 1,
        "nodes": [
            {"id": "x", "type": "Input", "params": {"shape": input_shape}},
            {"id": "f", "type": "Flatten"},
            {"id": "d", "type": "Dense", "params": {"units": units}},
            {"id": "y", "type": "Target", "params": target or {"shape": [], "dtype": "int"}},
            {"id": "loss", "type": loss},
        ],
        "wires": [["x.out", "f.in"], ["f.out", "d.in"], ["d.out", "loss.pred"], ["y.out", "loss.target"]],
        "data": data,
    }
    return parse_graph(json.dumps(document))


def refused(made: Graph, data: Dataset = DATA) -> str:
    with pytest.raises(DataError) as caught:
        bind_data(made, data)
    return str(caught.value)


def test_what_is_not_bound_takes_what_fits() -> None:
    x, y = bind_data(graph(), DATA)
    np.testing.assert_array_equal(x["x"], FIELDS["features"])
    np.testing.assert_array_equal(y["y"], FIELDS["label"])
    assert (x["x"].dtype, y["y"].dtype) == (np.float32, np.int64)
    x, _ = bind_data(graph([2, 3]), DATA)  # an axis of 1 more or less is no difference
    assert x["x"].shape == (6, 2, 3)
    _, y = bind_data(graph(target={"shape": [1]}, loss="MeanSquaredError", units=1), DATA)
    np.testing.assert_array_equal(y["y"][:, 0], FIELDS["target"])


def test_columns_stand_side_by_side_in_the_order_asked() -> None:
    x, _ = bind_data(graph(bind={"x": ["b", "a"]}), DATA)
    np.testing.assert_array_equal(x["x"], np.stack([FIELDS["b"], FIELDS["a"]], axis=1))


def test_a_field_of_the_nodes_name_comes_first() -> None:
    data = replace(DATA, fields={**FIELDS, "x": FIELDS["features"] + 100}, columns=())
    np.testing.assert_array_equal(bind_data(graph(), data)[0]["x"], FIELDS["features"] + 100)


def test_classes_become_one_hot_for_a_target_of_floats() -> None:
    _, y = bind_data(graph(target={"shape": [3]}, loss="CategoricalCrossentropy"), DATA)
    np.testing.assert_array_equal(y["y"], np.eye(3)[FIELDS["label"]])


def test_two_classes_become_0_and_1() -> None:
    data = replace(DATA, fields={**FIELDS, "label": ROWS % 2}, classes={"label": ("no", "yes")})
    _, y = bind_data(graph(target={"shape": [1]}, loss="BinaryCrossentropy", units=1, bind={"y": "label"}), data)
    np.testing.assert_array_equal(y["y"], (ROWS % 2)[:, None])
    assert y["y"].dtype == np.float32


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            graph([5]),
            "field 'features' has the shape (2,), and the Input 'x' takes (5,); set its shape to [2]",
        ),
        (graph(bind={"x": "imge"}), "d.csv has no field 'imge': did you mean 'image'?"),
        (graph(bind={"z": "image"}), "\"bind\" gives data to 'z', which is no Input and no Target"),
        (graph(bind={"x": ["a", "q"]}), "has no field 'q'"),
        (graph(bind={"x": ["a", "image"]}), "only columns can stand side by side"),
        (graph(bind={"y": "target"}), "field 'target' holds fractions, and the Target 'y' takes class numbers"),
        (graph(units=2), "field 'label' is 2 in sample 2, and 'y' takes 0 to 1"),
        (
            graph(target={"shape": [2]}, loss="CategoricalCrossentropy", units=2, bind={"y": "label"}),
            "has classes up to 2, and the Target 'y' of shape (2,) has room for 0 to 1; set its shape to [3]",
        ),
        (
            graph(target={"shape": [1]}, loss="BinaryCrossentropy", units=1, bind={"y": "label"}),
            "tells only 0 from 1",
        ),
    ],
)
def test_what_does_not_fit_is_said(made: Graph, words: str) -> None:
    assert words in refused(made)


def test_one_class_is_nothing_to_tell_apart() -> None:
    data = replace(DATA, fields={**FIELDS, "label": ROWS * 0}, classes={"label": ("only",)})
    assert "every sample has the same class ('only') for 'y'" in refused(graph(), data)


def test_negative_classes_are_refused() -> None:
    data = replace(DATA, fields={**FIELDS, "label": ROWS - 1}, classes={})
    assert "field 'label' is -1 in sample 0, and 'y' takes 0 to 2" in refused(graph(), data)


def test_a_data_set_without_what_is_needed() -> None:
    data = Dataset("d.npz", {"q": np.zeros((3, 9), np.float32)})
    message = refused(graph(), data)
    assert "d.npz has nothing for the Input 'x' of shape (2,): it has q (9,)" in message


# ------------------------------------------------------------------------------------------------------ splitting


@given(st.integers(2, 500), st.floats(0.001, 0.999), st.integers(0, 2**31))
def test_a_split_takes_each_sample_once(rows: int, fraction: float, seed: int) -> None:
    train, kept = split(rows, fraction, seed)
    assert sorted([*train, *kept]) == list(range(rows))
    assert len(train) >= 1
    assert len(kept) >= 1
    assert abs(len(kept) - rows * fraction) <= 1
    again = split(rows, fraction, seed)
    np.testing.assert_array_equal(train, again[0])


def test_a_split_is_shuffled_by_the_seed() -> None:
    kept = [tuple(split(1000, 0.2, seed)[1]) for seed in range(3)]
    assert len(set(kept)) == 3
    assert all(max(k) > 900 and min(k) < 100 for k in kept)
    assert len(split(5, 0.0, 0)[1]) == 0
    with pytest.raises(DataError, match="1 sample can't be split"):
        split(1, 0.5, 0)


# ------------------------------------------------------------------------------------------------------ scaling


@pytest.mark.parametrize("kind", ["standardize", "minmax"])
@pytest.mark.parametrize("shape", [(50,), (50, 3), (50, 4, 5, 2)])
def test_scaling_does_what_it_says_and_can_be_undone(kind: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(5, 3, shape).astype(np.float32)
    scaling = Scaling.fit(kind, values)
    scaled = scaling.apply(values)
    axes = tuple(range(max(1, len(shape) - 1)))
    if kind == "standardize":
        np.testing.assert_allclose(scaled.mean(axis=axes), 0, atol=1e-5)
        np.testing.assert_allclose(scaled.std(axis=axes), 1, rtol=1e-5)
    else:
        np.testing.assert_allclose(scaled.min(axis=axes), 0, atol=1e-6)
        np.testing.assert_allclose(scaled.max(axis=axes), 1, rtol=1e-6)
    np.testing.assert_allclose(scaling.invert(scaled), values, rtol=1e-4, atol=1e-5)
    assert scaled.dtype == np.float32


def test_a_column_that_never_varies_becomes_zero() -> None:
    values = np.full((4, 2), 7, np.float32)
    np.testing.assert_array_equal(Scaling.fit("standardize", values).apply(values), np.zeros((4, 2)))


def test_scaling_survives_json() -> None:
    values = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    fitted = Preprocessing.fit({"x": "standardize", "y": "none"}, {"x": values, "y": values}, {"x": ("a", "b", "c")})
    again = Preprocessing.from_json(json.loads(json.dumps(fitted.to_json())))
    assert again == fitted
    np.testing.assert_array_equal(again.apply({"x": values})["x"], fitted.apply({"x": values})["x"])
    np.testing.assert_array_equal(again.apply({"y": values})["y"], values)


@pytest.mark.parametrize(
    "damage",
    [
        {"steps": 3},
        {"steps": {"x": {"kind": "standardize"}}},
        {"columns": {"x": 3}},
        {"steps": {"x": {"kind": "eval", "shift": [0], "scale": [1]}}},
        {"steps": {"x": {"kind": "minmax", "shift": [0], "scale": [0]}}},
        {"steps": {"x": {"kind": "minmax", "shift": [0], "scale": [1, 2]}}},
        {"steps": {"x": {"kind": "minmax", "shift": [1e999], "scale": [1]}}},
        {"steps": {"x": {"kind": "minmax", "shift": ["a"], "scale": [1]}}},
    ],
)
def test_damaged_scaling_is_refused(damage: Any) -> None:
    with pytest.raises(DataError, match="damaged"):
        Preprocessing.from_json(damage)


def test_what_can_not_be_scaled() -> None:
    with pytest.raises(DataError, match="\"preprocess\" names 'q'"):
        Preprocessing.fit({"q": "minmax"}, {"x": ROWS}, {})
    with pytest.raises(DataError, match="holds class numbers"):
        Preprocessing.fit({"x": "minmax"}, {"x": ROWS}, {})


# ------------------------------------------------------------------------------------------------------ all in one


def test_scaling_is_fitted_on_the_training_samples_alone() -> None:
    made = load_graph(SAMPLES / "iris.json")
    data = prepare(made)
    np.testing.assert_allclose(data.x["sizes"].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(data.x["sizes"].std(axis=0), 1, rtol=1e-4)
    raw = load("sklearn:iris").field("features")
    train, kept = split(150, 0.2, 0)
    np.testing.assert_allclose(data.preprocessing.steps["sizes"].shift, raw[train].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(
        data.x_val["sizes"], (raw[kept] - raw[train].mean(axis=0)) / raw[train].std(axis=0), rtol=1e-3, atol=1e-5
    )
    assert (data.rows, data.validation_rows) == (120, 30)
    assert data.classes == {"kind": ("setosa", "versicolor", "virginica")}
    assert data.preprocessing.columns["sizes"][0] == "sepal length (cm)"


def test_samples_stay_with_their_answers(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "a,b,c\n" + "".join(f"{i},{i + 0.5},{'even' if i % 2 == 0 else 'odd'}\n" for i in range(40))
    )
    data = prepare(graph(units=2, source="t.csv", validation_split=0.25), tmp_path)
    for x, y in ((data.x, data.y), (data.x_val, data.y_val)):
        np.testing.assert_array_equal(x["x"][:, 0] % 2, y["y"])
    assert data.validation_rows == 10


def test_a_trained_models_scaling_and_classes_hold_for_other_data(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n1,2,y\n3,4,z\n")
    fitted = Preprocessing({"x": Scaling("standardize", (1.0,), (2.0,))})
    data = prepare(graph(source="t.csv"), tmp_path, fitted=fitted, classes={"y": ("x", "y", "z")})
    np.testing.assert_array_equal(data.x["x"], [[0, 0.5], [1, 1.5]])
    np.testing.assert_array_equal(data.y["y"], [1, 2])
    with pytest.raises(DataError, match="field 'label' has the class 'z'; the model knows x, y"):
        prepare(graph(source="t.csv"), tmp_path, fitted=fitted, classes={"y": ("x", "y")})


def test_the_hash_is_the_datas() -> None:
    made = load_graph(SAMPLES / "iris.json")
    assert prepare(made).hash == prepare(replace(made, training={"seed": 9})).hash
    assert prepare(made).hash != prepare(load_graph(SAMPLES / "diabetes.json")).hash


def test_a_document_without_data_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"the document names no data; set its source to a table \(\.csv"):
        prepare(graph())


def test_one_column_of_many_is_never_taken_unasked(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,kind\n1,2.5,x\n3,4.5,y\n5,6.5,x\n")
    with pytest.raises(DataError, match=r"field 'features' has the shape \(2,\), and the Input 'x' takes \(1,\)"):
        prepare(graph([1], units=2, source="t.csv"), tmp_path)
    data = prepare(graph([1], units=2, source="t.csv", bind={"x": "b"}), tmp_path)
    np.testing.assert_array_equal(data.x["x"], [[2.5], [4.5], [6.5]])


def test_a_tables_columns_may_be_called_x_and_y(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y,kind\n1,2.5,a\n3,4.5,b\n5,6.5,c\n")
    data = prepare(graph(source="t.csv"), tmp_path)
    np.testing.assert_array_equal(data.x["x"], [[1, 2.5], [3, 4.5], [5, 6.5]])
    np.testing.assert_array_equal(data.y["y"], [0, 1, 2])
