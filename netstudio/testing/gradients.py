"""Gradients against central differences, in float64."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.engine import autodiff
from netstudio.engine.executor import Executor
from netstudio.engine.ir import Value
from netstudio.engine.kernels import state as places
from netstudio.engine.layout import Recipe, lay_out
from netstudio.engine.lower import lower
from netstudio.engine.ops import step
from netstudio.engine.program import Program
from netstudio.engine.state import State
from netstudio.errors import GradientError
from netstudio.graph.document import Graph
from netstudio.graph.facts import Analysis
from netstudio.training.model import checked, settings_of

Array = NDArray[Any]


def gradcheck(
    graph: Graph,
    *,
    batch: int = 3,
    seed: int = 0,
    eps: float = 1e-6,
    atol: float = 1e-8,
    rtol: float = 1e-6,
    inputs: Mapping[str, Any] | None = None,
) -> None:
    """Compare every gradient of the total loss with its central difference, in float64 and in training mode.

    Every element of every trained weight and of every float Input and Target is moved by `eps` both ways. `inputs`
    gives data by node id, (batch, *shape), in place of random numbers.

    Raises GradientError with the place and both values where |a - n| > atol + rtol * max(|a|, |n|).
    """
    with np.errstate(all="ignore"):
        bench = _Bench(checked(graph), graph, batch, seed, dict(inputs or {}))
        analytic = bench.gradients()
        for name, found in analytic.items():
            _compare(bench, name, found, eps, atol, rtol)


def _compare(bench: _Bench, name: str, analytic: Array, eps: float, atol: float, rtol: float) -> None:
    target = bench.variables[name]
    for place in np.ndindex(target.shape):
        before = target[place]
        target[place] = before + eps
        above = bench.loss()
        target[place] = before - eps
        below = bench.loss()
        target[place] = before
        numeric = (above - below) / (2.0 * eps)
        a = float(analytic[place])
        if not abs(a - numeric) <= atol + rtol * max(abs(a), abs(numeric)):
            raise GradientError(
                f"the gradient of {name}{list(place)} is {a:.12g}; its central difference is {numeric:.12g}"
            )


class _Bench:
    """A graph's loss and gradients as functions of arrays that can be changed in place."""

    def __init__(self, analysis: Analysis, graph: Graph, batch: int, seed: int, given: dict[str, Any]) -> None:
        rng = np.random.default_rng(seed)
        self.executor = Executor(analysis, settings_of(graph).optimizer, [], "float64", threads=1)
        parameters = self.executor.parameters
        parameters.initialize(seed)
        parameters.flat[:] += 0.1 * rng.standard_normal(parameters.size)  # no bias or gain is left at 0 or 1
        self.feeds = {i: _data(analysis, i, batch, rng, given) for i in self.executor.feeds}
        self.variables: dict[str, Array] = {p.name: parameters.view(p) for p in parameters.trained}
        lowered = lower(analysis, batch, training=True)
        loads = {v.attrs["feed"]: v for v in autodiff.ancestors([lowered.total]) if v.op is step.LOAD}
        for number, node in enumerate(self.executor.feeds):
            outputs = analysis.nodes[node].outputs
            if number in loads and outputs is not None and outputs[0].dtype == "float":
                self.variables[node] = self.feeds[node]
        wrt = [lowered.weights[n] if "/" in n else loads[self.executor.feeds.index(n)] for n in self.variables]
        found = autodiff.gradients(lowered.builder, lowered.total, wrt)
        self._zero = [n for n, g in zip(self.variables, found, strict=True) if g is None]
        shown = {n: g for n, g in zip(self.variables, found, strict=True) if g is not None}
        self.state = State(len(self.executor.feeds), 0, seed)
        self.state.feed(list(self.feeds.values()))
        self._forward = self._program(lowered.builder, {}, lowered.total)
        self._backward = self._program(lowered.builder, shown, lowered.total)
        self._batch = batch

    def _program(self, builder: Any, shown: dict[str, Value], loss: Value) -> Program:
        recipe = Recipe(builder, self.executor.pinned(), shown=shown, loss=loss)
        return Program(lay_out(recipe, self.executor.dtype, 1), self.state)

    def _run(self, program: Program) -> float:
        program.spoil()
        self.state.begin(np.arange(self._batch), self._batch, 1, np.zeros((1, 0)))
        self.state[places.GLOBAL_STEP] = 0
        program.tape.run()
        return float(self.state.losses[0])

    def loss(self) -> float:
        return self._run(self._forward)

    def gradients(self) -> dict[str, Array]:
        self._run(self._backward)
        return {
            n: np.zeros_like(v) if n in self._zero else self._backward.shown(n).copy()
            for n, v in self.variables.items()
        }


def _data(analysis: Analysis, node: str, batch: int, rng: np.random.Generator, given: Mapping[str, Any]) -> Array:
    outputs = analysis.nodes[node].outputs
    assert outputs is not None
    shape = (batch, *outputs[0].shape)
    if node in given:
        return np.array(np.broadcast_to(given[node], shape), np.float64, order="C")  # a copy: its values are moved
    if outputs[0].dtype == "float":
        return rng.standard_normal(shape)
    return rng.integers(0, _classes(analysis, node), shape).astype(np.float64)


def _classes(analysis: Analysis, node: str) -> int:
    """How many classes the losses that a Target feeds tell apart."""
    sizes = [2]
    for wire in analysis.graph.wires_from(node, "out"):
        for pred in analysis.graph.wires_into(wire.target.node, "pred"):
            spec = analysis.spec(pred.source)
            sizes += [spec.shape[-1]] if spec is not None and spec.shape else []
    return sizes[-1]
