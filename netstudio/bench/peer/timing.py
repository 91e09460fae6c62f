"""How a step is timed, here and in the other frameworks alike: this file runs in their interpreters too."""

from __future__ import annotations

import time
from collections.abc import Callable

RUN_SECONDS = 0.01  # of about this length are the runs: long for the clock, short for whoever else wants the core


def best_step(run: Callable[[int], float | None], seconds: float) -> float:
    """Seconds a step: the best of the runs that fit in `seconds`, and of three at least.

    `run(count)` does `count` steps and may return the seconds they took, where it did something else besides.
    """
    run(1)
    one = _timed(run, 1)
    count = max(1, round(RUN_SECONDS / max(one, 1e-7)))
    best, runs, end = one, 0, time.perf_counter() + seconds
    while runs < 3 or time.perf_counter() < end:
        best = min(best, _timed(run, count) / count)
        runs += 1
    return best


def _timed(run: Callable[[int], float | None], count: int) -> float:
    began = time.perf_counter()
    took = run(count)
    return time.perf_counter() - began if took is None else took
