"""Metrics against scikit-learn, on random and on degenerate data, over batches of unequal size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from netstudio.errors import ParamError, ShapeError
from netstudio.losses import LOSSES
from netstudio.metrics import METRICS, for_loss
from netstudio.training.callbacks.monitor import RISING
from tests.metrics.test_metrics import measure

Array = np.ndarray[Any, Any]


def binary(seed: int) -> tuple[Array, Array]:
    """Probabilities on a grid of 40 values, so that the thresholds between them tell all apart, and answers."""
    rng = np.random.default_rng(seed)
    p = (rng.integers(0, 40, (40, 1)) + 0.5) / 40
    return p, (rng.random((40, 1)) < 0.2 + 0.6 * p).astype(float)


def classes(seed: int, count: int = 4) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, count, 40)
    scores = rng.normal(size=(40, count)) + 1.2 * np.eye(count)[labels]
    return np.exp(scores) / np.exp(scores).sum(-1, keepdims=True), labels


def figure(name: str, pred: Any, target: Any, loss: str, **params: Any) -> float:
    return measure(for_loss({"type": name, "params": params}, LOSSES[loss]()), pred, target)


SEEDS = pytest.mark.parametrize("seed", range(5))


@SEEDS
def test_area_under_the_roc_curve(seed: int) -> None:
    p, yes = binary(seed)
    expected = sk.roc_auc_score(yes, p)
    assert figure("AUC", p, yes, "BinaryCrossentropy", num_thresholds=41) == pytest.approx(expected)
    assert figure("AUC", p, yes, "BinaryCrossentropy") == pytest.approx(expected, abs=0.02)
    two = np.concatenate([1 - p, p], 1)
    assert figure("AUC", two, yes, "SparseCategoricalCrossentropy", num_thresholds=41) == pytest.approx(expected)


@SEEDS
def test_area_of_several_classes(seed: int) -> None:
    shares, labels = classes(seed)
    many = {"num_thresholds": 20_000}
    macro = sk.roc_auc_score(labels, shares, multi_class="ovr")
    found = figure("AUC", shares, labels, "SparseCategoricalCrossentropy", multi_label=True, **many)
    assert found == pytest.approx(macro, abs=1e-3)
    micro = sk.roc_auc_score(np.eye(4)[labels].ravel(), shares.ravel())
    assert figure("AUC", shares, labels, "SparseCategoricalCrossentropy", **many) == pytest.approx(micro, abs=1e-3)


@SEEDS
def test_area_under_the_pr_curve(seed: int) -> None:
    """scikit-learn's average precision takes each step's lower end: ours with steps lies on both sides of it."""
    p, yes = binary(seed)
    made = {"curve": "PR", "num_thresholds": 41}
    low = figure("AUC", p, yes, "BinaryCrossentropy", summation_method="minoring", **made)
    high = figure("AUC", p, yes, "BinaryCrossentropy", summation_method="majoring", **made)
    between = figure("AUC", p, yes, "BinaryCrossentropy", **made)
    assert low <= between <= high
    assert low <= sk.average_precision_score(yes, p) <= high


@SEEDS
@pytest.mark.parametrize("least", [0.0, 0.3, 0.7, 0.95, 1.0])
def test_the_best_of_one_figure(seed: int, least: float) -> None:
    p, yes = binary(seed)
    fall_out, recall, _ = sk.roc_curve(yes, p, drop_intermediate=False)
    precision, found, _ = sk.precision_recall_curve(yes, p)

    def best(wanted: Array, bound: Array) -> Any:
        return pytest.approx(max(wanted[bound >= least], default=0.0))

    many: Any = {"loss": "BinaryCrossentropy", "num_thresholds": 41}
    assert figure("SensitivityAtSpecificity", p, yes, specificity=least, **many) == best(recall, 1 - fall_out)
    assert figure("SpecificityAtSensitivity", p, yes, sensitivity=least, **many) == best(1 - fall_out, recall)
    # The end at which nothing is said has no precision: scikit-learn calls it 1, Keras 0.
    assert figure("PrecisionAtRecall", p, yes, recall=least, **many) == best(precision[:-1], found[:-1])
    assert figure("RecallAtPrecision", p, yes, precision=least, **many) == best(found[:-1], precision[:-1])


def overlap(right: Array, said: Array, which: Any) -> float:
    """The mean of scikit-learn's Jaccard scores of those of the classes that occur."""
    there = sorted({*right, *said})
    each = dict(zip(there, sk.jaccard_score(right, said, average=None, labels=there, zero_division=0)))
    found = [each[c] for c in which if c in each]
    return float(np.mean(found)) if found else 0.0


