"""Calls made at once, each on a thread of its own."""

from __future__ import annotations

import _thread
from collections.abc import Callable, Sequence


def at_once(calls: Sequence[Callable[[], object]]) -> None:
    """Make the calls, the first on this thread and each other on a new one; done when all are.

    `threading.Thread.start` would wait until the new thread runs, which takes as long as many a prediction.
    """
    done = [_thread.allocate_lock() for _ in calls[1:]]
    for call, lock in zip(calls[1:], done, strict=True):
        lock.acquire()
        _thread.start_new_thread(_make, (call, lock))
    try:
        calls[0]()
    finally:
        for lock in done:
            lock.acquire()


def _make(call: Callable[[], object], done: _thread.LockType) -> None:
    try:
        call()
    finally:
        done.release()
