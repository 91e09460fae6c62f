"""Losses by Keras's formulas, on the slow twin of the engine."""

import itertools
from typing import Any

import numpy as np
import pytest

from netstudio.errors import ShapeError
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.losses import LOSSES
from netstudio.losses.base import Loss
from netstudio.metrics import METRICS
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(5)
LOGITS = RNG.normal(size=(4, 3, 5)) * 2
LABELS = RNG.integers(0, 5, (4, 3))
ONE_HOT = np.eye(5)[LABELS]
YES = RNG.integers(0, 2, (4, 3, 5)).astype(float)


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def loss_of(name: str, pred: Any, target: Any, ops: NumpyOps | None = None, **params: Any) -> Any:
    result = LOSSES[name](**params).per_sample(ops or NumpyOps(), pred, target)
    assert result.shape[0] == len(pred)
    return result


@pytest.mark.parametrize("from_logits", [True, False])
def test_sparse_categorical(from_logits: bool) -> None:
    pred = LOGITS if from_logits else softmax(LOGITS)
    expected = -np.log(np.take_along_axis(softmax(LOGITS), LABELS[..., None], -1)[..., 0])
    for target in (LABELS, LABELS[..., None]):
        result = loss_of("SparseCategoricalCrossentropy", pred, target, from_logits=from_logits)
        np.testing.assert_allclose(result, expected, rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("from_logits", [True, False])
def test_categorical(from_logits: bool, smoothing: float) -> None:
    pred = LOGITS if from_logits else softmax(LOGITS)
    target = ONE_HOT * (1 - smoothing) + smoothing / 5
    expected = -(target * np.log(softmax(LOGITS))).sum(-1)
    result = loss_of("CategoricalCrossentropy", pred, ONE_HOT, from_logits=from_logits, label_smoothing=smoothing)
    np.testing.assert_allclose(result, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_probabilities_are_normalised_and_clipped(name: str) -> None:
    pred, label = np.array([[2.0, 6.0, 0.0]]), 1
    target = np.array([label]) if name.startswith("Sparse") else np.eye(3)[[label]]
    np.testing.assert_allclose(loss_of(name, pred, target), -np.log(0.75), rtol=1e-6)
    target = np.array([2]) if name.startswith("Sparse") else np.eye(3)[[2]]
    np.testing.assert_allclose(loss_of(name, pred, target), -np.log(1e-7), rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("from_logits", [True, False])
def test_binary(from_logits: bool, smoothing: float) -> None:
    p = sigmoid(LOGITS)
    target = YES * (1 - smoothing) + smoothing / 2
    expected = -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean(-1)
    pred = LOGITS if from_logits else p
    result = loss_of("BinaryCrossentropy", pred, YES, from_logits=from_logits, label_smoothing=smoothing)
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_binary_clips_probabilities() -> None:
    certain = loss_of("BinaryCrossentropy", np.array([[0.0], [1.0]]), np.array([[1.0], [0.0]]))
    np.testing.assert_allclose(certain, -np.log(1e-7), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "activation", "target"),
    [
        ("SparseCategoricalCrossentropy", "softmax", np.array([1])),
        ("CategoricalCrossentropy", "softmax", np.array([[0.0, 1.0]])),
        ("BinaryCrossentropy", "sigmoid", np.array([[0.0, 1.0]])),
    ],
)
def test_a_wired_activation_gives_the_stable_form(name: str, activation: str, target: Any) -> None:
    ops = NumpyOps()
    logits = np.array([[300.0, -500.0]])
    with np.errstate(over="ignore"):
        pred = getattr(ops, activation)(logits)
    result = loss_of(name, pred, target, ops)
    np.testing.assert_allclose(result, loss_of(name, logits, target, from_logits=True))
    assert np.all(result >= 400.0), "the loss of a clipped probability is at most 16"


@pytest.mark.parametrize(
    ("name", "params", "formula"),
    [
        ("MeanSquaredError", {}, lambda e: e**2),
        ("MeanAbsoluteError", {}, abs),
        ("Huber", {}, lambda e: e**2 / 2 if abs(e) <= 1 else abs(e) - 0.5),
        ("Huber", {"delta": 0.4}, lambda e: e**2 / 2 if abs(e) <= 0.4 else 0.4 * abs(e) - 0.5 * 0.4**2),
    ],
)
def test_regression(name: str, params: dict[str, Any], formula: Any) -> None:
    pred, target = RNG.normal(size=(4, 3, 5)), RNG.normal(size=(4, 3, 5))
    expected = np.vectorize(formula)(pred - target)
    np.testing.assert_allclose(loss_of(name, pred, target, **params), expected.mean(-1))
    flat = loss_of(name, pred[:, 0, 0], target[:, 0, 0], **params)
    np.testing.assert_allclose(flat, expected[:, 0, 0])


LIKE_WITH_LIKE = ["MeanSquaredError", "MeanAbsoluteError", "Huber", "BinaryCrossentropy"]


@pytest.mark.parametrize("name", LIKE_WITH_LIKE)
@pytest.mark.parametrize(("pred", "target"), [((1,), ()), ((), (1,)), ((3, 1), (3,)), ((3,), (3, 1))])
def test_a_last_axis_of_one_value_may_be_missing(name: str, pred: tuple[int, ...], target: tuple[int, ...]) -> None:
    LOSSES[name]().infer(TensorSpec(pred), TensorSpec(target, "int"))
    p, t = RNG.random((4, *pred)), RNG.integers(0, 2, (4, *target)).astype(float)
    result = loss_of(name, p, t)
    np.testing.assert_allclose(result, loss_of(name, p, t.reshape(p.shape)))


def refused(name: str, pred: tuple[int, ...], target: TensorSpec) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        LOSSES[name]().infer(TensorSpec(pred), target)
    assert str(pred) in str(caught.value) or not pred
    return caught.value


@pytest.mark.parametrize("name", [*LIKE_WITH_LIKE, "CategoricalCrossentropy"])
def test_unequal_shapes(name: str) -> None:
    error = refused(name, (4,), TensorSpec((3,)))
    assert "(3,)" in str(error)
    assert error.port == "target"
    error = refused(name, (2, 3), TensorSpec((6,)))
    assert (error.port, error.hints) == ("pred", (InsertBefore("Flatten"),))


def test_class_numbers() -> None:
    name = "SparseCategoricalCrossentropy"
    LOSSES[name]().infer(TensorSpec((3, 5)), TensorSpec((3,), "int"))
    assert "use CategoricalCrossentropy" in str(refused(name, (5,), TensorSpec((5,))))
    assert 'to "int"' in str(refused(name, (5,), TensorSpec(())))
    assert refused(name, (4, 4, 5), TensorSpec((), "int")).hints == (
        InsertBefore("GlobalAveragePooling2D"),
        InsertBefore("Flatten"),
    )
    assert refused(name, (), TensorSpec((), "int")).port == "pred"
    assert "use SparseCategorical" in str(refused("CategoricalCrossentropy", (5,), TensorSpec((), "int")))


OTHER_PORTS = {"AddLoss": ["in"], "TripletMargin": ["anchor", "positive", "negative"]}


@pytest.mark.parametrize("loss", list(LOSSES), ids=lambda t: t.name)
def test_every_loss(loss: Any) -> None:
    made = loss()
    assert loss.accuracy is None or loss.accuracy in METRICS
    assert next(iter(loss.declared)) == "weight"
    assert made.caption() == ""
    assert loss(weight=0.5).caption() == "× 0.5"
    required = [p.name for p in loss.inputs if not p.optional]
    assert required == (["pred", "target"] if issubclass(loss, Loss) else OTHER_PORTS[loss.name])
    with pytest.raises(ShapeError, match="integers"):
        made.infer(TensorSpec((5,), "int"), *[TensorSpec((5,))] * (len(required) - 1))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("CategoricalFocalCrossentropy", {"alpha": [1.0, 2.0]}),
        ("CategoricalCrossentropy", {"class_weight": [1.0, 2.0]}),
        ("SparseCategoricalCrossentropy", {"class_weight": [1.0, 2.0]}),
        ("BinaryCrossentropy", {"class_weight": [1.0, 2.0, 3.0]}),
        ("CosineSimilarity", {"axis": 2}),
        ("CosineSimilarity", {"axis": 0}),
        ("Dice", {"axis": [1, 2]}),
    ],
)
def test_parameters_that_do_not_suit_the_shape(name: str, params: dict[str, Any]) -> None:
    target = TensorSpec((), "int") if name.startswith("Sparse") else TensorSpec((3,))
    with pytest.raises(ShapeError, match=next(iter(params))) as caught:
        LOSSES[name](**params).infer(TensorSpec((3,)), target)
    assert caught.value.port == "pred"


