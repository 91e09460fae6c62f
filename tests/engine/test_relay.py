"""Steps that another thread prepares one ahead: the same bits, the same end, whatever stops them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.augmentations import AUGMENTATIONS
from netstudio.engine import sharing
from netstudio.engine import tape as tape_module
from netstudio.engine.kernels import state as places
from netstudio.engine.kernels.loop import run
from netstudio.engine.program import Program
from netstudio.engine.tape import Relay
from netstudio.engine.threads import native
from netstudio.errors import NonFiniteError
from netstudio.graph import Graph
from netstudio.training.model import Model
from tests.engine.helpers import stop_while_it_runs
from tests.graphs import graph, regression

RNG = np.random.default_rng(5)
SIZE, BATCH = 24, 16
X = RNG.uniform(size=(90, SIZE, SIZE, 1)).astype(np.float32)  # 5 batches and a smaller one
Y = RNG.integers(0, 4, 90)
AUGMENT = ["Rotate", "Noise", "MixUp", "Erasing"]


def dense() -> Graph:
    return graph(
        [
            ("x", "Input", {"shape": [SIZE, SIZE, 1]}),
            ("flat", "Flatten", {}),
            ("drop", "Dropout", {"rate": 0.2}),
            ("out", "Dense", {"units": 4}),
            ("y", "Target", {"shape": [], "dtype": "int"}),
            ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
        ],
        "x flat, flat drop, drop out, out loss.pred, y loss.target",
    )


def trained(threads: int, x: Any = X, augment: Any = AUGMENT) -> tuple[Model, list[float]]:
    model = ns.compile(dense(), seed=3, threads=threads)
    history = model.fit(x, Y, epochs=3, batch_size=BATCH, augment=augment)
    return model, history.history["loss"]


def of(model: Model) -> Program:
    return model.executor.program("train", BATCH)


def test_who_prepares_changes_no_bit() -> None:
    (alone, losses), (helped, same) = trained(1), trained(2)
    assert isinstance(of(helped).tape, Relay)
    assert not isinstance(of(alone).tape, Relay)
    assert losses == same
    for name, value in alone.weights.items():
        np.testing.assert_array_equal(helped.weights[name], value, err_msg=name)
    assert helped.steps_done == alone.steps_done == 18


def test_what_is_not_worth_it_is_done_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to prepare, or a step that is long enough for the threads to share it."""
    assert not isinstance(of(ns.compile(regression(), threads=2)).tape, Relay)
    monkeypatch.setattr(sharing, "SHORT_STEP", 0)
    assert not isinstance(of(trained(2)[0]).tape, Relay)


def begun(rows: int, x: Any) -> tuple[Model, Program]:
    """A run of that many steps, begun and not yet going."""
    model = ns.compile(dense(), seed=0, threads=2)
    model.executor.augment(tuple(AUGMENTATIONS.make(name) for name in ("Noise", "Brightness")))
    program, steps = of(model), rows // BATCH
    arrays = model.arrays(x, np.zeros(len(x)))
    program.state.feed([arrays[i] for i in model.executor.feeds])
    program.state.begin(np.arange(rows) % len(x), BATCH, steps, model.executor.scalars(1, steps, 0.001))
    return model, program


def test_a_stop_ends_within_a_step() -> None:
    steps = 100_000
    _model, program = begun(BATCH * steps, X)
    stop_while_it_runs(program, steps)
    assert program.state[places.STEP] == program.state[places.GLOBAL_STEP]


@pytest.mark.parametrize("bad", [2, 3])
def test_a_failed_check_keeps_the_weights(bad: int) -> None:
    x = X[: 5 * BATCH].copy()
    x[bad * BATCH + 1] = np.nan
    model, program = begun(len(x), x)
    program.tape.run(bad)
    before = model.weights
    program.tape.run(5 - bad)
    assert program.state[places.STEP] == bad
    assert program.state[places.FAILED] != 0
    for name, value in model.weights.items():
        np.testing.assert_array_equal(value, before[name])


def test_who_failed_is_named() -> None:
    x = X.copy()
    x[70] = np.inf
    with pytest.raises(NonFiniteError, match="the data for x holds NaN or infinity"):
        trained(2, x)


def test_any_chunks_of_steps_are_one_run() -> None:
    whole, parts = (begun(5 * BATCH, X) for _ in range(2))
    whole[1].tape.run(5)
    for count in (1, 3, 1):
        parts[1].spoil()
        parts[1].tape.run(count)
    np.testing.assert_array_equal(parts[1].state.losses, whole[1].state.losses)
    for name, value in whole[0].weights.items():
        np.testing.assert_array_equal(parts[0].weights[name], value)


def test_a_second_thread_that_is_held_up_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    alone, _ = trained(1)
    monkeypatch.setattr(tape_module, "run_at_once", lambda jobs, loop=run: native(loop)(jobs[0]))  # it never begins
    unhelped, _ = trained(2)
    assert isinstance(of(unhelped).tape, Relay)
    for name, value in alone.weights.items():
        np.testing.assert_array_equal(unhelped.weights[name], value)
