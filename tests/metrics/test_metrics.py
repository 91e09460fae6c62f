"""Metrics by their definitions, on the slow twin of the engine, with sums over uneven batches."""

from math import log
from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError, ShapeError
from netstudio.losses import LOSSES
from netstudio.metrics import METRICS, Metric, for_loss
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(11)
SCORES = RNG.normal(size=(40, 7))
LABELS = np.where(RNG.random(40) < 0.5, SCORES.argmax(-1), RNG.integers(0, 7, 40))
ONE_HOT = np.eye(7)[LABELS]
P = RNG.random((40, 1))
YES = (RNG.random((40, 1)) < P).astype(float)


def measure(metric: Metric, pred: Any, target: Any, from_logits: bool = False) -> float:
    """The figure over an epoch of three batches of unequal size."""
    sums: list[Any] = []
    for part in (slice(0, 7), slice(7, 30), slice(30, 40)):
        totals = metric.totals(NumpyOps(), pred[part], target[part], from_logits)
        sums = [np.asarray(t, dtype=np.float64) for t in totals] if not sums else [a + b for a, b in zip(sums, totals)]
    return metric.result(sums)


def figure(name: str, pred: Any, target: Any, from_logits: bool = False, **params: Any) -> float:
    return measure(METRICS[name](**params), pred, target, from_logits)


def test_class_accuracies() -> None:
    expected = (SCORES.argmax(-1) == LABELS).mean()
    assert figure("SparseCategoricalAccuracy", SCORES, LABELS) == pytest.approx(expected)
    assert figure("SparseCategoricalAccuracy", SCORES, LABELS[:, None]) == pytest.approx(expected)
    assert figure("CategoricalAccuracy", SCORES, ONE_HOT) == pytest.approx(expected)
    places = SCORES.reshape(40, 1, 7)
    assert figure("SparseCategoricalAccuracy", places, LABELS[:, None]) == pytest.approx(expected)


@pytest.mark.parametrize("threshold", [0.5, 0.8])
def test_binary_accuracy(threshold: float) -> None:
    expected = ((threshold < P) == YES).mean()
    assert figure("BinaryAccuracy", P, YES, threshold=threshold) == pytest.approx(expected)
    logits = np.log(P / (1 - P))
    assert figure("BinaryAccuracy", logits, YES, True, threshold=threshold) == pytest.approx(expected)
    assert figure("BinaryAccuracy", P, YES[:, 0], threshold=threshold) == pytest.approx(expected)
    assert figure("BinaryAccuracy", P[:, 0], YES, threshold=threshold) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 2, 5, 7, 9])
def test_top_k(k: int) -> None:
    ranks = (np.take_along_axis(SCORES, LABELS[:, None], -1) < SCORES).sum(-1)
    expected = (ranks < k).mean()
    assert figure("SparseTopKCategoricalAccuracy", SCORES, LABELS, k=k) == pytest.approx(expected)
    assert figure("TopKCategoricalAccuracy", SCORES, ONE_HOT, k=k) == pytest.approx(expected)


def test_top_k_counts_ties_as_hits_and_nan_as_misses() -> None:
    assert figure("SparseTopKCategoricalAccuracy", np.zeros((40, 7)), LABELS, k=1) == 1.0
    assert figure("SparseTopKCategoricalAccuracy", np.full((40, 7), np.nan), LABELS, k=3) == 0.0


def test_errors() -> None:
    pred, target = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 3))
    assert figure("MeanAbsoluteError", pred, target) == pytest.approx(abs(pred - target).mean())
    assert figure("MeanSquaredError", pred, target) == pytest.approx(((pred - target) ** 2).mean())
    assert figure("RootMeanSquaredError", pred, target) == pytest.approx(((pred - target) ** 2).mean() ** 0.5)
    column = figure("MeanAbsoluteError", pred[:, :1], target[:, 0])
    assert column == pytest.approx(abs(pred[:, 0] - target[:, 0]).mean())


def counts(said: Any, right: Any) -> tuple[int, int, int]:
    return int((said & right).sum()), int((said & ~right).sum()), int((~said & right).sum())


def confusion_figures(said: Any, right: Any) -> dict[str, float]:
    tp, fp, fn = counts(said, right)
    return {
        "Precision": tp / (tp + fp or 1),
        "Recall": tp / (tp + fn or 1),
        "F1Score": 2 * tp / (2 * tp + fp + fn or 1),
    }


CONFUSION = ["Precision", "Recall", "F1Score"]


@pytest.mark.parametrize("name", CONFUSION)
@pytest.mark.parametrize("threshold", [0.5, 0.7])
def test_yes_or_no(name: str, threshold: float) -> None:
    expected = confusion_figures(threshold < P, YES == 1)[name]
    for pred, target in ((P, YES), (P, YES[:, 0]), (P[:, 0], YES[:, 0])):
        assert figure(name, pred, target, threshold=threshold) == pytest.approx(expected)
    logits = np.log(P / (1 - P))
    assert figure(name, logits, YES, True, threshold=threshold) == pytest.approx(expected)