def test_class_weights() -> None:
    weights = np.array([0.5, 1.0, 2.0, 0.0, 3.0])
    for name, target in (("SparseCategoricalCrossentropy", LABELS), ("CategoricalCrossentropy", ONE_HOT)):
        weighed = loss_of(name, LOGITS, target, from_logits=True, class_weight=list(weights))
        np.testing.assert_allclose(weighed, loss_of(name, LOGITS, target, from_logits=True) * weights[LABELS])
    one = loss_of("BinaryCrossentropy", LOGITS[..., :1], YES[..., :1], from_logits=True)
    weighed = loss_of("BinaryCrossentropy", LOGITS[..., :1], YES[..., :1], from_logits=True, class_weight=[0.3, 7.0])
    np.testing.assert_allclose(weighed, one * np.where(YES[..., 0] == 1, 7.0, 0.3))


def test_an_ignored_class_counts_nothing() -> None:
    """The mean is that of the other places, whatever stands for padding."""
    name, kept = "SparseCategoricalCrossentropy", LABELS != 3
    each = loss_of(name, LOGITS, LABELS, from_logits=True)
    for padding in (3, -1):
        labels = np.where(kept, LABELS, padding)
        found = loss_of(name, LOGITS, labels, from_logits=True, ignore_class=padding)
        assert found[~kept].max() == 0.0
        assert found.mean() == pytest.approx(each[kept].mean())
    assert loss_of(name, LOGITS, LABELS * 0 - 1, from_logits=True, ignore_class=-1).mean() == 0.0


