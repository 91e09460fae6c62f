"""Losses and metrics on the engine, against the slow twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio import testing
from netstudio.errors import GraphError, NonFiniteError
from netstudio.graph import Graph, Node, Wire
from netstudio.losses import LOSSES
from netstudio.metrics import for_loss
from tests.graphs import graph
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(1)
X = RNG.normal(size=(7, 6))
LABELS = RNG.integers(0, 4, 7)
ANSWERS: dict[str, Any] = {
    "SparseCategoricalCrossentropy": LABELS,
    "CategoricalCrossentropy": np.eye(4)[LABELS],
    "BinaryCrossentropy": RNG.integers(0, 2, (7, 4)).astype(float),
}
NUMBERS = RNG.normal(size=(7, 4))


def network(loss: str, params: dict[str, Any], activation: str | None = None, **training: Any) -> Graph:
    """One Dense of four outputs into a loss."""
    answers = ANSWERS.get(loss, NUMBERS)
    target = {"shape": list(answers.shape[1:]), "dtype": "int" if loss.startswith("Sparse") else "float"}
    nodes = [
        Node("x", "Input", {"shape": [6]}),
        Node("d", "Dense", {"units": 4, "activation": activation}),
        Node("y", "Target", target),
        Node("loss", loss, params),
    ]
    wires = [("x.out", "d.in"), ("d.out", "loss.pred"), ("y.out", "loss.target")]
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w) for w in wires), training=training)


CASES: list[tuple[str, dict[str, Any], str | None]] = [
    ("SparseCategoricalCrossentropy", {"from_logits": True}, None),
    ("SparseCategoricalCrossentropy", {}, "softmax"),
    ("SparseCategoricalCrossentropy", {}, "sigmoid"),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, None),
    ("CategoricalCrossentropy", {}, "softmax"),
    ("CategoricalCrossentropy", {"weight": 0.5}, "sigmoid"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, None),
    ("BinaryCrossentropy", {}, "sigmoid"),
    ("BinaryCrossentropy", {}, "softmax"),
    ("MeanSquaredError", {}, None),
    ("MeanAbsoluteError", {"weight": 3.0}, "tanh"),
    ("Huber", {"delta": 0.3}, None),
]
every_loss = pytest.mark.parametrize(("loss", "params", "activation"), CASES)


@every_loss
def test_losses_and_gradients(loss: str, params: dict[str, Any], activation: str | None) -> None:
    graph = network(loss, params, activation)
    model = ns.compile(graph, seed=0, threads=1, dtype="float64")
    y, made, ops = ANSWERS.get(loss, NUMBERS), LOSSES[loss](**params), NumpyOps()
    logits = X @ model.weights["d/kernel"] + model.weights["d/bias"]
    pred: Any = logits if activation is None else getattr(ops, activation)(logits)
    expected = np.mean(made.per_sample(ops, pred, y)) * made.weight
    assert model.evaluate(X, y)["loss"] == pytest.approx(float(expected), rel=1e-10)
    testing.gradcheck(graph, batch=len(X), inputs={"x": X, "y": y})


PR = {"type": "AUC", "params": {"curve": "PR", "num_thresholds": 50}}
APART = {"type": "AUC", "params": {"multi_label": True, "num_thresholds": 30}}
SPECIFIC = {"type": "SensitivityAtSpecificity", "params": {"specificity": 0.6}}
QUADRATIC = {"type": "CohenKappa", "params": {"weightage": "quadratic"}}
METRIC_CASES: list[tuple[str, str | None, list[Any]]] = [
    ("SparseCategoricalCrossentropy", "softmax", ["accuracy", "SparseTopKCategoricalAccuracy", "F1Score", "Precision"]),
    ("CategoricalCrossentropy", "softmax", ["acc", "TopKCategoricalAccuracy", "Recall", "mae"]),
    ("BinaryCrossentropy", "sigmoid", ["accuracy", "F1Score", "Precision", "Recall", "Accuracy"]),
    ("MeanSquaredError", None, ["mae", "mse", "rmse", "RootMeanSquaredError", "R2Score", "mape", "CosineSimilarity"]),
    ("MeanSquaredError", None, ["LogCoshError", "Hinge", "SquaredHinge"]),
    ("BinaryCrossentropy", "sigmoid", ["AUC", PR, SPECIFIC, "CohenKappa", "mcc", "MeanIoU", "bce", "FalseNegatives"]),
    (
        "SparseCategoricalCrossentropy",
        "softmax",
        ["auc", APART, "kappa", "mcc", "IoU", "SparseCategoricalCrossentropy"],
    ),
    ("CategoricalCrossentropy", "softmax", ["CategoricalCrossentropy", "TruePositives", "FBetaScore", QUADRATIC]),
    ("CategoricalCrossentropy", "softmax", ["kld", "msle", "Poisson", "CategoricalHinge"]),
]


@pytest.mark.parametrize(("loss", "activation", "names"), METRIC_CASES)
@pytest.mark.parametrize("from_logits", [False, True])
def test_metrics(loss: str, activation: str | None, names: list[Any], from_logits: bool) -> None:
    """Over batches of 4 and 3 rows, the figures are those of all rows at once."""
    from_logits = from_logits and activation is not None
    params = {"from_logits": True} if from_logits else {}
    wired = None if from_logits else activation
    model = ns.compile(network(loss, params, wired, metrics=names), seed=3, threads=1, dtype="float64")
    y, pred = ANSWERS.get(loss, NUMBERS), model.predict(X)
    figures = model.evaluate(X, y, batch_size=4)
    for name in names:
        metric = for_loss(name, LOSSES[loss](**params))
        totals: Any = metric.totals(NumpyOps(), pred, y, from_logits)
        key = next(w.key for w in model.executor.metrics if w.metric == metric)
        assert figures[key] == pytest.approx(metric.result(totals), rel=1e-10), name


def test_metrics_of_one_name_have_keys_of_their_own() -> None:
    made = network("BinaryCrossentropy", {}, "sigmoid", metrics=["AUC", PR, "auc", "accuracy"])
    figures = ns.compile(made, threads=1).evaluate(X, ANSWERS["BinaryCrossentropy"])
    assert list(figures) == ["loss", "auc", "auc_1", "auc_2", "accuracy"]
    assert figures["auc"] == figures["auc_2"] != figures["auc_1"]


def weighed(shape: list[int], **training: Any) -> Graph:
    """A regression of two places with four values each, whose samples or places have weights."""
    nodes = [
        Node("x", "Input", {"shape": [2, 6]}), Node("d", "Dense", {"units": 4}), Node("y", "Target", {"shape": [2, 4]}),
        Node("w", "Target", {"shape": shape}), Node("loss", "MeanSquaredError"),
    ]  # fmt: skip
    wires = [("x.out", "d.in"), ("d.out", "loss.pred"), ("y.out", "loss.target"), ("w.out", "loss.sample_weight")]
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w) for w in wires), training=training)


@pytest.mark.parametrize("shape", [[], [1], [2]])
def test_sample_weights(shape: list[int]) -> None:
    """What has no weight might as well be missing; the loss and its gradients are those of the formula."""
    x, y = RNG.normal(size=(5, 2, 6)), RNG.normal(size=(5, 2, 4))
    weights = RNG.uniform(0.0, 2.0, (5, *shape))
    made = weighed(shape, metrics=["mse"])
    testing.gradcheck(made, batch=5, inputs={"x": x, "y": y, "w": weights})
    model = ns.compile(made, seed=0, threads=1, dtype="float64")
    pred = model.predict(x)
    assert pred.shape == (5, 2, 4), "what is wired into sample_weight is no prediction"
    each = ((pred - y) ** 2).mean(-1)
    found = model.evaluate(x, {"y": y, "w": weights})
    factor = weights if shape == [2] else weights.reshape(5, 1)
    assert found["loss"] == pytest.approx((each * factor).mean())
    assert found["mse"] == pytest.approx(each.mean()), "metrics take no weights"


def test_an_autoencoder_of_distributions_learns() -> None:
    """Sampling and its divergence train end to end, the same from the same seed."""
    nodes = [
        Node("x", "Input", {"shape": [6]}), Node("mean", "Dense", {"units": 2}), Node("log_var", "Dense", {"units": 2}),
        Node("z", "Sampling", {"kl_weight": 0.01}), Node("out", "Dense", {"units": 6}),
        Node("y", "Target", {"shape": [6]}), Node("loss", "MeanSquaredError"),
    ]  # fmt: skip
    wires = [
        ("x.out", "mean.in"), ("x.out", "log_var.in"), ("mean.out", "z.mean"), ("log_var.out", "z.log_var"),
        ("z.out", "out.in"), ("out.out", "loss.pred"), ("y.out", "loss.target"),
    ]  # fmt: skip
    adam = {"type": "Adam", "params": {"learning_rate": 0.05}}
    made = Graph(
        nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w) for w in wires), training={"optimizer": adam}
    )
    x = RNG.normal(size=(40, 2)) @ RNG.normal(size=(2, 6))
    models = [ns.compile(made, seed=3, threads=1) for _ in range(2)]
    losses = [model.fit(x, x, epochs=40, batch_size=20).history["loss"] for model in models]
    assert losses[0] == losses[1]
    assert losses[0][-1] < 0.3 * losses[0][0]
    np.testing.assert_array_equal(models[0].predict(x), models[0].predict(x))


def test_a_target_that_ctc_can_not_read_ends_training_with_a_reason() -> None:
    nodes = [
        ("x", "Input", {"shape": [2, 3]}), ("d", "Dense", {"units": 4}),
        ("y", "Target", {"shape": [2], "dtype": "int"}), ("ctc", "CTC", {}),
    ]  # fmt: skip
    model = ns.compile(graph(nodes, "x d, d ctc.pred, y ctc.target"), seed=0, threads=1)
    x, y = RNG.normal(size=(2, 2, 3)), np.array([[1, 2], [1, 1]])
    with pytest.raises(
        NonFiniteError, match=r"the output of ctc became .* no more labels than there are steps"
    ) as caught:
        model.train_on_batch(x, y)
    assert caught.value.node == "ctc"
    assert np.isfinite(model.train_on_batch(x, y[[0, 0]])["loss"])


def test_triplets_without_an_output_learn_and_say_that_they_predict_nothing() -> None:
    samples = [(f"x{i}", "Input", {"shape": [4]}) for i in range(3)]
    nodes = [*samples, *((f"d{i}", "Dense", {"units": 2}) for i in range(3)), ("t", "TripletMargin", {})]
    wires = "x0 d0, x1 d1, x2 d2, d0 t.anchor, d1 t.positive, d2 t.negative"
    model = ns.compile(graph(nodes, wires), seed=0, threads=1)
    x = {f"x{i}": RNG.normal(size=(20, 4)) for i in range(3)}
    losses = model.fit(x, {}, epochs=8).history["loss"]
    assert losses[-1] < losses[0]
    with pytest.raises(GraphError, match="no loss of it takes a prediction; wire what it gives to an Output"):
        model.predict(x)
