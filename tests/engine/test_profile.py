"""The profile: every item of a step, what it is for, and a time that fits."""

from __future__ import annotations

import time

import numpy as np
import pytest

from netstudio.engine.profile import profile
from netstudio.engine.program import Program
from tests.engine.helpers import Bench


def product(n: int) -> Program:
    bench = Bench("float32")
    x, w = (bench.input(np.ones((n, n))) for _ in range(2))
    program = bench.program(bench.builder.sum(bench.builder.exp(x @ w)))
    program.state.begin(np.zeros(1, np.int64), 1, 1, np.zeros((1, 0)))
    return program


def test_each_item_has_its_row() -> None:
    first, second = profile(product(64), 0.01)
    assert (first.node, first.kernel, first.what) == (None, "gemm", "matmul (64, 64)")
    assert (second.kernel, second.what) == ("elementwise", "exp sum (64, 64)")
    assert first.gflops * first.microseconds * 1e3 == pytest.approx(2 * 64**3)
    assert second.gflops == 0
    assert (first.bytes, second.bytes) == (3 * 4 * 64 * 64, 4 * (64 * 64 + 1))


def test_times_add_up_to_those_of_a_step() -> None:
    program = product(192)
    alone = sum(row.microseconds for row in profile(program, 0.05))
    together = []
    for _ in range(20):
        start = time.perf_counter()
        program.tape.run(20)
        together.append((time.perf_counter() - start) / 20 * 1e6)
    assert alone < 5 * min(together)
    assert min(together) < 5 * alone


def test_a_larger_product_takes_longer() -> None:
    assert profile(product(256), 0.02)[0].microseconds > 4 * profile(product(64), 0.02)[0].microseconds
