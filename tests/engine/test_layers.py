"""What every layer and every loss must do on the engine. Registering one is what brings it here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio import testing
from netstudio.graph import Graph
from netstudio.layers import LAYERS
from netstudio.losses import LOSSES
from netstudio.losses.base import Loss
from tests.graphs import graph
from tests.layers.cases import CASES, NOT_COMPUTING, POSITIVE, around, names

READ = np.array([[3, 1], [2, 2], [1, 0], [0, 0]])  # targets of CTC
Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]
BATCH = 3

# Parameters, the activation before the loss, and the kind of answers: numbers, classes, one-hot or 0 and 1.
LOSS_CASES: dict[str, list[tuple[Mapping[str, Any], str | None, str]]] = {
    "SparseCategoricalCrossentropy": [
        ({"from_logits": True}, None, "classes"),
        ({}, "softmax", "classes"),
        ({}, "sigmoid", "classes"),
    ],
    "CategoricalCrossentropy": [
        ({"from_logits": True, "label_smoothing": 0.1}, None, "one-hot"),
        ({}, "softmax", "one-hot"),
        ({"weight": 0.5}, "sigmoid", "one-hot"),
    ],
    "BinaryCrossentropy": [
        ({"from_logits": True, "label_smoothing": 0.1}, None, "0 or 1"),
        ({}, "sigmoid", "0 or 1"),
        ({}, "softmax", "0 or 1"),
    ],
    "Huber": [({"delta": 0.3, "weight": 2.0}, None, "numbers")],
    "KLDivergence": [({}, "softmax", "shares")],
    "CTC": [({}, None, "labels"), ({"zero_infinity": True, "weight": 0.5}, None, "labels")],
    "CategoricalGeneralizedCrossEntropy": [({}, "softmax", "classes"), ({"q": 0.9}, "sigmoid", "classes")],
    "Contrastive": [({}, "sigmoid", "0 or 1"), ({"margin": 0.4}, "sigmoid", "0 or 1")],
    "TripletMargin": [({"p": p, "swap": p == 1, "margin": 2.0}, None, "none") for p in (1, 2)],
    "TripletSemiHard": [({}, None, "classes"), ({"margin": 0.2}, "tanh", "pairs")],
    "CategoricalHinge": [({}, None, "one-hot")],
    "Poisson": [({}, "sigmoid", "shares")],
    "Circle": [({"gamma": 2.0}, "tanh", "classes"), ({"gamma": 3.0, "remove_diagonal": False}, None, "classes")],
    "MeanSquaredLogarithmicError": [({}, "sigmoid", "shares")],
    "Dice": [({}, "sigmoid", "0 or 1"), ({"axis": [1]}, "softmax", "one-hot")],
    "Tversky": [({"alpha": 0.3, "beta": 0.8}, "sigmoid", "0 or 1"), ({"axis": [0]}, "sigmoid", "0 or 1")],
    "BinaryFocalCrossentropy": [
        ({}, "sigmoid", "0 or 1"),
        ({"from_logits": True, "gamma": 1.3, "apply_class_balancing": True}, None, "0 or 1"),
        ({"gamma": 0.5, "label_smoothing": 0.1}, "softmax", "0 or 1"),
    ],
    "CategoricalFocalCrossentropy": [
        ({}, "softmax", "one-hot"),
        ({"from_logits": True, "gamma": 0.7, "alpha": [0.1, 0.2, 0.3, 0.4]}, None, "one-hot"),
        ({"label_smoothing": 0.1}, "sigmoid", "one-hot"),
    ],
}
LOSS_CASES["SparseCategoricalCrossentropy"] += [
    ({"from_logits": True, "class_weight": [0.5, 1.0, 2.0, 3.0], "ignore_class": 3}, None, "classes")
]
LOSS_CASES["CategoricalCrossentropy"] += [({"class_weight": [0.5, 1.0, 2.0, 3.0]}, "softmax", "one-hot")]
LOSS_CASES["BinaryCrossentropy"] += [({"class_weight": [0.5, 2.0]}, "sigmoid", "0 or 1")]


def answers(kind: str, rng: np.random.Generator) -> Any:
    if kind == "none":
        return None
    if kind == "labels":
        return READ[:3]
    if kind == "pairs":
        return np.array([0, 0, 1])
    if kind == "classes":
        return rng.integers(0, 4, BATCH)
    if kind == "one-hot":
        return np.eye(4)[rng.integers(0, 4, BATCH)]
    if kind == "shares":
        return rng.dirichlet(np.full(4, 5.0), BATCH)
    return rng.integers(0, 2, (BATCH, 4)) if kind == "0 or 1" else rng.normal(size=(BATCH, 4))


def loss_graph(kind: str, params: Mapping[str, Any], activation: str | None, wanted: str) -> Graph:
    target = {"shape": [], "dtype": "int"} if wanted in ("classes", "pairs") else {"shape": [4]}
    nodes = [
        ("x0", "Input", {"shape": [6]}),
        ("d", "Dense", {"units": 4, "activation": activation}),
        ("y", "Target", target),
        ("loss", kind, params),
    ]
    if kind == "TripletMargin":
        return triplet_graph(nodes[0], nodes[1], params)
    if kind == "CTC":
        return ctc_graph(nodes[0], nodes[1], params)
    if not issubclass(LOSSES[kind], Loss):  # it takes no target: beside one that does
        return graph([*nodes, ("mse", "MeanSquaredError", {})], "x0 d, d loss.in, d mse.pred, y mse.target")
    return graph(nodes, "x0 d, d loss.pred, y loss.target")


def triplet_graph(x: Any, encoder: Any, params: Mapping[str, Any]) -> Graph:
    """Three samples through one encoder; what it makes of the first is predicted."""
    samples = [x, ("x1", *x[1:]), ("x2", *x[1:])]
    twins = [(f"d{i}", "Shared", {"layer": "d"}) for i in (1, 2)]
    nodes = [*samples, encoder, *twins, ("loss", "TripletMargin", params), ("out", "Output", {})]
    wires = "x0 d, x1 d1, x2 d2, d out, d loss.anchor, d1 loss.positive, d2 loss.negative"
    return graph(nodes, wires)


def ctc_graph(x: Any, scores: Any, params: Mapping[str, Any]) -> Graph:
    """Five steps of four classes and a target of two labels."""
    steps, target = ("steps", "RepeatVector", {"n": 5}), ("y", "Target", {"shape": [2], "dtype": "int"})
    return graph([x, steps, scores, target, ("loss", "CTC", params)], "x0 steps, steps d, d loss.pred, y loss.target")


def graphs() -> Iterator[Any]:
    """Every graph under test, with the data of its Target where random numbers do not do."""
    for case, name in zip(CASES, names(CASES), strict=True):
        yield pytest.param(around(case), None, id=name)
    for loss in LOSSES:
        cases = LOSS_CASES.get(loss.name, [(loss.initial_params(), None, "numbers")])
        for number, (params, activation, wanted) in enumerate(cases):
            made = loss_graph(loss.name, params, activation, wanted)
            yield pytest.param(made, answers(wanted, np.random.default_rng(number)), id=f"{loss.name}-{number}")


every_graph = pytest.mark.parametrize(("made", "targets"), list(graphs()))


def test_every_layer_and_loss_is_here() -> None:
    tested = {case.type for case in CASES} | set(LOSSES.members)
    assert tested | NOT_COMPUTING == {t.name for t in (*LAYERS, *LOSSES)}
    assert set(LOSS_CASES) <= set(LOSSES.members)


@every_graph
def test_lowering_agrees_with_inference(made: Graph, targets: Array | None) -> None:
    testing.check_shapes(made)


@every_graph
def test_gradients_in_double_precision(made: Graph, targets: Array | None) -> None:
    given = {} if targets is None else {"y": targets}
    layer = made.nodes.get("n")
    if layer is not None and (name := POSITIVE.get(layer.type)) is not None:
        shape = (BATCH, *made.nodes[name].params["shape"])
        given[name] = np.random.default_rng(4).uniform(0.5, 2.0, shape)
    testing.gradcheck(made, inputs=given, batch=BATCH)


@every_graph
def test_single_precision_follows_double(made: Graph, targets: Array | None) -> None:
    testing.check_precision(made, targets)


@every_graph
def test_a_saved_model_predicts_the_same(made: Graph, targets: Array | None) -> None:
    testing.check_saving(made, targets)


@every_graph
def test_threads_change_nothing(made: Graph, targets: Array | None) -> None:
    testing.check_threads(made, targets)


ONE_HOT = np.eye(3)[[0, 2]]
# The loss of the second row, whose logits are 1e4 for another class than its own, over all that is averaged.
EXTREME: list[tuple[str, str, Any, float]] = [
    ("Softmax", "SparseCategoricalCrossentropy", np.array([0, 2]), 2e4 / 2),
    ("Softmax", "CategoricalCrossentropy", ONE_HOT, 2e4 / 2),
    ("Sigmoid", "BinaryCrossentropy", ONE_HOT, 2e4 / 6),
]


@pytest.mark.parametrize(("activation", "loss", "y", "expected"), EXTREME)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_huge_logits_are_harmless(activation: str, loss: str, y: Array, expected: float, dtype: str) -> None:
    """The activation is a node of its own, wired into a loss that takes probabilities."""
    target = {"shape": list(y.shape[1:]), "dtype": "int" if y.ndim == 1 else "float"}
    nodes = [
        ("x", "Input", {"shape": [3]}), ("d", "Dense", {"units": 3}), ("a", activation, {}), ("y", "Target", target),
        ("loss", loss, {}),
    ]  # fmt: skip
    compiled = ns.compile(graph(nodes, "x d, d a, a loss.pred, y loss.target"), threads=1, dtype=dtype)
    compiled.set_weights({"d/kernel": np.eye(3), "d/bias": np.zeros(3)})
    x = np.array([[1e4, -1e4, -1e4], [-1e4, 1e4, -1e4]])
    assert compiled.evaluate(x, y)["loss"] == pytest.approx(expected, rel=1e-5)
    gradients = compiled.gradients(x, y)
    assert all(np.isfinite(g).all() for g in gradients.values())
    assert np.abs(gradients["d/bias"]).max() > 0.1


# Predictions that a network can come to, for targets at the ends of their range.
EDGES = np.array([[1e4, -1e4, 0.0, 1e4], [0.0, 0.0, 0.0, 0.0], [-1e4, -1e4, -1e4, 1e4], [1.0, 0.0, 1e-30, -1.0]])


def edge_cases() -> Iterator[tuple[str, str | None, bool]]:
    """(loss, activation before it, whether it takes logits); shares of a sum that may be 0 are no probabilities."""
    for loss in LOSSES:
        if issubclass(loss, Loss):
            takes_logits = "from_logits" in loss.declared
            for activation in ("softmax", "sigmoid", None):
                if activation or not (takes_logits and "Categorical" in loss.name):
                    yield loss.name, activation, False
                if takes_logits:
                    yield loss.name, activation, True


@pytest.mark.parametrize(("loss", "activation", "logits"), list(edge_cases()))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_are_finite_at_the_edges(loss: str, activation: str | None, logits: bool, dtype: str) -> None:
    """Huge scores, probabilities of exactly 0 and 1, vectors of zeros: values and gradients stay finite."""
    params: dict[str, Any] = {"from_logits": True} if logits else {}
    classes = any(wanted == "classes" for _, _, wanted in LOSS_CASES.get(loss, ()))
    compiled = ns.compile(loss_graph(loss, params, activation, "classes" if classes else "0 or 1"), dtype=dtype)
    kernel = np.zeros((6, 4))
    kernel[:4] = EDGES
    compiled.set_weights({"d/kernel": kernel, "d/bias": np.zeros(4)})
    x, one_hot = np.eye(4, 6), np.eye(4)
    numbers = [one_hot, 1.0 - one_hot, np.zeros((4, 4)), np.ones((4, 4))]
    for y in [READ] if loss == "CTC" else [np.arange(4)] if classes else numbers:
        assert np.isfinite(compiled.evaluate(x, y)["loss"])
        assert all(np.isfinite(g).all() for g in compiled.gradients(x, y).values())
