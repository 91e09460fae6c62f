"""Which function writes which of the engine's operations: the one list of what can be exported."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netstudio.errors import ExportError
from netstudio.exports.onnx import (
    activations,
    elementwise,
    movement,
    normalization,
    products,
    reductions,
    sequences,
    windows,
)
from netstudio.exports.onnx.tensors import Const, number
from netstudio.exports.onnx.values import Values
from netstudio.exports.program import Step

Write = Callable[[Values, Step], None]


def write(v: Values, s: Step) -> None:
    """Append the nodes of a step; ExportError where ONNX has none for it."""
    written = WRITE.get(s.op)
    if written is None:
        at = f"node {s.node}" if s.node else "the graph"
        raise ExportError(
            f"{at}: ONNX has no form for the operation {s.op!r} that it computes with; export to npz, or take the node "
            "out"
        )
    with v.at(s.node):
        written(v, s)


def _add(v: Values, s: Step) -> None:
    for product, bias in (s.inputs, s.inputs[::-1]):
        made = v.program[product]
        if products.biased(v, s, made, bias) or windows.biased(v, s, made, bias):
            return
    if not (normalization.batch_norm(v, s) or activations.activation(v, s)):
        elementwise.direct(v, s)


def _mul(v: Values, s: Step) -> None:
    if not (reductions.mean(v, s) or normalization.batch_norm(v, s) or activations.activation(v, s)):
        elementwise.direct(v, s)


def _or_activation(write: Write) -> Write:
    """As `write` does, unless an activation ends here."""

    def written(v: Values, s: Step) -> None:
        if not activations.activation(v, s):
            write(v, s)

    return written


def _weight(v: Values, s: Step) -> None:
    name = s.attrs["name"]
    v.put(s, Const(v.program.weights[name].astype(np.float32, copy=False), name))


WRITE: dict[str, Write] = {
    **dict.fromkeys(elementwise.SAME, elementwise.direct),
    **dict.fromkeys(elementwise.COMPOSED, elementwise.composed),
    **dict.fromkeys(elementwise.COMPARING, elementwise.comparison),
    **dict.fromkeys(reductions.REDUCING, reductions.reduce),
    **dict.fromkeys(normalization.SOFTMAX, normalization.softmax),
    "weight": _weight,
    "array": lambda v, s: v.put(s, Const(s.attrs["array"].astype(np.float32))),
    "constant": lambda v, s: v.put(s, number(s.attrs["value"])),
    "add": _add,
    "mul": _mul,
    "ne": elementwise.unequal,
    "div": _or_activation(elementwise.direct),
    "clip": _or_activation(elementwise.composed),
    "where": _or_activation(elementwise.where),
    "is_finite": elementwise.is_finite,
    "gelu": elementwise.gelu,
    "stop_gradient": elementwise.same,
    "copy": elementwise.repeat,
    "reshape": movement.reshape,
    "transpose": movement.transpose,
    "slice": movement.cut,
    "place": movement.place,
    "part": movement.part,
    "concatenate": movement.concatenate,
    "gather": movement.gather,
    "argmax": movement.argmax,
    "matmul": products.matmul,
    "einsum": products.einsum,
    "conv2d": windows.conv2d,
    "conv2d_transpose": windows.conv2d_transpose,
    "max_pool2d": windows.max_pool2d,
    "average_pool2d": windows.average_pool2d,
    "recurrence_hidden": sequences.recurrence_hidden,
    "layer_norm": normalization.layer_norm,
    "sparsemax": normalization.sparsemax,
}
