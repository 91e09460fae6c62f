"""What is said of arrays that do not suit the graph, word for word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import DataError, ModelFileError, NetStudioError
from netstudio.training.model import Model
from tests.graphs import classifier, cnn, graph, regression, two_heads
from tests.training.examples import both, classes, images, numbers


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    graphs = {"numbers": regression(), "classes": classifier(), "images": cnn(), "both": two_heads()}
    return {name: ns.compile(g, seed=0, threads=1) for name, g in graphs.items()}


X, Y = numbers(6)
LABELS = classes(6)[1]
BOTH = both(6)[1]
WRONG: list[tuple[str, Any, Any, str]] = [
    ("numbers", X[:, :4], Y, "the array for x has the shape (6, 4); expected (rows, 5)"),
    ("numbers", X[0], Y, "the array for x has the shape (5,); expected (rows, 5)"),
    ("numbers", 3.0, Y, "the array for x has the shape (); expected (rows, 5)"),
    ("images", np.zeros((6, 2, 8, 7)), LABELS, "the array for x has the shape (6, 2, 8, 7); expected (rows, 8, 7, 2)"),
    ("numbers", X, Y[:4], "the arrays have different numbers of rows: x 6, y 4"),
    ("numbers", X[:0], Y[:0], "there are no rows to work on"),
    ("numbers", np.array([["a"] * 5] * 6), Y, "the array for x does not hold numbers"),
    ("numbers", [[1.0] * 5, [1.0] * 4], Y, "the array for x does not hold numbers"),
    ("numbers", X + 1j, Y, "the array for x does not hold numbers"),
    ("numbers", {"xx": X}, Y, "x names 'xx'; the graph has x"),
    ("numbers", {}, Y, "x has no array for x; it has none"),
    ("numbers", X, None, "y must be a dict with an array for each of y"),
    ("both", X, Y, "y must be a dict with an array for each of label, goal"),
    ("both", X, {"label": LABELS}, "y has no array for goal; it has label"),
    ("both", X, {**BOTH, "gaol": Y}, "y names 'gaol'; the graph has label, goal"),
    (
        "classes", X, LABELS + 0.5,
        "the array for y holds fractions; expected whole numbers (class numbers or token ids)",
    ),
    (
        "classes", X, np.where(LABELS == 0, np.nan, LABELS),
        "the array for y holds fractions; expected whole numbers (class numbers or token ids)",
    ),
    (
        "classes", X, np.array([0, 1, 2, 3, 4, 0]),
        "the array for y holds class numbers from 0 to 4; loss takes 0 to 3, since its prediction has 4 classes",
    ),
    (
        "classes", X, np.array([0, 1, 2, 3, -1, 0]),
        "the array for y holds class numbers from -1 to 3; loss takes 0 to 3, since its prediction has 4 classes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "y", "message"), WRONG)
@pytest.mark.parametrize("method", ["fit", "train_on_batch", "gradients", "evaluate"])
def test_messages(models: dict[str, Model], name: str, x: Any, y: Any, message: str, method: str) -> None:
    with pytest.raises(DataError) as caught:
        getattr(models[name], method)(x, y)
    assert str(caught.value) == message


def test_messages_of_predict(models: dict[str, Model]) -> None:
    with pytest.raises(DataError, match=r"the array for x has the shape \(6, 4\); expected \(rows, 5\)"):
        models["numbers"].predict(X[:, :4])
    with pytest.raises(DataError, match="there are no rows to predict for"):
        models["numbers"].predict(X[:0])


@pytest.mark.parametrize("fraction", [-0.1, 1.0, 1.5])
def test_a_wrong_validation_split(models: dict[str, Model], fraction: float) -> None:
    with pytest.raises(DataError, match=f"validation_split is {fraction}; expected a number above 0 and below 1"):
        models["numbers"].fit(X, Y, validation_split=fraction)


def test_one_row_cannot_be_split(models: dict[str, Model]) -> None:
    with pytest.raises(NetStudioError, match="1 row can't be split into training and validation"):
        models["numbers"].fit(X[:1], Y[:1], validation_split=0.5)


def test_validation_data_is_checked_before_training(models: dict[str, Model]) -> None:
    before = models["numbers"].weights
    with pytest.raises(DataError, match="the array for x has the shape"):
        models["numbers"].fit(X, Y, validation_data=(X[:, :3], Y))
    assert all(np.array_equal(v, before[k]) for k, v in models["numbers"].weights.items())


def test_arrays_of_any_kind_of_number_will_do(models: dict[str, Model]) -> None:
    whole = np.arange(30).reshape(6, 5)
    expected = models["numbers"].predict(whole.astype(np.float32))
    for given in (whole, whole.tolist(), whole.astype(np.uint8), np.asfortranarray(whole.astype(float)), whole[::1]):
        np.testing.assert_array_equal(models["numbers"].predict(given), expected)
    strided = np.repeat(whole, 2, axis=0)[::2]
    np.testing.assert_array_equal(models["numbers"].predict({"x": strided}), expected)


def test_a_missing_axis_of_one_is_filled_in(models: dict[str, Model]) -> None:
    x, _ = images(6)
    assert models["classes"].evaluate(X, LABELS[:, None]) == models["classes"].evaluate(X, LABELS)
    grey = [("i", "Input", {"shape": [4, 3, 1]}), ("f", "Flatten", {}), ("o", "Output", {})]
    made = ns.compile(graph(grey, "i f, f o"), threads=1)
    np.testing.assert_array_equal(made.predict(x[:, :4, :3, 0]), made.predict(x[:, :4, :3, :1]))


def test_the_caller_s_arrays_are_not_changed(models: dict[str, Model]) -> None:
    x, y = np.array(X, np.float32), np.array(Y, np.float32)
    models["numbers"].fit(x, y, epochs=2)
    np.testing.assert_array_equal(x, np.array(X, np.float32))
    np.testing.assert_array_equal(y, np.array(Y, np.float32))


def test_weights_that_are_not_the_model_s(models: dict[str, Model]) -> None:
    with pytest.raises(ModelFileError, match=r"the weights are not those of this graph; missing: .*unknown: a/b"):
        models["numbers"].set_weights({"a/b": np.zeros(3)})
