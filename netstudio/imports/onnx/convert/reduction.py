"""Sums, means and extremes along axes."""

from __future__ import annotations

from dataclasses import replace

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.importing import Importing, converts
from netstudio.imports.onnx.reading import Op
from netstudio.imports.onnx.tensors import Tensor

KINDS = {"ReduceMean": "ReduceMean", "ReduceSum": "ReduceSum", "ReduceMax": "ReduceMax", "ReduceMin": "ReduceMin"}
GLOBAL = {"ReduceMean": "GlobalAveragePooling", "ReduceMax": "GlobalMaxPooling"}


@converts(*KINDS)
def reduce(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op).told_apart()
    axes = to.integers(op, "axes", 1)
    if axes is None and op.attributes.get("noop_with_empty_axes"):
        return x
    if axes is None:
        raise UnsupportedError("it takes in all samples of a batch; give it the axes of a sample")
    numbers = sorted({a % x.rank for a in axes})
    keep = bool(op.attributes.get("keepdims", 1))
    if any(0 in x.axes[n] for n in numbers):
        raise UnsupportedError("it goes over the samples of a batch, which only losses do here")
    for n in numbers:
        x, _, _ = to.builder.with_axis(x, n)
    places = sorted(place for n in numbers if (place := x.our_axis(x.axes[n])) is not None)
    if len(places) != len(numbers):
        raise UnsupportedError("its axes can't be told apart")
    at = _reduced(to, op, x, places)
    return _without(x, at, numbers, places, keep)


def _reduced(to: Importing, op: Op, x: Tensor, places: list[int]) -> Tensor:
    """A tensor that stands for the output alone."""
    rank = len(x.ours) - 2
    if op.type in GLOBAL and 1 <= rank <= 3 and places == list(range(1, rank + 1)):
        at, _ = to.layer(op, f"{GLOBAL[op.type]}{rank}D", x)
    else:
        at, _ = to.layer(op, KINDS[op.type], x, {"axis": places})
    return replace(x, at=at)


def _without(x: Tensor, made: Tensor, numbers: list[int], places: list[int], keep: bool) -> Tensor:
    gone = {a for place in places for a in x.ours[place]}
    left = [a for g in x.ours for a in g if a not in gone]
    renumber = {a: n for n, a in enumerate(left)}
    ours = tuple(tuple(renumber[a] for a in g) for n, g in enumerate(x.ours) if n not in places)
    kept = [g for n, g in enumerate(x.axes) if keep or n not in numbers]
    axes = tuple(tuple(renumber[a] for a in g if a in renumber) for g in kept)
    positive = x.positive
    return replace(made, sizes=tuple(x.sizes[a] for a in left), ours=ours, axes=axes, positive=positive)
