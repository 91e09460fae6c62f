"""Sums, extremes and means over axes."""

from __future__ import annotations

import math

from netstudio.exports.onnx.tensors import whole
from netstudio.exports.onnx.values import Values, in_order
from netstudio.exports.program import Samples, Step

REDUCING = {"sum": "ReduceSum", "max": "ReduceMax", "min": "ReduceMin"}


def reduce(v: Values, s: Step) -> None:
    """Over axes, which keep the size 1."""
    first = v.goes_first(s)
    v.put(s, v.add(REDUCING[s.op], v.get(s.inputs[0], first), whole(_axes(v, s, first)), keepdims=1), first)


def mean(v: Values, s: Step) -> bool:
    """The product `s` as a mean, where it is that of a sum, perhaps reshaped, and one over the number of its terms."""
    for factor, source in (s.inputs, s.inputs[::-1]):
        total = v.behind_reshapes(source)
        share, count = v.known(factor), _terms(v, total)
        if not count or v.uses[total.number] != 1 or share is None or share.array.size != 1:
            continue
        if math.isclose(float(share.array.reshape(())) * count, 1.0, rel_tol=1e-6):
            _put_mean(v, s, total)
            return True
    return False


def _terms(v: Values, total: Step) -> int:
    """How many numbers each of a sum's is the sum of; 0 where it is no sum, or one over samples."""
    if total.op != "sum":
        return 0
    sizes = [v.program[total.inputs[0]].shape[a] for a in total.attrs["axes"]]
    return math.prod(0 if isinstance(n, Samples) else n for n in sizes)


def _put_mean(v: Values, s: Step, total: Step) -> None:
    first, rank = v.goes_first(total), len(total.shape)
    axes, x = _axes(v, total, first), v.get(total.inputs[0], first)
    if first and axes == list(range(2, rank)):
        made = v.add("GlobalAveragePool", x)
    else:
        made = v.add("ReduceMean", x, whole(axes), keepdims=1)
    if first and (total.shape[0], total.shape[-1]) != (s.shape[0], s.shape[-1]):
        made, first = v.transposed(made, (0, *range(2, rank), 1)), False
    v.put(s, v.reshaped(made, in_order(total.shape, first), in_order(s.shape, first)), first)


def _axes(v: Values, s: Step, first: bool) -> list[int]:
    return sorted(v.axis(a, len(s.shape), first) for a in s.attrs["axes"])
