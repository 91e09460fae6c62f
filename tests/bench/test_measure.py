"""What is counted and measured; how long it takes is nobody's promise."""

import numpy as np
import pytest

from netstudio.bench.measure import BATCHES, Figures, Runner, data, start
from netstudio.bench.peer.timing import best_step
from netstudio.bench.workloads import workload
from netstudio.engine.profile import profile


@pytest.fixture(scope="module")
def tabular() -> Runner:
    return start(workload("mlp_tabular"), 1)[0]


def test_a_steps_work_is_three_products_a_layer_but_two_in_the_first(tabular: Runner) -> None:
    first, others = 10 * 64, 64 * 32 + 32 * 1
    assert tabular.flops == 2 * 32 * (2 * first + 3 * others)


def test_a_steps_work_with_convolutions() -> None:
    first, second, dense = 26 * 26 * 32 * 9 * 1, 11 * 11 * 64 * 9 * 32, 5 * 5 * 64 * 10
    runner, _ = start(workload("cnn"), 1)
    assert runner.flops == 2 * 32 * (2 * first + 3 * (second + dense))


def test_a_steps_work_with_recurrence() -> None:
    inputs, recurrent, dense = 28 * 28 * 512, 27 * 128 * 512, 128 * 10
    runner, _ = start(workload("lstm"), 1)
    assert runner.flops == 2 * 64 * (2 * inputs + 3 * (recurrent + dense))


def test_a_steps_work_with_attention() -> None:
    projections, mixing, rest = 4 * 28 * 64 * 64, 2 * 28 * 28 * 64, 2 * 28 * 64 * 256 + 64 * 10
    runner, _ = start(workload("attention"), 1)
    assert runner.flops == 2 * 64 * (2 * 28 * 28 * 64 + 3 * (projections + mixing + rest))


def test_memory_holds_weights_gradients_and_slots_at_least(tabular: Runner) -> None:
    weights = 10 * 64 + 64 + 64 * 32 + 32 + 32 + 1
    activations = 32 * (64 + 32)
    assert tabular.memory_bytes >= 4 * (4 * weights + activations)
    assert tabular.memory_bytes < 1 << 20


def test_running_trains(tabular: Runner) -> None:
    before = tabular.model.weights
    assert tabular.run(3) > 0.0
    assert all(np.any(after != before[name]) for name, after in tabular.model.weights.items())
    assert tabular.model.executor.figures("train")["loss"] > 0.0


def test_data_suits_the_graph() -> None:
    x, y = data(workload("mlp_mnist"))
    assert x.shape == (BATCHES * 32, 784)
    assert y.shape == (BATCHES * 32,)
    assert set(y) == set(range(10))


def test_figures_follow_from_each_other() -> None:
    told = Figures(seconds=0.002, batch=32, flops=10**9, memory_bytes=5, first_step=0.25).to_json(peak=1000.0)
    assert told == {
        "us_per_step": pytest.approx(2000.0),
        "samples_per_s": pytest.approx(16000.0),
        "gflops": pytest.approx(500.0),
        "share_of_peak": pytest.approx(0.5),
        "memory_bytes": 5,
        "first_step_s": 0.25,
    }


def test_the_best_of_the_runs_counts() -> None:
    told = iter([5.0, 5.0, 9.0, 3.0, 7.0])
    asked: list[int] = []

    def run(count: int) -> float:
        asked.append(count)
        return next(told)

    assert best_step(run, 0.0) == 3.0
    assert asked == [1] * 5


def test_short_steps_are_timed_in_long_runs() -> None:
    asked: list[int] = []

    def run(count: int) -> float:
        asked.append(count)
        return 1e-3 * count

    assert best_step(run, 0.0) == pytest.approx(1e-3)
    assert asked == [1, 1, 10, 10, 10]


def test_a_profile_tells_every_item_of_a_step(tabular: Runner) -> None:
    tabular.begin(1)
    rows = profile(tabular.program, 0.01)
    products = [row for row in rows if row.what.startswith("matmul")]
    assert len(products) == 3 + 3 + 2
    assert {row.node for row in products} == {"dense0", "dense1", "dense2"}
    assert all(row.microseconds > 0.0 for row in rows)
    assert sum(row.gflops * row.microseconds * 1e3 for row in rows) == pytest.approx(tabular.flops)
    first = products[0]
    assert first.kernel == "gemm"
    assert first.bytes == 4 * (32 * 10 + 10 * 64 + 64 + 32 * 64)


def test_a_profile_counts_instructions_like_the_tape(tabular: Runner) -> None:
    tabular.begin(1)
    rows = profile(tabular.program, 0.0)
    calls = [name.partition("× ") for row in rows for name in row.kernel.split(" + ")]
    assert sum(int(count) if many else 1 for count, many, _ in calls) == tabular.program.tape.count
