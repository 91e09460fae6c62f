"""Optimizers on the engine, against the same rules on the slow twin, one weight at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.catalogue import CATALOGUE
from netstudio.constraints import CONSTRAINTS
from netstudio.engine.kernels import elementwise
from netstudio.graph.edits import SetParams
from netstudio.optimizers import OPTIMIZERS
from tests.graphs import regression
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(7, 5)), RNG.normal(size=(7, 3))
DECAY = {"type": "ExponentialDecay", "params": {"initial_learning_rate": 0.1, "decay_steps": 2}}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adagrad", {}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("RMSprop", {}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "learning_rate": 0.1}),
    ("AdamW", {"weight_decay": 0.1}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("Ftrl", {"l1_regularization_strength": 0.01, "beta": 0.1}),
    ("Ftrl", {"learning_rate_power": -0.7}),
    ("Lion", {}),
    ("Lamb", {}),
    ("Adafactor", {}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "rms_rate": None, "ns_steps": 3}),
]
BY_WEIGHT = {"Lamb", "Adafactor", "Muon"}  # these look at each weight by itself
# What stands around the rule, of every optimizer.
AROUND: list[dict[str, Any]] = [
    {"learning_rate": DECAY},
    {"weight_decay": 0.1},
    {"clipvalue": 0.05},
    {"clipnorm": 0.1},
    {"gradient_accumulation_steps": 3},
    {"use_ema": True, "ema_momentum": 0.7},
    {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2, "gradient_accumulation_steps": 2},
    {"clipnorm": 0.1, "weight_decay": 0.2, "gradient_accumulation_steps": 2, "use_ema": True},
]


def follow(name: str, params: dict[str, Any], steps: int) -> None:
    """Steps of the engine, against steps of the same rule on the gradients that the engine gives."""
    model = ns.compile(regression(optimizer={"type": name, "params": params}), seed=0, threads=1, dtype="float64")
    optimizer, weights = OPTIMIZERS[name](**params), model.weights

    def starts(weight: str, shape: tuple[int, ...]) -> Any:
        return {k: np.full(optimizer.slot_shape(k, weight, shape), v) for k, v in optimizer.all_slots().items()}

    slots = {w: starts(w, v.shape) for w, v in weights.items()}
    for step in range(1, steps + 1):
        scalars: Any = optimizer.numbers(step, optimizer.rate(step))
        for w, gradient in model.gradients(X, Y).items():
            updated: Any = optimizer.step(NumpyOps(), weights[w], gradient, slots[w], scalars)  # type: ignore[arg-type]
            weights[w], slots[w] = updated
        model.train_on_batch(X, Y)
        for w, value in model.weights.items():
            np.testing.assert_allclose(value, weights[w], rtol=1e-9, atol=1e-12, err_msg=f"{w} after {step}")


@pytest.mark.parametrize(("name", "params"), CASES)
def test_rules(name: str, params: dict[str, Any]) -> None:
    follow(name, params, 4)


@pytest.mark.parametrize("around", AROUND, ids=lambda a: "-".join(a))
@pytest.mark.parametrize("name", list(OPTIMIZERS.members))
def test_what_stands_around_the_rule(name: str, around: dict[str, Any]) -> None:
    follow(name, around, 7)


def test_every_optimizer_has_a_case() -> None:
    assert {name for name, _ in CASES} == set(OPTIMIZERS.members)


@pytest.mark.parametrize("longest", [0.1, 100.0])
def test_the_length_of_all_gradients_together(longest: float) -> None:
    sgd = {"type": "SGD", "params": {"learning_rate": 1.0, "global_clipnorm": longest}}
    model = ns.compile(regression(optimizer=sgd), seed=0, threads=1, dtype="float64")
    before, gradients = model.weights, model.gradients(X, Y)
    model.train_on_batch(X, Y)
    whole = np.sqrt(sum((g**2).sum() for g in gradients.values()))
    for w, value in model.weights.items():
        np.testing.assert_allclose(value, before[w] - gradients[w] * min(1.0, longest / whole), rtol=1e-10)


def test_gathered_gradients_are_those_of_a_larger_batch() -> None:
    """Three batches of seven rows, gathered, are one batch of twenty-one."""
    x, y = RNG.normal(size=(21, 5)), RNG.normal(size=(21, 3))
    parts = ns.compile(
        regression(optimizer={"type": "Adam", "params": {"gradient_accumulation_steps": 3}}), dtype="float64", threads=1
    )
    whole = ns.compile(regression(optimizer="Adam"), dtype="float64", threads=1)
    parts.fit(x, y, epochs=4, batch_size=7, shuffle=False)
    whole.fit(x, y, epochs=4, batch_size=21, shuffle=False)
    for name, value in whole.weights.items():
        np.testing.assert_allclose(parts.weights[name], value, rtol=1e-9, atol=1e-12)


def test_a_run_ends_with_the_average_of_its_weights() -> None:
    params = {"learning_rate": 0.05, "momentum": 0.9}
    averaging = {"type": "SGD", "params": {**params, "use_ema": True, "ema_momentum": 0.9}}
    model = ns.compile(regression(optimizer=averaging), dtype="float64", threads=1)
    plain = ns.compile(regression(optimizer={"type": "SGD", "params": params}), dtype="float64", threads=1)
    average: dict[str, Any] = {}
    for _ in range(6):
        plain.train_on_batch(X, Y)
        now = plain.weights
        average = {w: 0.9 * average[w] + 0.1 * v for w, v in now.items()} if average else now
    model.fit(X, Y, epochs=6, batch_size=7, shuffle=False)
    for name, value in average.items():
        np.testing.assert_allclose(model.weights[name], value, rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("constraint", list(CONSTRAINTS.members))
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_constraints_hold_after_each_step(constraint: str, optimizer: str, dtype: str) -> None:
    """A weight that is constrained is where the unconstrained one is brought to; the others go their way."""
    made = {"type": optimizer, "params": {"learning_rate": 0.1}}
    free = ns.compile(regression(optimizer=made), threads=1, dtype=dtype)
    graph = SetParams("d0", {"kernel_constraint": constraint}).apply(regression(optimizer=made), CATALOGUE)
    held = ns.compile(graph, threads=1, dtype=dtype)
    for model in (free, held):
        model.train_on_batch(X, Y)
    expected = free.weights
    expected["d0/kernel"] = CONSTRAINTS[constraint]().apply(NumpyOps(), expected["d0/kernel"])  # type: ignore[assignment, arg-type]
    for name, value in held.weights.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS.members if name not in BY_WEIGHT])
def test_what_is_not_asked_for_costs_nothing(name: str) -> None:
    """The ordinary step is the rule alone, in one pass over the weights."""
    layout = ns.compile(regression(optimizer=name), threads=1).executor.layout("train", 4)
    gradients = layout.recipe.gradients
    assert gradients is not None
    after = [item for item in layout.items if gradients in item.inputs]
    assert len(after) == 1
    assert after[0].chain


@pytest.mark.parametrize("name", sorted(BY_WEIGHT))
def test_the_number_of_threads_changes_nothing(name: str) -> None:
    optimizer = {"type": name, "params": {"clipnorm": 0.1, "use_ema": True}}
    models = [ns.compile(regression((300, 40), optimizer=optimizer), seed=1, threads=n) for n in (1, 2)]
    x, y = RNG.normal(size=(64, 5)), RNG.normal(size=(64, 3))
    for model in models:
        model.fit(x, y, epochs=3)
    for weight, value in models[0].weights.items():
        np.testing.assert_array_equal(value, models[1].weights[weight])


def test_a_slot_of_another_shape_is_small() -> None:
    """Adafactor keeps rows and columns of a matrix, Muon no velocity of one."""
    for name, slot, floats in (("Adafactor", "velocity", 1), ("Adafactor", "row", 300), ("Muon", "velocity", 1)):
        model = ns.compile(regression((300, 40), optimizer=name), threads=1)
        parameters = model.executor.parameters
        number = [p.name for p in parameters.trained].index("d1/kernel")
        _, shape = parameters.slot_places[slot][number]
        assert np.prod(shape) == floats


def test_an_embedding_follows_adam() -> None:
    muon = OPTIMIZERS["Muon"]()
    assert muon.slot_shape("velocity", "words/embeddings", (50, 8)) == (50, 8)
    assert muon.slot_shape("velocity", "dense/kernel", (50, 8)) == (1,)
    assert OPTIMIZERS["Muon"](exclude_embeddings=False).slot_shape("velocity", "words/embeddings", (50, 8)) == (1,)


@pytest.mark.parametrize(("name", "params", "calls"), [
    ("Adam", {}, ["step_by_averages"]),
    ("AdamW", {"weight_decay": 0.1}, ["fnma", "step_by_averages"]),
    ("Adam", {"amsgrad": True}, ["lerp", "lerp_to_product", "maximum", "sub_over_root"]),
])  # fmt: skip
def test_adams_step_takes_few_instructions(name: str, params: dict[str, Any], calls: list[str]) -> None:
    model = ns.compile(regression(optimizer={"type": name, "params": params}), threads=1)
    program = model.executor.program("train", 4)
    made = [own for item, own in program.steps if item.chain][-1][0].arguments
    codes = [made[made[5] + i * elementwise.INSTRUCTION] for i in range(made[4])]
    assert [list(elementwise.OPCODES)[code] for code in codes][: len(calls)] == calls
