"""Learning rate factors of nodes: a node's weights go so many times as far as the optimizer would have them go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio import testing
from netstudio.catalogue import CATALOGUE
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Graph
from netstudio.graph.edits import Group, SetRateFactor, Ungroup
from netstudio.optimizers import OPTIMIZERS
from tests.graphs import cnn, regression

RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(7, 5)), RNG.normal(size=(7, 3))
RATE = 0.01
NOT_LINEAR = {"Ftrl", "Adafactor"}  # a rate half as large makes no step half as long there, by their rules
WITH: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in OPTIMIZERS.members),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "clipnorm": 0.1}),
    ("RMSprop", {"momentum": 0.5, "global_clipnorm": 0.1, "gradient_accumulation_steps": 2}),
]


def with_factors(graph: Graph, **factors: float) -> Graph:
    nodes = {i: replace(n, learning_rate_factor=factors.get(i, 1.0)) for i, n in graph.nodes.items()}
    return replace(graph, nodes=nodes)


def trained(graph: Graph, steps: int = 4) -> tuple[dict[str, Any], dict[str, Any]]:
    model = ns.compile(graph, seed=0, threads=1, dtype="float64")
    before = model.weights
    for _ in range(steps):
        model.train_on_batch(X, Y)
    return before, model.weights


def graph_of(name: str, params: dict[str, Any], rate: float = RATE) -> Graph:
    return regression(optimizer={"type": name, "params": {"learning_rate": rate, **params}})


@pytest.mark.parametrize(("name", "params"), [case for case in WITH if case[0] not in NOT_LINEAR])
def test_a_factor_is_a_learning_rate_of_ones_own(name: str, params: dict[str, Any]) -> None:
    """All nodes with one factor learn as with another rate: over several steps, slots, decay and clipping included."""
    _, one = trained(with_factors(graph_of(name, params), d0=0.25, out=0.25))
    _, other = trained(graph_of(name, params, RATE * 0.25))
    for weight, value in other.items():
        np.testing.assert_allclose(one[weight], value, rtol=1e-9, atol=1e-12, err_msg=weight)


@pytest.mark.parametrize(("name", "params"), WITH)
def test_the_first_step_goes_so_many_times_as_far(name: str, params: dict[str, Any]) -> None:
    steps = params.get("gradient_accumulation_steps", 1)
    before, plain = trained(graph_of(name, params), steps)
    _, found = trained(with_factors(graph_of(name, params), d0=0.5, out=0.0), steps)
    for weight, start in before.items():
        factor = 0.5 if weight.startswith("d0/") else 0.0
        assert (plain[weight] != start).any()
        np.testing.assert_allclose(found[weight] - start, factor * (plain[weight] - start), rtol=1e-7, atol=1e-12)


def test_other_nodes_take_their_first_step_to_the_bit() -> None:
    _, plain = trained(graph_of("Adam", {}), 1)
    _, found = trained(with_factors(graph_of("Adam", {}), d0=3.0), 1)
    assert all(np.array_equal(plain[w], found[w]) == w.startswith("out/") for w in plain)


def test_a_factor_of_zero_rests_but_does_not_freeze() -> None:
    """Averages of the data go on moving, as they would not in a frozen node."""
    graph = with_factors(cnn(dropout=0.0), bn=0.0)
    model = ns.compile(graph, seed=0, threads=1)
    before = model.weights
    model.train_on_batch(RNG.normal(size=(6, 8, 7, 2)), RNG.integers(0, 4, 6))
    after = model.weights
    moved = {w for w in before if not np.array_equal(before[w], after[w])}
    assert moved & {"bn/gamma", "bn/beta"} == set()
    assert {"bn/moving_mean", "conv1/kernel", "out/bias"} <= moved


def test_factors_multiply_through_blocks_and_are_saved(tmp_path: Any) -> None:
    flat = with_factors(regression(), d0=0.5)
    folded, id = Group(("d0", "out"), "body").place(flat, CATALOGUE)
    folded = SetRateFactor(id, 0.5).apply(folded, CATALOGUE)
    assert parse_graph(dump_graph(folded)) == folded
    apart = Ungroup(id).apply(folded, CATALOGUE)
    assert {i: apart.nodes[i].learning_rate_factor for i in ("d0", "out")} == {"d0": 0.25, "out": 0.5}
    models = [ns.compile(g, seed=0, threads=1) for g in (folded, apart)]
    models[0].save(tmp_path / "m.npz")
    models.append(ns.load_model(tmp_path / "m.npz"))
    models[1].set_weights({w.removeprefix(f"{id}/"): v for w, v in models[0].weights.items()})
    losses = [[m.train_on_batch(X, Y)["loss"] for _ in range(3)] for m in models]
    assert losses[0] == losses[1] == losses[2]


def test_gradients_are_as_without_factors() -> None:
    testing.gradcheck(with_factors(regression(), d0=0.1))
