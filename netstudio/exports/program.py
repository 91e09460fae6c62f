"""A trained graph as a list of operations for batches of any size: what every export is written from.

The engine builds its operations for one size of batch. Here the graph is built for two, side by side: where a number
differs between the two, it counts samples, and is given as a `Samples`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.catalogue import CATALOGUE
from netstudio.engine.ir import Value
from netstudio.engine.kernels.recurrent_calls import KINDS
from netstudio.engine.lower import Lowered, lower, predicted
from netstudio.engine.ops import recurrent, sources, step
from netstudio.errors import ExportError
from netstudio.files.models import ModelFile
from netstudio.graph import Graph, analyse
from netstudio.graph.effective import effective
from netstudio.graph.facts import Analysis
from netstudio.graph.tensor import TensorSpec

# Sizes that stand nowhere else in a graph's shapes by chance: nothing is computed, so they may be large.
BATCHES = 1009, 2003


@dataclass(frozen=True)
class Samples:
    """A number that grows with the batch: `each` a sample and `more` at all."""

    each: int
    more: int = 0

    def of(self, batch: int) -> int:
        """The number for a batch of that many samples."""
        return self.each * batch + self.more


Dim = int | Samples
Dims = tuple[Dim, ...]
BATCH = Samples(1)


@dataclass(frozen=True)
class Step:
    """One operation: `op` is its name in the engine, `shape` its output's, `node` the document's node it belongs to.

    `number` names what it computes; `inputs` are the numbers of steps before it. An input of the graph is an op "load"
    with attrs["id"], a weight an op "weight" with attrs["name"], a fixed tensor an op "array" with attrs["array"], a
    number an op "constant" with attrs["value"]. A recurrent layer is an op "recurrence_hidden" of x (steps, batch,
    features), the kernels and perhaps a bias, as `engine/ops/recurrent.py` has them, with attrs["kind"] and
    attrs["every"].
    """

    number: int
    op: str
    inputs: tuple[int, ...]
    attrs: Mapping[str, Any]
    shape: Dims
    node: str | None


@dataclass(frozen=True)
class Program:
    """The steps, in order, of inference; `inputs` by Input node; `outputs` the steps of what the model predicts.

    The inputs are those that are read; where none is, all, since they tell how many samples there are. `weights` holds
    the arrays of those that are read, float32, by "node/weight".
    """

    steps: tuple[Step, ...]
    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, int]
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @functools.cached_property
    def by_number(self) -> Mapping[int, Step]:
        """The steps by what names them."""
        return {s.number: s for s in self.steps}

    def __getitem__(self, number: int) -> Step:
        return self.by_number[number]


def program(model: ModelFile, apart: bool = False) -> Program:
    """The operations by which the model predicts. ExportError where they depend on how many samples come at once.

    With `apart` nothing is simplified across nodes, and a step "leave" stands for each tensor that leaves one: of the
    node attrs["of"] by attrs["port"], or, with attrs["mask"], that tensor's mask.
    """
    analysis = analysed(model.graph)
    graph = analysis.graph
    one, two = (lower(analysis, batch, training=False, apart=apart) for batch in BATCHES)
    ends = predicted(analysis)
    pairs = _pairs([(one.outputs[end], two.outputs[end]) for end in ends.values()])
    steps = tuple(_step(a, b, one) for a, b in pairs)
    read = {s.attrs["name"] for s in steps if s.op == "weight"}
    used = {s.attrs["id"] for s in steps if s.op == "load"} or {i for i in one.feeds if graph.nodes[i].type == "Input"}
    return Program(
        steps,
        {id: spec for id in one.feeds if id in used and (spec := _spec(analysis, id)) is not None},
        {name: one.outputs[end].number for name, end in ends.items()},
        {name: np.asarray(array, np.float32) for name, array in model.weights.items() if name in read},
    )


def analysed(graph: Graph) -> Analysis:
    """What is known of all of the graph that computes."""
    return analyse(effective(graph, CATALOGUE), CATALOGUE)


def _spec(analysis: Analysis, id: str) -> TensorSpec | None:
    outputs = analysis.nodes[id].outputs
    return None if outputs is None else outputs[0]


def _pairs(ends: Sequence[tuple[Value, Value]]) -> list[tuple[Value, Value]]:
    """What the ends are computed from, in both buildings, in the order in which it was made."""
    found: dict[int, tuple[Value, Value]] = {}
    todo = list(ends)
    while todo:
        a, b = todo.pop()
        if a.number in found:
            continue
        if a.op is not b.op or len(a.inputs) != len(b.inputs):
            raise ExportError(f"{_at(a)}: what it computes depends on the number of samples; no export can say that")
        found[a.number] = a, b
        todo += zip(_inputs(a), _inputs(b), strict=True)
    return [found[number] for number in sorted(found)]


def _inputs(v: Value) -> tuple[Value, ...]:
    """What a value is computed from, less what is a matter of the engine's own kernels."""
    return v.inputs[1:] if v.op is recurrent.HIDDEN else v.inputs


def _step(a: Value, b: Value, lowered: Lowered) -> Step:
    shape = tuple(_number(a, p, q) for p, q in zip(a.shape, b.shape, strict=True))
    inputs = tuple(v.number for v in _inputs(a))
    if a.op is step.LOAD:
        return Step(a.number, "load", (), {"id": lowered.feeds[a.attrs["feed"]]}, shape, a.node)
    if a.op is sources.PINNED:
        return Step(a.number, "weight", (), {"name": a.attrs["place"][1]}, shape, a.node)
    if a.op is sources.ARRAY:
        if a.attrs["data"] != b.attrs["data"]:
            raise ExportError(f"{_at(a)}: a table depends on the number of samples; no export can say that")
        array = np.frombuffer(a.attrs["data"], np.float64).reshape(a.attrs["shape"])
        return Step(a.number, "array", (), {"array": array}, shape, a.node)
    if a.op is recurrent.HIDDEN:
        sizes = a.attrs["sizes"]
        kind = next(name for name, kind in KINDS.items() if kind == sizes.kind)
        return Step(a.number, a.op.name, inputs, {"kind": kind, "every": sizes.every}, shape, a.node)
    attrs = {name: _number(a, value, b.attrs[name]) for name, value in a.attrs.items()}
    return Step(a.number, a.op.name, inputs, attrs, shape, a.node)


def _number(at: Value, a: Any, b: Any) -> Any:
    """`a`, with a `Samples` for each whole number that the other building has another of."""
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(_number(at, p, q) for p, q in zip(a, b, strict=True))
    if a == b:
        return a
    if type(a) is int and type(b) is int:
        each, rest = divmod(b - a, BATCHES[1] - BATCHES[0])
        if rest == 0:
            return Samples(each, a - each * BATCHES[0])
    raise ExportError(f"{_at(at)}: {a!r} depends on the number of samples; no export can say that")


def _at(v: Value) -> str:
    return f"node {v.node}" if v.node else f"the operation {v.op.name}"
