"""Runs of items that several workers go through band by band."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings

from netstudio.bench.measure import Runner, data
from netstudio.bench.workloads import workload
from netstudio.engine import autodiff, bands, layout
from netstudio.engine.ir import Value
from netstudio.engine.ops.gelu import GELU
from netstudio.engine.program import Program
from netstudio.engine.schedule import schedule, together
from tests.engine.dags import programs
from tests.engine.helpers import Bench, outputs


@pytest.fixture(autouse=True, scope="module")
def _however_little_there_is_to_do() -> Any:
    with mock.patch.object(bands, "LEAST_NS", -1):
        yield


def gathered(*roots: Value, apart: Collection[Value] = (), workers: int = 2) -> list[list[str]]:
    """The names of what each run of items makes, and of what every other item makes."""
    items = bands.gather(schedule(roots), apart, workers, 8)
    return [[v.op.name for item in run for v in item.made] for run in together(items)]


def banded(bench: Bench, roots: Sequence[Value], workers: int) -> Program:
    """A program of two bands or three wherever there can be any."""
    cut = lambda roots: bands.gather(schedule(roots), (), 1, 8)  # noqa: E731
    with mock.patch.object(layout, "schedule", cut):
        return bench.program(*roots, workers=workers)


def inputs(*shapes: Sequence[int]) -> tuple[Bench, list[Value]]:
    bench, rng = Bench(), np.random.default_rng(3)
    return bench, [bench.input(rng.normal(size=shape)) for shape in shapes]


def layers() -> tuple[Bench, Value, Value, Value]:
    """Two products with a GELU between them, and the sum over the rows of what comes between."""
    bench, (x, w, v) = inputs((12, 5), (5, 7), (7, 3))
    hidden = bench.builder.make(GELU, x @ w)
    return bench, hidden, bench.builder.sum(hidden, 0), hidden @ v


def test_what_treats_rows_by_themselves_is_a_run() -> None:
    _, _, total, y = layers()
    assert gathered(y) == [["matmul", "gelu", "matmul"]]
    assert gathered(total, y) == [["matmul", "gelu", "matmul"], ["sum"]]


def test_what_reads_what_is_skipped_ends_a_run() -> None:
    _, hidden, total, _ = layers()
    assert gathered(hidden - total) == [["matmul", "gelu"], ["sum"], ["sub"]]


def test_what_must_see_all_rows_is_in_no_run() -> None:
    bench, (x, w) = inputs((12, 12), (12, 12))
    b = bench.builder
    assert gathered(b.make(GELU, x @ (x @ w))) == [["matmul"], ["matmul", "gelu"]]
    assert gathered(b.make(GELU, b.matmul(x, w, True, False))) == [["matmul"], ["gelu"]]
    assert gathered(b.make(GELU, b.einsum("ab,ac->bc", x, w))) == [["einsum"], ["gelu"]]
    assert gathered(b.make(GELU, b.einsum("ab,bc->ac", x, w))) == [["einsum", "gelu"]]


def test_rows_that_cannot_be_shared_evenly_are_in_no_run() -> None:
    bench, (x, w) = inputs((11, 5), (5, 7))
    assert gathered(bench.builder.make(GELU, x @ w)) == [["matmul"], ["gelu"]]


def test_what_is_apart_is_in_no_run() -> None:
    _, hidden, _, y = layers()
    assert gathered(y, apart=[hidden]) == [["matmul"], ["gelu"], ["matmul"]]


def test_long_sums_are_in_no_run() -> None:
    """A product of few rows would take them in parts, and so in another order."""
    bench, (x, w) = inputs((12, 4000), (4000, 2))
    assert gathered(bench.builder.make(GELU, x @ w)) == [["matmul"], ["gelu"]]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_results_are_the_same(workers: int) -> None:
    bench, hidden, total, y = layers()
    cut = banded(bench, (y, hidden, total), workers)
    assert len(cut.tape._tape) < len(cut.layout.items)
    for found, expected in zip(outputs(cut), bench.run(y, hidden, total), strict=True):
        np.testing.assert_array_equal(found, expected)


@settings(max_examples=40, deadline=None)
@given(programs())
def test_bands_change_no_result(made: tuple[Bench, list[Value]]) -> None:
    bench, roots = made
    b = bench.builder
    found = autodiff.gradients(b, b.sum(b.tanh(roots[-1])), list(bench.inputs))
    roots += [g for g in found if g is not None]
    for x, y in zip(outputs(banded(bench, roots, 2)), bench.run(*roots), strict=True):
        np.testing.assert_array_equal(x, y)


def test_training_does_not_depend_on_the_number_of_threads() -> None:
    graph = workload("attention")
    x, y = data(graph)
    runners = [Runner(graph, threads, x, y) for threads in (1, 2, 4)]
    for runner in runners:
        runner.run(3)
    alone, *shared = (runner.model.executor.parameters.flat for runner in runners)
    assert [sum(i.run is not None for i in r.program.layout.items) > 20 for r in runners] == [False, True, True]
    for other in shared:
        np.testing.assert_array_equal(alone, other)


def test_the_first_number_that_is_none_is_found_item_by_item() -> None:
    graph = workload("attention")
    runner = Runner(graph, 2, *data(graph))
    runner.begin(1)
    assert runner.program.first_non_finite() is None