@pytest.mark.parametrize("name", CONFUSION)
def test_several_classes(name: str) -> None:
    said, right = np.eye(7)[SCORES.argmax(-1)] == 1, ONE_HOT == 1
    macro = np.mean([confusion_figures(said[:, c], right[:, c])[name] for c in range(7)])
    for target in (LABELS, ONE_HOT):
        assert figure(name, SCORES, target) == pytest.approx(macro)
        micro = figure(name, SCORES, target, average="micro")
        assert micro == pytest.approx((SCORES.argmax(-1) == LABELS).mean())


@pytest.mark.parametrize("name", CONFUSION)
def test_several_questions(name: str) -> None:
    """Beside a BinaryCrossentropy the values are answers of their own, not classes."""
    p, yes = RNG.random((40, 3)), RNG.integers(0, 2, (40, 3)).astype(float)
    metric = for_loss({"type": name}, LOSSES["BinaryCrossentropy"]())
    expected = np.mean([confusion_figures(p[:, c] > 0.5, yes[:, c] == 1)[name] for c in range(3)])
    assert measure(metric, p, yes) == pytest.approx(expected)


@pytest.mark.parametrize("name", CONFUSION)
def test_nothing_seen_is_zero(name: str) -> None:
    assert figure(name, np.zeros((40, 1)), np.zeros((40, 1))) == 0.0


def test_nothing_counted_is_zero() -> None:
    zero = np.float64(0.0)
    assert METRICS["MeanAbsoluteError"]().result([zero, zero]) == 0.0  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("SparseCategoricalCrossentropy", "SparseCategoricalAccuracy"),
        ("CategoricalCrossentropy", "CategoricalAccuracy"),
        ("BinaryCrossentropy", "BinaryAccuracy"),
    ],
)
@pytest.mark.parametrize("asked", ["accuracy", "acc"])
def test_accuracy_follows_the_loss(asked: str, loss: str, expected: str) -> None:
    metric = for_loss(asked, LOSSES[loss]())
    assert (metric.name, metric.key) == (expected, asked)
    assert for_loss({"type": "Accuracy"}, LOSSES[loss]()).key == "accuracy"


@pytest.mark.parametrize("loss", ["MeanSquaredError", "MeanAbsoluteError", "Huber"])
def test_accuracy_of_a_regression(loss: str) -> None:
    with pytest.raises(ParamError, match=f"{loss}.*mae") as caught:
        for_loss("accuracy", LOSSES[loss]())
    assert caught.value.param == "metrics"


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("mae", "mae"),
        ("mse", "mse"),
        ("rmse", "rmse"),
        ("MeanAbsoluteError", "mean_absolute_error"),
        ("RootMeanSquaredError", "root_mean_squared_error"),
        ("TopKCategoricalAccuracy", "top_k_categorical_accuracy"),
        ("sparse_top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"),
        ({"type": "F1Score", "params": {"average": "micro"}}, "f1_score"),
        ("SparseCategoricalAccuracy", "sparse_categorical_accuracy"),
    ],
)
def test_keys_of_the_history(asked: Any, key: str) -> None:
    assert for_loss(asked, LOSSES["SparseCategoricalCrossentropy"]()).key == key


@pytest.mark.parametrize("asked", ["acuracy", {"type": "Precision", "params": {"treshold": 0.1}}])
def test_near_misses(asked: Any) -> None:
    with pytest.raises(ParamError, match="did you mean"):
        for_loss(asked, LOSSES["BinaryCrossentropy"]())


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda m: m.name)
def test_every_metric_refuses_what_it_can_not_compare(metric: Any) -> None:
    with pytest.raises(ShapeError, match=metric.name) as caught:
        metric().totals(NumpyOps(), np.zeros((4, 7)), np.zeros((4, 3, 2)), False)
    assert "(7,)" in str(caught.value)
    assert "(3, 2)" in str(caught.value)


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda m: m.name)
def test_every_metric(metric: Any) -> None:
    assert metric.summary_line().endswith((".", ")"))
    assert metric.aliases
    assert "__doc__" in vars(metric)
    assert metric().resolve(LOSSES["BinaryCrossentropy"]()).key == metric().key


def test_threshold_of_logits() -> None:
    at = np.array([[log(0.8 / 0.2)]])
    for shift, said in ((-1e-9, 0.0), (1e-9, 1.0)):
        metric = METRICS["BinaryAccuracy"](threshold=0.8)
        hit, count = metric.totals(NumpyOps(), at + shift, np.array([[1.0]]), True)
        assert (float(hit), float(count)) == (said, 1.0)  # type: ignore[arg-type]