AGREEMENT: list[tuple[str, dict[str, Any], Callable[[Any, Any], float]]] = [
    ("CohenKappa", {}, sk.cohen_kappa_score),
    ("CohenKappa", {"weightage": "linear"}, lambda y, p: sk.cohen_kappa_score(y, p, weights="linear")),
    ("CohenKappa", {"weightage": "quadratic"}, lambda y, p: sk.cohen_kappa_score(y, p, weights="quadratic")),
    ("MatthewsCorrelationCoefficient", {}, sk.matthews_corrcoef),
    ("MeanIoU", {}, lambda y, p: overlap(y, p, range(4))),
    ("IoU", {}, lambda y, p: overlap(y, p, [1])),
    ("IoU", {"target_class_ids": [0, 1]}, lambda y, p: overlap(y, p, [0, 1])),
    ("F1Score", {"average": "weighted"}, lambda y, p: sk.f1_score(y, p, average="weighted")),
    ("FBetaScore", {"beta": 2.0}, lambda y, p: sk.fbeta_score(y, p, beta=2.0, average="macro")),
    ("Precision", {"class_id": 1}, lambda y, p: sk.precision_score(y, p, average=None)[1]),
    ("Recall", {"class_id": 0}, lambda y, p: sk.recall_score(y, p, average=None)[0]),
    ("Recall", {"average": "weighted"}, lambda y, p: sk.recall_score(y, p, average="weighted")),
]


@SEEDS
@pytest.mark.parametrize(("name", "params", "expected"), AGREEMENT)
def test_classes(name: str, params: dict[str, Any], expected: Any, seed: int) -> None:
    shares, labels = classes(seed)
    found = figure(name, shares, labels, "SparseCategoricalCrossentropy", **params)
    assert found == pytest.approx(expected(labels, shares.argmax(-1)))
    assert figure(name, shares, np.eye(4)[labels], "CategoricalCrossentropy", **params) == pytest.approx(found)


@SEEDS
@pytest.mark.parametrize(("name", "params", "expected"), AGREEMENT[:7])
def test_yes_or_no(name: str, params: dict[str, Any], expected: Any, seed: int) -> None:
    p, yes = binary(seed)
    said, right = (p[:, 0] > 0.5).astype(int), yes[:, 0].astype(int)
    assert figure(name, p, yes, "BinaryCrossentropy", **params) == pytest.approx(expected(right, said))


@SEEDS
def test_counts(seed: int) -> None:
    p, yes = binary(seed)
    (tn, fp), (fn, tp) = sk.confusion_matrix(yes[:, 0], p[:, 0] > 0.5)
    for name, expected in (("True", (tn, tp)), ("False", (fn, fp))):
        for kind, count in zip(("Negatives", "Positives"), expected):
            assert figure(name + kind, p, yes, "BinaryCrossentropy") == count


@SEEDS
def test_explained_variance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(40, 3)) * [1.0, 5.0, 0.2] + [0.0, 10.0, -3.0]
    p = y + rng.normal(size=(40, 3))
    assert figure("R2Score", p, y, "MeanSquaredError") == pytest.approx(sk.r2_score(y, p))
    weighted = figure("R2Score", p, y, "MeanSquaredError", class_aggregation="variance_weighted_average")
    assert weighted == pytest.approx(sk.r2_score(y, p, multioutput="variance_weighted"))
    one = sk.r2_score(y[:, 0], p[:, 0])
    assert figure("R2Score", p[:, 0], y[:, :1], "MeanSquaredError") == pytest.approx(one)
    adjusted = figure("R2Score", p[:, 0], y[:, 0], "MeanSquaredError", num_regressors=5)
    assert adjusted == pytest.approx(1 - (1 - one) * 39 / 34)


