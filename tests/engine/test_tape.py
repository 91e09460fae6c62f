"""Tapes: any number of threads gives the same bits, a stop ends within a step, a failed check lets nothing through."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.engine import sharing
from netstudio.engine.kernels import loop
from netstudio.engine.kernels import state as places
from netstudio.engine.program import Program
from netstudio.graph import Graph
from netstudio.training.model import Model
from tests.engine.helpers import Bench, stop_while_it_runs
from tests.graphs import cnn, regression, two_heads

RNG = np.random.default_rng(4)
ROWS = 35
DATA: dict[str, Any] = {
    "mlp": (regression((40, 24), "relu"), RNG.normal(size=(ROWS, 5)), RNG.normal(size=(ROWS, 3))),
    "cnn": (cnn(), RNG.normal(size=(ROWS, 8, 7, 2)), RNG.integers(0, 4, ROWS)),
    "heads": (
        two_heads(optimizer={"type": "AdamW", "params": {}}),
        RNG.normal(size=(ROWS, 5)),
        {"label": RNG.integers(0, 4, ROWS), "goal": RNG.normal(size=(ROWS, 3))},
    ),
}


def trained(graph: Graph, x: Any, y: Any, threads: int) -> dict[str, Any]:
    """20 steps: 4 epochs of 4 full batches and a smaller one."""
    model = ns.compile(graph, seed=3, threads=threads)
    model.fit(x, y, epochs=4, batch_size=8)
    assert model.steps_done == 20
    if threads > 1:
        assert model.executor.program("train", 8).tape.workers == threads, "nothing ran in parallel"
    return model.weights


@pytest.mark.parametrize("name", DATA)
def test_the_number_of_threads_changes_no_bit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, x, y = DATA[name]
    serial = trained(graph, x, y, 1)
    monkeypatch.setattr(sharing, "PARALLEL_NS", 0)  # share even the smallest instruction
    for threads in (1, 2, 3):
        shared = trained(graph, x, y, threads)
        for weight, value in serial.items():
            np.testing.assert_array_equal(shared[weight], value, err_msg=f"{weight}, {threads} threads")


def stepping(threads: int, rows: int = 200_000) -> tuple[Model, Program]:
    """A run of one-row steps, begun and not yet going."""
    model = ns.compile(regression(), seed=0, threads=threads)
    program = model.executor.program("train", 1)
    arrays = model.arrays(RNG.normal(size=(rows, 5)), RNG.normal(size=(rows, 3)))
    program.state.feed([arrays[i] for i in model.executor.feeds])
    program.state.begin(np.arange(rows), 1, rows, model.executor.scalars(1, rows, 0.001))
    return model, program


@pytest.mark.parametrize("threads", [1, 2])
def test_a_stop_ends_within_a_step(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "PARALLEL_NS", 0)
    _model, program = stepping(threads)
    stop_while_it_runs(program, 200_000)


def test_a_stopped_tape_does_nothing_until_it_is_let() -> None:
    model, program = stepping(1, rows=10)
    before = model.weights
    program.state[places.STOP] = 1
    program.tape.run(5)
    assert program.state[places.STEP] == 0
    np.testing.assert_array_equal(model.weights["out/kernel"], before["out/kernel"])
    program.state[places.STOP] = 0
    program.tape.run(5)
    assert program.state[places.STEP] == 5


def test_a_failed_check_keeps_the_weights() -> None:
    """The update comes after the check: a loss that is NaN changes nothing and no further step runs."""
    model, program = stepping(1, rows=10)
    x = np.zeros((10, 5), np.float32)
    x[3] = np.nan
    program.state.feed([x, np.zeros((10, 3), np.float32)])
    program.tape.run(3)
    before = model.weights
    program.tape.run(7)
    assert program.state[places.STEP] == 3
    assert program.state[places.FAILED] != 0
    for name, value in model.weights.items():
        np.testing.assert_array_equal(value, before[name])


def test_a_tape_counts_its_instructions() -> None:
    """Fewer is faster: a Dense layer with bias and ReLU is one product, whatever else surrounds it."""
    bench = Bench()
    b = bench.builder
    x, w, bias = bench.input(np.ones((64, 4))), bench.input(np.ones((4, 5))), bench.input(np.ones(5))
    one = bench.program(b.matmul(x, w)).tape.count
    assert bench.program(b.relu(b.matmul(x, w) + bias)).tape.count == one
    assert bench.program(b.exp(b.tanh(x) * 2.0) - 1.0).tape.count == 1


def test_training_an_mlp_takes_few_instructions() -> None:
    """Per layer a product forward and two backward; per step the batch, the loss, the update and the sums."""
    model = ns.compile(regression((40, 24), "relu"), seed=0, threads=1)
    assert model.executor.program("train", 32).tape.count <= 36


def test_a_program_does_not_depend_on_what_it_finds_in_memory() -> None:
    graph, x, y = DATA["cnn"]
    model = ns.compile(graph, seed=3, threads=1)
    clean = model.gradients(x, y)
    program = model.executor.program("gradients", ROWS)
    program.spoil()
    for name, value in model.gradients(x, y).items():
        np.testing.assert_array_equal(value, clean[name])


@pytest.mark.skipif(not loop.IS_X86, reason="the tape flushes denormal numbers on x86 alone")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("threads", [1, 2])
def test_denormal_numbers_are_zero_inside_and_only_inside(
    dtype: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arithmetic on them takes a hundred times as long; fading momentum would stay among them for ever."""
    monkeypatch.setattr(sharing, "PARALLEL_NS", 0)
    tiny = np.finfo(dtype).tiny
    bench = Bench(dtype)
    x = bench.input(np.array([1.0, tiny, -tiny, tiny / 4] * 5000))
    (half,) = bench.run(x * 0.5, workers=threads)
    np.testing.assert_array_equal(half, [0.5, 0.0, 0.0, 0.0] * 5000)
    assert float(np.asarray(tiny, dtype) * np.asarray(0.5, dtype)) > 0.0  # this thread is as it was
    assert math.ldexp(1.0, -1070) > 0.0
