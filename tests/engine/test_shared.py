"""Weights that several nodes use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import netstudio as ns
from netstudio import testing
from netstudio.catalogue import CATALOGUE
from netstudio.engine.lower import multiply_adds_of
from netstudio.graph import Graph, analyse
from netstudio.graph.edits import AddNodes, SetParams
from netstudio.training.model import Model
from tests.graphs import graph


def siamese(second: str = "hidden", width: int = 5) -> Graph:
    """Two inputs through one encoder, the difference of which is to be small."""
    nodes = [
        ("a", "Input", {"shape": [5]}), ("b", "Input", {"shape": [width]}),
        ("again", "Shared", {"layer": second}),  # before its owner, in every order
        ("norm2", "Shared", {"layer": "norm"}),
        ("hidden", "Dense", {"units": 3, "activation": "tanh", "kernel_regularizer": "l2"}),
        ("norm", "BatchNormalization", {}),
        ("both", "Concatenate", {}), ("out", "Dense", {"units": 2}),
        ("y", "Target", {"shape": [2]}), ("loss", "MeanSquaredError", {}),
    ]  # fmt: skip
    wires = "b again, again norm2, a hidden, hidden norm, norm both, norm2 both, out loss.pred, y loss.target, both out"
    return graph(nodes, wires)


def test_a_shared_layer_has_its_weights_once() -> None:
    analysis = analyse(siamese(), CATALOGUE)
    assert analysis.problems == ()
    assert analysis.parameters == (5 * 3 + 3) + 4 * 3 + (6 * 2 + 2)
    assert analysis.nodes["again"].weights == {}
    assert multiply_adds_of(analysis.nodes["again"]) == multiply_adds_of(analysis.nodes["hidden"]) == 15
    assert set(Model(siamese()).weights) == {
        *("hidden/kernel", "hidden/bias", "norm/gamma", "norm/beta", "norm/moving_mean", "norm/moving_variance"),
        *("out/kernel", "out/bias"),
    }


def test_its_gradient_is_the_sum_over_all_uses() -> None:
    testing.gradcheck(siamese())


def test_both_inputs_go_through_the_same_numbers() -> None:
    model = Model(siamese())
    x = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    kernel = model.weights["out/kernel"]
    kernel[3:] = -kernel[:3]  # the difference of the two codes
    model.set_weights({**model.weights, "out/kernel": kernel, "out/bias": np.zeros(2, np.float32)})
    result = model.predict({"a": x, "b": x})
    assert np.abs(result["out"] if isinstance(result, dict) else result).max() < 1e-6


def test_a_moving_average_is_moved_by_each_use_in_turn() -> None:
    model = Model(siamese())
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal((6, 5)).astype(np.float32) for _ in range(2))
    weights = model.weights
    codes = [np.tanh(x @ weights["hidden/kernel"] + weights["hidden/bias"]).mean(0) for x in (a, b)]
    model.train_on_batch({"a": a, "b": b}, {"y": np.zeros((6, 2), np.float32)})
    moved = model.weights["norm/moving_mean"]
    first = 0.01 * codes[0] * 0.99 + 0.01 * codes[1]
    second = 0.01 * codes[1] * 0.99 + 0.01 * codes[0]
    assert min(np.abs(moved - first).max(), np.abs(moved - second).max()) < 1e-6


def test_saving_keeps_what_it_predicts(tmp_path: Path) -> None:
    model = Model(siamese())
    x = {"a": np.ones((2, 5), np.float32), "b": np.zeros((2, 5), np.float32)}
    model.save(tmp_path / "m.npz")
    before, after = model.predict(x), ns.load_model(tmp_path / "m.npz").predict(x)
    assert np.array_equal(np.asarray(before), np.asarray(after))


@pytest.mark.parametrize(
    ("of", "message"),
    [
        ("hiden", "again: there is no node 'hiden': did you mean 'hidden'?"),
        ("norm2", "again: norm2 has no weights of its own; name norm instead"),
        ("a", "again: a is a node of the type Input, which can't be shared"),
        ("loss", "again: loss is a node of the type MeanSquaredError, which can't be shared"),
    ],
)
def test_what_can_not_be_shared_is_told(of: str, message: str) -> None:
    problems = analyse(siamese(of), CATALOGUE).problems
    assert message in [p.message for p in problems]
    assert next(p for p in problems if p.message == message).param == "layer"


def test_inputs_that_need_other_weights_are_told() -> None:
    (problem,) = analyse(siamese(width=7), CATALOGUE).problems
    assert problem.node == "again"
    assert problem.message == (
        "again: its inputs ask for a kernel of the shape (7, 3), and that of hidden has (5, 3); "
        "give both nodes inputs of one shape"
    )


def test_it_follows_every_change_of_its_owner() -> None:
    before = analyse(siamese(), CATALOGUE)
    wider = SetParams("hidden", {"units": 9}).apply(before.graph, CATALOGUE)
    after = analyse(wider, CATALOGUE, before)
    assert after.nodes["again"].outputs == after.nodes["hidden"].outputs
    assert after == analyse(wider, CATALOGUE)


def test_copies_share_among_themselves() -> None:
    g = siamese()
    both, ids = AddNodes((g.nodes["again"], g.nodes["hidden"]), ()).place(g, CATALOGUE)
    assert both.nodes[ids[0]].params == {"layer": ids[1]}
    alone, ids = AddNodes((g.nodes["again"],), ()).place(g, CATALOGUE)
    assert alone.nodes[ids[0]].params == {"layer": "hidden"}
