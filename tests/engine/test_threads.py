"""Calls made at once."""

import threading

import pytest

from netstudio.engine.threads import at_once


def test_each_call_is_made_on_a_thread_of_its_own() -> None:
    together = threading.Barrier(3, timeout=10)
    found: list[int] = []

    def call() -> None:
        together.wait()  # passes only if all three run at once
        found.append(threading.get_ident())

    at_once([call] * 3)
    assert len(set(found)) == 3
    assert threading.get_ident() in found


def test_one_call_needs_no_thread() -> None:
    found: list[int] = []
    at_once([lambda: found.append(threading.get_ident())])
    assert found == [threading.get_ident()]


def test_a_failure_waits_for_the_others() -> None:
    started, done = threading.Event(), threading.Event()

    def fail() -> None:
        assert started.wait(10)
        raise ValueError("no")

    def late() -> None:
        started.set()
        threading.Event().wait(0.05)
        done.set()

    with pytest.raises(ValueError, match="no"):
        at_once([fail, late])
    assert done.is_set()
