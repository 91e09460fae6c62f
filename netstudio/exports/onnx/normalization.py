"""What makes numbers comparable along an axis: softmax and its kin, layer and batch normalisation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netstudio.exports.onnx.tensors import Const, Ref, number, whole
from netstudio.exports.onnx.values import FLOAT, Values
from netstudio.exports.program import Step

SOFTMAX = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}


def softmax(v: Values, s: Step) -> None:
    """Along the last axis; or its logarithm."""
    v.put(s, v.add(SOFTMAX[s.op], v.get(s.inputs[0]), axis=-1))


def layer_norm(v: Values, s: Step) -> None:
    """Along the last axis."""
    inputs = [v.get(n) for n in s.inputs]
    v.put(s, v.add("LayerNormalization", *inputs, axis=-1, epsilon=float(s.attrs["epsilon"])))


def sparsemax(v: Values, s: Step) -> None:
    """max(x - t, 0), t from the k largest of a row: the most for which 1 + k · x_k > their sum.

    Martins and Astudillo, "From Softmax to Sparsemax", 2016, algorithm 1.
    """
    x, columns = v.get(s.inputs[0]), int(s.shape[-1])  # type: ignore[arg-type]
    largest = v.add("TopK", x, whole([columns]), axis=-1)
    sums = v.add("CumSum", largest, Const(np.asarray(-1, np.int64)))
    ranks = Const(np.arange(1, columns + 1, dtype=np.float32))
    counts = v.add("Less", sums, v.add("Add", v.add("Mul", largest, ranks), number(1.0)))
    kept = v.add("Cast", counts, to=FLOAT)
    total = v.add("ReduceSum", v.add("Mul", largest, kept), whole([-1]), keepdims=1)
    threshold = v.add("Div", v.add("Sub", total, number(1.0)), v.add("ReduceSum", kept, whole([-1]), keepdims=1))
    v.put(s, v.add("Relu", v.add("Sub", x, threshold)))


class _Batch(NamedTuple):
    """(x - mean) · gamma / sqrt(variance + epsilon), with the weights along the last axis."""

    x: int
    gamma: Const | None
    mean: Const
    variance: Const
    epsilon: float


def batch_norm(v: Values, s: Step) -> bool:
    """The step as BatchNormalization, where it is the last of one over the last axis; whether it is.

    Only where channels come first already: elsewhere three elementwise operations are cheaper than two transpositions.
    """
    found, beta = _scaled(v, s), None
    if found is None and s.op == "add" and (beta := v.known(s.inputs[1])) is not None:
        scaled = v.program[s.inputs[0]]
        found = _scaled(v, scaled) if v.uses[scaled.number] == 1 else None
    if found is None or not (v.lies_first(found.x) or len(s.shape) == 2):
        return False
    channels = found.mean.array.shape
    gamma: Ref = found.gamma or Const(np.ones(channels, np.float32))
    offset: Ref = Const(np.zeros(channels, np.float32)) if beta is None else beta
    if beta is not None and beta.array.shape != channels:
        return False
    made = v.add(
        "BatchNormalization", v.get(found.x, True), gamma, offset, found.mean, found.variance, epsilon=found.epsilon
    )
    v.put(s, made, True)
    return True


def _scaled(v: Values, s: Step) -> _Batch | None:
    """What `s` is made of, where it is the product of centred numbers and a factor that only weights determine."""
    if s.op != "mul" or v.program[s.inputs[0]].op != "sub":
        return None
    centred, factor = (v.program[n] for n in s.inputs)
    (x, mean), gamma = centred.inputs, None
    if factor.op == "mul":
        factor, gamma = v.program[factor.inputs[0]], v.known(factor.inputs[1])
        if gamma is None or gamma.array.shape != v.program[x].shape[-1:]:
            return None
    if factor.op != "rsqrt" or v.program[factor.inputs[0]].op != "add":
        return None
    variance, epsilon = (v.known(n) for n in v.program[factor.inputs[0]].inputs)
    means = v.known(mean)
    if means is None or variance is None or epsilon is None or epsilon.array.size != 1:
        return None
    fits = means.array.shape == variance.array.shape == v.program[x].shape[-1:]
    return _Batch(x, gamma, means, variance, float(epsilon.array)) if fits and v.known(x) is None else None