@SEEDS
def test_errors(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, p = rng.uniform(0.5, 4.0, (40, 3)), rng.uniform(0.5, 4.0, (40, 3))
    percent = sk.mean_absolute_percentage_error(y, p)
    assert figure("MeanAbsolutePercentageError", p, y, "MeanSquaredError") == pytest.approx(100 * percent)
    logs = sk.mean_squared_log_error(y, p)
    assert figure("MeanSquaredLogarithmicError", p, y, "MeanSquaredError") == pytest.approx(logs)
    cosines = np.diag(sk.pairwise.cosine_similarity(y, p)).mean()
    assert figure("CosineSimilarity", p, y, "MeanSquaredError") == pytest.approx(cosines)


def test_crossentropies() -> None:
    shares, labels = classes(3)
    expected = sk.log_loss(labels, shares)
    found = figure("SparseCategoricalCrossentropy", shares, labels, "SparseCategoricalCrossentropy")
    assert found == pytest.approx(expected)
    one_hot = figure("CategoricalCrossentropy", shares, np.eye(4)[labels], "CategoricalCrossentropy")
    assert one_hot == pytest.approx(expected)
    p, yes = binary(3)
    assert figure("BinaryCrossentropy", p, yes, "BinaryCrossentropy") == pytest.approx(sk.log_loss(yes, p))


DEGENERATE = {
    "only yes": (np.full((40, 1), 0.7), np.ones((40, 1))),
    "only no": (np.full((40, 1), 0.7), np.zeros((40, 1))),
    "no answer but one": (np.zeros((40, 1)), np.arange(40.0)[:, None] % 2),
    "all right": (np.arange(40.0)[:, None] % 2, np.arange(40.0)[:, None] % 2),
    "all wrong": (1 - np.arange(40.0)[:, None] % 2, np.arange(40.0)[:, None] % 2),
}


@pytest.mark.parametrize("kind", DEGENERATE)
@pytest.mark.parametrize(("name", "params", "expected"), AGREEMENT[:7])
def test_degenerate_answers(name: str, params: dict[str, Any], expected: Any, kind: str) -> None:
    p, yes = DEGENERATE[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of what it sets to 0 or NaN
        said, right = (p[:, 0] > 0.5).astype(int), yes[:, 0].astype(int)
        wanted = expected(right, said)
    # Where all is of one class, agreement beyond chance is undefined: scikit-learn's kappa is NaN, ours 0.
    assert figure(name, p, yes, "BinaryCrossentropy", **params) == pytest.approx(0.0 if wanted != wanted else wanted)


@pytest.mark.parametrize("name", [m.name for m in METRICS if m.__module__.endswith("thresholds")])
@pytest.mark.parametrize("kind", DEGENERATE)
def test_degenerate_curves(name: str, kind: str) -> None:
    p, yes = DEGENERATE[kind]
    found = figure(name, p, yes, "BinaryCrossentropy")
    assert 0.0 <= found <= 1.0
    if kind == "all right":
        assert found == pytest.approx(1.0)


def test_a_target_that_does_not_vary() -> None:
    y = np.full((40, 1), 0.1)
    assert figure("R2Score", y, y, "MeanSquaredError") == sk.r2_score(y, y) == 1.0
    assert figure("R2Score", y + 1, y, "MeanSquaredError") == sk.r2_score(y, y + 1) == 0.0


def test_an_ignored_class_does_not_count() -> None:
    shares, labels = classes(1)
    kept = labels != 2
    matrix = sk.confusion_matrix(labels[kept], shares.argmax(-1)[kept], labels=range(4))
    hits = np.diag(matrix)
    expected = (hits / (matrix.sum(0) + matrix.sum(1) - hits)).mean()
    found = figure("MeanIoU", shares, labels, "SparseCategoricalCrossentropy", ignore_class=2)
    assert found == pytest.approx(expected)


def test_classes_that_are_not_there() -> None:
    shares, labels = classes(1)
    with pytest.raises(ShapeError, match="class_id is 4; the prediction has the classes 0 to 3"):
        figure("Recall", shares, labels, "SparseCategoricalCrossentropy", class_id=4)
    with pytest.raises(ParamError, match="names 7; there are the classes 0 to 3"):
        figure("IoU", shares, labels, "SparseCategoricalCrossentropy", target_class_ids=[7])


def test_what_rises() -> None:
    assert {"accuracy", "auc", "f1_score", "r2_score", "kappa"} <= set(RISING)
    assert not {"mae", "rmse", "false_positives", "mape", "poisson"} & set(RISING)
