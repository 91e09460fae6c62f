"""Where formulas are at their edge: no variance, one step, equal values, ids that are not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import NetStudioError
from netstudio.graph import TensorSpec
from netstudio.training.model import Model
from tests.graphs import graph
from tests.layers.cases import Case, around

LARGEST = 3.4e38
FLOATS = ["float32", "float64"]


def model(name: str, shape: tuple[int, ...], dtype: str, dtype_in: Any = "float", **params: Any) -> Model:
    """The layer with an Input before it and a loss behind it."""
    return ns.compile(around(Case(name, params, [TensorSpec(shape, dtype_in)])), threads=1, dtype=dtype)


NORMALISING: list[tuple[str, dict[str, Any]]] = [
    ("BatchNormalization", {}),
    ("BatchNormalization", {"axis": 1}),
    ("LayerNormalization", {}),
    ("GroupNormalization", {"groups": 2}),
    ("GroupNormalization", {"groups": -1}),
    ("RMSNormalization", {}),
    ("UnitNormalization", {}),
    ("Normalization", {}),
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("value", [0.0, 3.0, -1e4])
@pytest.mark.parametrize(("name", "params"), NORMALISING)
def test_nothing_varies(name: str, params: dict[str, Any], value: float, dtype: str) -> None:
    """Outputs, gradients and averages are finite, also where there is one sample of one step."""
    for rows, steps in ((3, 5), (1, 1)):
        made = behind_dense(name, steps, dtype, **params)
        x, y = np.full((rows, steps, 4), value), np.zeros((rows, steps, 4))
        assert np.isfinite(made.predict(x)).all()
        gradients = made.gradients(x, y)
        assert all(np.isfinite(g).all() for g in gradients.values()), gradients
        made.train_on_batch(x, y)
        assert all(np.isfinite(w).all() for w in made.weights.values())


def behind_dense(name: str, steps: int, dtype: str, **params: Any) -> Model:
    """The layer behind a Dense layer that gives all its features the input's first one."""
    nodes = [
        ("x", "Input", {"shape": [steps, 4]}), ("d", "Dense", {"units": 4}), ("n", name, params),
        ("y", "Target", {"shape": [steps, 4]}), ("loss", "MeanSquaredError", {}),
    ]  # fmt: skip
    made = ns.compile(graph(nodes, "x d, d n, n loss.pred, y loss.target"), threads=1, dtype=dtype)
    kernel = np.zeros((4, 4))
    kernel[0] = 1.0
    made.set_weights({**made.weights, "d/kernel": kernel})
    return made


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_vector_of_zeros_stays_zeros(dtype: str) -> None:
    made = behind_dense("UnitNormalization", 2, dtype)
    np.testing.assert_array_equal(made.predict(np.zeros((3, 2, 4))), 0.0)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("value", [0.0, 1e30, -1e30])
@pytest.mark.parametrize(("name", "expected"), [("Softmax", 0.25), ("LogSoftmax", np.log(0.25)), ("Sparsemax", 0.25)])
def test_equal_scores(name: str, expected: float, value: float, dtype: str) -> None:
    made = model(name, (2, 4), dtype)
    np.testing.assert_allclose(made.predict(np.full((3, 2, 4), value)), expected, rtol=1e-6)