@pytest.mark.parametrize("name", ["MeanSquaredError", "CosineSimilarity", "Dice"])
def test_sample_weights(name: str) -> None:
    pred, target, weights = RNG.random((4, 3, 5)), RNG.random((4, 3, 5)), RNG.random(4)
    each = loss_of(name, pred, target)
    expected = (each * weights.reshape(4, *(1,) * (each.ndim - 1))).mean()
    made = LOSSES[name](weight=2.0)
    for given in (weights, weights[:, None]):
        made.infer(*(TensorSpec(x.shape[1:]) for x in (pred, target, given)))
        assert float(made.of_batch(NumpyOps(), pred, target, given)) == pytest.approx(2.0 * expected)


def test_sample_weights_of_places() -> None:
    pred, target, weights = RNG.random((4, 3, 5)), RNG.random((4, 3, 5)), RNG.random((4, 3))
    loss = LOSSES["MeanSquaredError"]()
    loss.infer(*(TensorSpec(x.shape[1:]) for x in (pred, target, weights)))
    expected = (((pred - target) ** 2).mean(-1) * weights).mean()
    assert float(loss.of_batch(NumpyOps(), pred, target, weights)) == pytest.approx(expected)
    for name, shape in (("MeanSquaredError", (5,)), ("Dice", (3,))):
        with pytest.raises(ShapeError, match="sample weights") as caught:
            LOSSES[name]().infer(TensorSpec((3, 5)), TensorSpec((3, 5)), TensorSpec(shape))
        assert caught.value.port == "sample_weight"


