"""Tapes run at once, on the calling thread and on helpers that stay awake for a moment between runs."""

from __future__ import annotations

import _thread
import atexit
import ctypes
import functools
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from netstudio.engine.kernels import cache, crew, loop

_loading = threading.Lock()
_native: dict[Callable[..., Any], Callable[[int], None]] = {}


def run_at_once(jobs: Sequence[int], function: Callable[[Any], None] = loop.run) -> None:
    """Call one of the loops of `kernels.loop` with each of the addresses, the first on this thread, others on helpers.

    Done when all are. A tape that takes steps from a counter may find, and need, no helper.
    """
    own, *others = jobs
    call: Any = native(function)
    if not others:
        call(own)
        return
    team = [_helper() for _ in others]
    places = [x for helper, job in zip(team, others, strict=True) for x in (helper.place, job)]
    plan = np.array([len(others), call.keep.address, own, *places], np.int64)
    place = plan.__array_interface__["data"][0]
    led = False
    try:
        native(crew.ready)(place)
        for helper in team:
            helper.wake()
        native(crew.lead)(place)
        led = True
    finally:
        if led:
            _idle.extend(team)
        else:  # interrupted: nobody knows who was woken
            for helper in team:
                helper.box[crew.WORD] = crew.IDLE


def native(function: Callable[..., Any]) -> Callable[[int], None]:
    """A function of one pointer to int64 from `kernels`, compiled. It holds no interpreter's lock while it runs."""
    return _native.get(function) or _loaded(function)


def _loaded(function: Callable[..., Any]) -> Callable[[int], None]:
    with _loading:  # once: a helper may run the code, which must not go
        if function not in _native:
            compiled = cache.compile_cfunc(function, loop.RUN, loop.OPTIONS)
            call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(compiled.address)
            call.keep = compiled  # type: ignore[attr-defined]
            _native[function] = call
        return _native[function]


@functools.cache
def give_way() -> int:
    """The address of the operating system's function that lets another thread run."""
    if sys.platform == "win32":
        function: Any = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


class _Helper:
    """A thread that does what is put into its box; see `kernels.crew`."""

    def __init__(self) -> None:
        raw = np.zeros(2 * crew.BOX, np.int64)
        first = -(raw.ctypes.data // raw.itemsize) % 8  # at a cache line
        self.box = raw[first : first + crew.BOX]
        self.place = int(self.box.ctypes.data)
        self.box[crew.GIVE_WAY] = give_way()
        self._call = _thread.allocate_lock()
        self._call.acquire()
        _thread.start_new_thread(self._live, (native(crew.serve),))

    def wake(self) -> None:
        """Call the helper where `ready` found it asleep."""
        if self.box[crew.FOUND] == crew.ASLEEP:
            self._call.release()

    def _live(self, serve: Callable[[int], None]) -> None:
        while True:
            serve(self.place)
            self._call.acquire()


_idle: list[_Helper] = []


def _helper() -> _Helper:
    """One that nobody uses."""
    try:
        return _idle.pop()
    except IndexError:
        return _Helper()


def _rest() -> None:
    """Send the helpers to sleep: machine code must not run when the process ends."""
    for helper in _idle:
        helper.box[crew.WORD] = crew.ASLEEP


atexit.register(_rest)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a child has none of its parent's threads