@pytest.mark.parametrize("value", [0.0, 1e30, -1e30])
@pytest.mark.parametrize(("name", "expected"), [("Softmax", 0.25), ("LogSoftmax", np.log(0.25)), ("Sparsemax", 0.25)])
def test_equal_scores_along_another_axis(name: str, expected: float, value: float) -> None:
    made = model(name, (4, 2), "float32", axis=1)
    np.testing.assert_allclose(made.predict(np.full((3, 4, 2), value)), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax", "Sparsemax"])
def test_one_score(name: str) -> None:
    y = model(name, (1,), "float32").predict(np.array([[5.0], [-1e30]]))
    np.testing.assert_array_equal(y, 0.0 if name == "LogSoftmax" else 1.0)


@pytest.mark.parametrize(
    ("name", "high", "low"),
    [
        ("ReLU", LARGEST, 0.0), ("SELU", np.inf, -1.7580993), ("CELU", LARGEST, -1.0), ("ELU", LARGEST, -1.0),
        ("SiLU", LARGEST, 0.0), ("Mish", LARGEST, 0.0), ("Softplus", LARGEST, 0.0), ("Softsign", 1.0, -1.0),
        ("HardSigmoid", 1.0, 0.0), ("HardSwish", LARGEST, 0.0), ("HardTanh", 1.0, -1.0), ("Sigmoid", 1.0, 0.0),
        ("Tanh", 1.0, -1.0), ("Exponential", np.inf, 0.0),
    ],
)  # fmt: skip
def test_activations_of_the_largest_numbers(name: str, high: float, low: float) -> None:
    """No NaN on either side; what overflows is infinite."""
    y = model(name, (2,), "float32").predict(np.array([[LARGEST, -LARGEST]]))
    np.testing.assert_allclose(y, [[high, low]], rtol=1e-6, atol=1e-30)


SEQUENCES: list[tuple[str, dict[str, Any]]] = [
    ("GlobalMaxPooling1D", {}),
    ("GlobalAveragePooling1D", {}),
    ("MaxPooling1D", {"pool_size": 3, "padding": "same"}),
    ("AveragePooling1D", {"pool_size": 3, "padding": "same"}),
    ("UpSampling1D", {"size": 1}),
    ("ReduceMax", {"axis": 1}),
    ("Slice", {"axis": 1, "step": -1}),
]


@pytest.mark.parametrize(("name", "params"), SEQUENCES)
def test_a_sequence_of_one_step(name: str, params: dict[str, Any]) -> None:
    x = np.random.default_rng(0).normal(size=(3, 1, 4)).astype(np.float32)
    np.testing.assert_array_equal(model(name, (1, 4), "float32", **params).predict(x).reshape(x.shape), x)


def test_averaged_steps_of_padding_do_not_count() -> None:
    x = np.array([[[2.0], [4.0], [9.0]]])
    y = model("AveragePooling1D", (3, 1), "float64", pool_size=2, padding="same").predict(x)
    np.testing.assert_allclose(y[0, :, 0], [3.0, 9.0])


def test_normalization_joins_what_it_sees() -> None:
    rng = np.random.default_rng(1)
    seen = rng.normal(3.0, 2.0, (50, 2, 4)) * [1.0, 2.0, 3.0, 1e-3]
    made = model("Normalization", (2, 4), "float64")
    for start in range(0, 50, 20):  # the last batch is smaller
        part = seen[start : start + 20]
        made.train_on_batch(part, np.zeros_like(part))
    np.testing.assert_allclose(made.weights["n/mean"], seen.mean((0, 1)))
    np.testing.assert_allclose(made.weights["n/variance"], seen.var((0, 1)))
    assert made.weights["n/count"] == 100
    y = made.predict(seen)
    np.testing.assert_allclose(y.mean((0, 1)), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.std((0, 1)), 1.0)


def test_a_frozen_normalization_keeps_what_it_has() -> None:
    nodes = [
        ("x", "Input", {"shape": [3]}), ("n", "Normalization", {}), ("d", "Dense", {"units": 3}),
        ("y", "Target", {"shape": [3]}), ("loss", "MeanSquaredError", {}),
    ]  # fmt: skip
    made = ns.compile(graph(nodes, "x n, n d, d loss.pred, y loss.target", frozen=["n"]), threads=1)
    before = made.weights["n/mean"].copy()
    made.train_on_batch(np.ones((4, 3)), np.zeros((4, 3)))
    np.testing.assert_array_equal(made.weights["n/mean"], before)
    assert made.weights["n/count"] == 0


@pytest.mark.parametrize("number", [7, -1])
def test_an_id_that_is_not_there_stops_training(number: int) -> None:
    made = model("Embedding", (2,), "float32", "int", input_dim=7, output_dim=3)
    ids = np.array([[0, 6], [number, 1]])
    assert np.isnan(made.predict(ids)[1, 0]).all()
    assert np.isfinite(made.predict(ids)[0]).all()
    with pytest.raises(NetStudioError):
        made.train_on_batch(ids, np.zeros((2, 2, 3)))


def test_ids_that_occur_often_add_up() -> None:
    made = model("Embedding", (3,), "float64", "int", input_dim=5, output_dim=2)
    ids, y = np.array([[4, 1, 4], [4, 4, 0]]), np.zeros((2, 3, 2))
    gradient = made.gradients(ids, y)["n/embeddings"]
    counts = np.bincount(ids.ravel(), minlength=5)
    np.testing.assert_allclose(gradient, counts[:, None] * made.weights["n/embeddings"] * 2 / y.size)


def test_both_parts_of_a_split_are_predicted() -> None:
    made = model("Split", (2, 4), "float32", size=1)
    x = np.arange(8.0).reshape(1, 2, 4)
    found = made.predict(x)
    assert list(found) == ["n.first", "n.rest"]
    np.testing.assert_array_equal(found["n.first"], x[..., :1])
    np.testing.assert_array_equal(found["n.rest"], x[..., 1:])
