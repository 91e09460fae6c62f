"""Tapes run at once: each job on a thread of its own, whether the helpers are awake or asleep."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from netstudio.engine.emit import Instruction
from netstudio.engine.kernels import loop, state
from netstudio.engine.parameters import aligned_zeros
from netstudio.engine.state import State
from netstudio.engine.tape import Tape, address
from netstudio.engine.threads import run_at_once


class Counting:
    """A tape whose steps each add 1 to a sum; `parts` of them, with states of their own, may share their steps."""

    def __init__(self, parts: int) -> None:
        self.one, self.factor = aligned_zeros(1, np.float64), np.ones(1)
        self.one[0] = 1.0
        self.states = [State(0, 1) for _ in range(parts)]
        self.tapes = [self._tape(s) for s in self.states]
        self.counter = np.zeros(1, np.int64)
        self.jobs = [tape.sharing(self.counter) for tape in self.tapes]

    def _tape(self, own: State) -> Tape:
        arguments = [address(self.one), 1, address(own.sums), address(self.factor)]
        return Tape([Instruction(state.accumulate, arguments, False)], np.dtype(np.float64), own, 1, self)

    def run(self, steps: int) -> list[float]:
        """How many of the steps each part did."""
        self.counter[0] = 0
        for job, own in zip(self.jobs, self.states, strict=True):
            job[loop.STEPS] = steps
            own.sums[0] = 0.0
        run_at_once([address(job) for job in self.jobs])
        return [own.sums[0] for own in self.states]


@pytest.mark.parametrize("parts", [1, 2, 5])
@pytest.mark.parametrize("steps", [0, 1, 3, 100_000])
def test_each_step_is_made_once(parts: int, steps: int) -> None:
    assert sum(Counting(parts).run(steps)) == steps


def test_helpers_that_fell_asleep_are_woken() -> None:
    counting = Counting(3)
    for pause in (0.0, 0.05, 0.0, 0.001, 0.002, 0.003, 0.05):
        time.sleep(pause)
        assert sum(counting.run(1000)) == 1000


def test_helpers_take_part() -> None:
    """They may come too late for a short run; not for one of a second."""
    counting, shares = Counting(2), [0.0]
    for steps in (10_000, 1_000_000, 50_000_000):
        shares = counting.run(steps)
        if min(shares) > 0:
            return
    pytest.fail(f"one thread did all: {shares}")


def test_a_job_may_be_followed_by_another() -> None:
    counting = Counting(2)
    first = counting.tapes[0].single()
    first[loop.NEXT] = address(counting.jobs[0])
    counting.jobs[0][loop.STEPS] = 10
    run_at_once([address(first)])
    assert counting.states[0].sums[0] == 11


def test_callers_on_many_threads_do_not_mix() -> None:
    found: list[float] = []

    def call() -> None:
        counting = Counting(3)
        found.extend(sum(counting.run(5000)) for _ in range(20))

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert found == [5000.0] * 80


SCRIPT = """
import os, sys
from tests.engine.test_threads import Counting
counting = Counting(3)
assert sum(counting.run(1000)) == 1000
child = os.fork() if hasattr(os, "fork") else 0
if child:
    assert os.waitpid(child, 0)[1] == 0, "the child failed"
assert sum(counting.run(1000)) == 1000
"""


def test_a_forked_process_has_helpers_of_its_own_and_both_end_with_helpers_awake() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