def test_any_tensor_as_a_loss() -> None:
    x = RNG.normal(size=(4, 3, 5))
    loss = LOSSES["AddLoss"](weight=0.5)
    assert loss.infer(TensorSpec((3, 5))).shape == ()
    assert float(loss.of_batch(NumpyOps(), x)) == pytest.approx(0.5 * x.mean())


def ways(scores: Any, target: list[int]) -> float:
    """-log of the summed chance of every string of classes that reads as the target, by trying them all."""
    steps, classes = scores.shape
    chances = softmax(scores)
    strings = itertools.product(range(classes), repeat=steps)
    right = (s for s in strings if [c for c, _ in itertools.groupby(s) if c] == target)
    return float(-np.log(sum(chances[range(steps), s].prod() for s in right)))


@pytest.mark.parametrize("target", [[1, 2], [2, 2], [3, 0], [0, 0], [1, 2, 1], [3, 3, 0]])
def test_ctc_counts_all_ways(target: list[int]) -> None:
    scores = RNG.normal(size=(5, 4))
    expected = ways(scores, [label for label in target if label])
    assert loss_of("CTC", scores[None], np.array([target]))[0] == pytest.approx(expected, rel=1e-12)


def test_ctc_of_what_can_not_be_read() -> None:
    scores, target = RNG.normal(size=(3, 2, 4)), np.array([[1, 1], [1, 2], [3, 3]])
    found = loss_of("CTC", scores, target)
    assert list(np.isinf(found)) == [True, False, True]
    np.testing.assert_array_equal(
        loss_of("CTC", scores, target, zero_infinity=True), np.where(np.isinf(found), 0, found)
    )
    assert np.isnan(loss_of("CTC", scores, np.array([[1, 0], [4, 0], [9, 1]]), zero_infinity=True)[1:]).all()


def test_ctc_takes_scores_and_class_numbers() -> None:
    assert refused("CTC", (4,), TensorSpec((2,), "int")).port == "pred"
    assert refused("CTC", (5, 1), TensorSpec((2,), "int")).port == "pred"
    for target in (TensorSpec((), "int"), TensorSpec((2,))):
        with pytest.raises(ShapeError, match=r"expected \(labels,\) of class numbers"):
            LOSSES["CTC"]().infer(TensorSpec((5, 4)), target)


@pytest.mark.parametrize("margin", [0.2, 1.0])
def test_semi_hard_triplets(margin: float) -> None:
    """One pair of one class after another."""
    vectors, kinds = RNG.normal(size=(9, 3)), np.array([0, 1, 0, 2, 1, 0, 2, 2, 1])
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    found = []
    for i, j in itertools.permutations(range(9), 2):
        if kinds[i] == kinds[j]:
            others = apart[i][kinds != kinds[i]]
            farther = others[others > apart[i, j]]
            found.append(max(apart[i, j] - (farther.min() if farther.size else others.max()) + margin, 0.0))
    assert loss_of("TripletSemiHard", vectors, kinds, margin=margin).mean() == pytest.approx(np.mean(found), rel=1e-9)
    for one in (np.zeros(9), np.arange(9)):  # no vector of another class; no pair of one class
        assert (loss_of("TripletSemiHard", vectors, one) == 0.0).all()


def test_contrastive_pairs() -> None:
    far, same = np.array([[0.5], [0.5], [3.0], [0.0]]), np.array([1.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(loss_of("Contrastive", far, same, margin=2.0), [0.25, 2.25, 0.0, 4.0])


def test_the_three_of_a_triplet_are_alike() -> None:
    made = LOSSES["TripletMargin"]()
    with pytest.raises(ShapeError, match=r"the negative has the shape \(3,\) and the anchor \(4,\)") as caught:
        made.infer(TensorSpec((4,)), TensorSpec((4,)), TensorSpec((3,)))
    assert caught.value.port == "negative"
