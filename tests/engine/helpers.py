"""Small programs of plain operations, without a document around them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from netstudio.engine import autodiff
from netstudio.engine.ir import Builder, Value
from netstudio.engine.kernels import state as places
from netstudio.engine.layout import Recipe, lay_out
from netstudio.engine.ops import sources
from netstudio.engine.parameters import aligned_zeros
from netstudio.engine.program import Program
from netstudio.engine.state import State

Array = np.ndarray[Any, Any]


def stop_while_it_runs(program: Program, steps: int) -> None:
    """Begin so many steps on a thread and stop them: they end within one, and tell how many there were."""
    state = program.state
    thread = threading.Thread(target=program.tape.run, args=(steps,))
    thread.start()
    while state[places.STEP] < 10:
        time.sleep(0.0001)
    state[places.STOP] = 1
    done = state[places.STEP]
    thread.join(10.0)
    assert not thread.is_alive()
    assert 10 <= done <= state[places.STEP] <= done + 1 < steps
    assert state[places.STEP] == np.count_nonzero(state.losses)


class Bench:
    """A builder whose inputs are arrays that may be changed between runs."""

    def __init__(self, dtype: str = "float64") -> None:
        self.builder = Builder()
        self.dtype = np.dtype(dtype)
        self.inputs: dict[Value, Array] = {}
        self.pinned: dict[Any, int] = {}

    def input(self, given: Any) -> Value:
        """A value that stands for a copy of the array, `inputs[value]`."""
        given = np.asarray(given)
        array = aligned_zeros(given.size, self.dtype).reshape(given.shape)
        array[...] = given
        place = ("weight", f"n{len(self.pinned)}/x")
        self.pinned[place] = int(array.ctypes.data)
        value = self.builder.make(sources.PINNED, place=place, shape=given.shape)
        self.inputs[value] = array
        return value

    def program(self, *values: Value, workers: int = 1) -> Program:
        shown = {str(i): v for i, v in enumerate(values)}
        return Program(lay_out(Recipe(self.builder, self.pinned, shown=shown), self.dtype, workers), State(0, 0))

    def run(self, *values: Value, workers: int = 1) -> list[Array]:
        """What the values are, computed by a program made for them."""
        return outputs(self.program(*values, workers=workers))


def outputs(program: Program) -> list[Array]:
    """One run of the program, in memory full of NaN, and copies of what it shows."""
    program.spoil()
    program.state.begin(np.zeros(1, np.int64), 1, 1, np.zeros((1, 0)))
    program.tape.run()
    return [program.shown(name).copy() for name in program.layout.recipe.shown]


def check_gradients(
    build: Callable[..., Value],
    *arrays: Any,
    fixed: Sequence[Any] = (),
    eps: float = 1e-6,
    atol: float = 1e-8,
    rtol: float = 1e-6,
) -> None:
    """Compare the gradients of a random projection of `build(builder, *inputs)` with central differences.

    `fixed` arrays follow as inputs that are not differentiated. AssertionError with place and both values otherwise.
    """
    bench = Bench()
    b = bench.builder
    xs = [bench.input(a) for a in arrays]
    y = build(b, *xs, *(bench.input(f) for f in fixed))
    projection = np.random.default_rng(7).normal(size=y.shape)
    loss = b.sum(y * b.constant(projection)) if y.shape else y * float(projection)
    found = autodiff.gradients(b, loss, xs)
    assert all(g is not None for g in found), "the loss does not depend on an input"
    forward, backward = bench.program(loss), bench.program(*(g for g in found if g is not None))
    for number, (x, analytic) in enumerate(zip(xs, outputs(backward), strict=True)):
        assert analytic.shape == x.shape
        for place in np.ndindex(x.shape):
            numeric = _difference(forward, bench.inputs[x], place, eps)
            a = float(analytic[place])
            fits = abs(a - numeric) <= atol + rtol * max(abs(a), abs(numeric))
            assert fits, f"input {number} at {place}: {a} by autodiff, {numeric} by central difference"


def _difference(forward: Program, array: Array, place: tuple[int, ...], eps: float) -> float:
    before = array[place]
    array[place] = before + eps
    above = float(outputs(forward)[0])
    array[place] = before - eps
    below = float(outputs(forward)[0])
    array[place] = before
    return (above - below) / (2.0 * eps)
