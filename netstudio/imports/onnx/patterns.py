"""Layers that exporters write as several operators, found and put back as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isclose, sqrt

import numpy as np

from netstudio.imports.onnx.reading import Array, Op

# How many inputs the operators have that patterns are made of; a damaged file may give them fewer.
INPUTS = dict.fromkeys(("Erf", "Sigmoid", "Tanh", "Softplus", "ReduceMean", "Sqrt", "Cast"), 1)
INPUTS |= dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow"), 2)


class Operators:
    """The operators of a graph as patterns look at them: who makes a tensor, and who alone reads it."""

    def __init__(self, ops: Sequence[Op], constants: Mapping[str, Array], outputs: Sequence[str]) -> None:
        ops = [op for op in ops if op.outputs and len(op.inputs) >= INPUTS.get(op.type, 0)]
        self.ops = ops
        self.constants = dict(constants)
        self.constants |= {
            op.outputs[0]: np.asarray(value)
            for op in ops
            if op.type == "Constant" and len(op.attributes) == 1
            for value in op.attributes.values()
            if isinstance(value, (np.ndarray, float, int))
        }
        self.makers = {name: op for op in ops for name in op.outputs if name}
        self.uses = Counter([*(name for op in ops for name in op.inputs), *outputs])
        self.readers = {name: op for op in ops for name in op.inputs}

    def number(self, name: str) -> float | None:
        """The constant of that name, where it is one number."""
        found = self.constants.get(name)
        return float(found.reshape(())) if found is not None and found.size == 1 and found.dtype != object else None

    def made_by(self, name: str, *types: str) -> Op | None:
        """The operator that makes a tensor, where it is of one of the types; casts are looked through."""
        op = self.makers.get(name)
        while op is not None and op.type == "Cast" and "Cast" not in types:
            op = self.makers.get(op.inputs[0])
        return op if op is not None and op.type in types else None

    def reader(self, op: Op, *types: str) -> Op | None:
        """The only operator that reads what `op` makes, where it is of one of the types."""
        found = self.readers.get(op.outputs[0]) if self.uses[op.outputs[0]] == 1 else None
        return found if found is not None and found.type in types else None

    def other(self, op: Op, name: str) -> str:
        """The input beside `name`."""
        return op.inputs[1] if op.inputs[0] == name else op.inputs[0]


def simplified(ops: Sequence[Op], constants: Mapping[str, Array], outputs: Sequence[str]) -> list[Op]:
    """The operators with every pattern replaced; those that nothing reads any more are left to be dropped."""
    graph = Operators(ops, constants, outputs)
    new = {op.outputs[0]: op for pattern in PATTERNS for op in pattern(graph)}
    return [new.get(op.outputs[0], op) if op.outputs else op for op in ops]


def _gelus(graph: Operators) -> list[Op]:
    """x · 0.5 · (1 + erf(x / √2)), its factors in any order."""
    found = []
    for erf in (op for op in graph.ops if op.type == "Erf"):
        inner = graph.made_by(erf.inputs[0], "Div", "Mul")
        plus = graph.reader(erf, "Add")
        first = graph.reader(plus, "Mul") if plus else None
        if inner is None or plus is None or first is None or graph.number(graph.other(plus, erf.outputs[0])) != 1.0:
            continue
        x, factor = inner.inputs[0], graph.number(inner.inputs[1])
        if inner.type == "Mul" and factor is None:
            x, factor = inner.inputs[1], graph.number(inner.inputs[0])
        if factor is None or not isclose(factor, sqrt(2.0) if inner.type == "Div" else sqrt(0.5), rel_tol=1e-4):
            continue
        end = _halved(graph, x, graph.other(first, plus.outputs[0]), first)
        if end is not None:
            found.append(replace(end, type="Gelu", inputs=(x,), attributes={}))
    return found


def _halved(graph: Operators, x: str, factor: str, op: Op) -> Op | None:
    """The last product of a GELU, of which `op` is the first and `factor` what it multiplies by."""
    half = graph.made_by(factor, "Mul")
    if half is not None and x in half.inputs and graph.number(graph.other(half, x)) == 0.5:
        return op
    last = graph.reader(op, "Mul")
    if last is None:
        return None
    other = graph.other(last, op.outputs[0])
    halved = (factor == x and graph.number(other) == 0.5) or (graph.number(factor) == 0.5 and other == x)
    return last if halved else None


def _swishes(graph: Operators) -> list[Op]:
    """x · sigmoid(x), and x · tanh(softplus(x)), which is Mish."""
    found = []
    for op in (op for op in graph.ops if op.type == "Mul"):
        for x, gate in (op.inputs[:2], op.inputs[1::-1]):
            sigmoid = graph.made_by(gate, "Sigmoid")
            tanh = graph.made_by(gate, "Tanh")
            soft = graph.made_by(tanh.inputs[0], "Softplus") if tanh else None
            if sigmoid is not None and sigmoid.inputs[0] == x:
                found.append(replace(op, type="Swish", inputs=(x,), attributes={}))
            elif soft is not None and soft.inputs[0] == x:
                found.append(replace(op, type="Mish", inputs=(x,), attributes={}))
    return found


def _layer_norms(graph: Operators) -> list[Op]:
    """(x - mean) / sqrt(mean((x - mean)²) + epsilon) · gamma + beta, along the last axis."""
    found = []
    for divided in (op for op in graph.ops if op.type == "Div"):
        facts = _centred(graph, divided)
        scaled = graph.reader(divided, "Mul") if facts else None
        if facts is None or scaled is None:
            continue
        gamma = graph.other(scaled, divided.outputs[0])
        if gamma not in graph.constants or graph.constants[gamma].ndim != 1:
            continue
        shifted = graph.reader(scaled, "Add")
        beta = graph.other(shifted, scaled.outputs[0]) if shifted else ""
        shifted = shifted if beta in graph.constants and graph.constants[beta].ndim == 1 else None
        x, epsilon = facts
        inputs = (x, gamma, beta) if shifted else (x, gamma)
        found.append(
            replace(shifted or scaled, type="LayerNormalization", inputs=inputs, attributes={"epsilon": epsilon})
        )
    return found


def _centred(graph: Operators, divided: Op) -> tuple[str, float] | None:
    """x and epsilon of (x - mean) / deviation; None where it is not that."""
    sub, root = graph.made_by(divided.inputs[0], "Sub"), graph.made_by(divided.inputs[1], "Sqrt")
    plus = graph.made_by(root.inputs[0], "Add") if root else None
    if sub is None or plus is None:
        return None
    variance = next((v for name in plus.inputs if (v := graph.made_by(name, "ReduceMean"))), None)
    epsilon = next((e for name in plus.inputs if (e := graph.number(name)) is not None), None)
    mean = graph.made_by(sub.inputs[1], "ReduceMean")
    square = graph.made_by(variance.inputs[0], "Pow", "Mul") if variance else None
    if variance is None or epsilon is None or mean is None or square is None:
        return None
    squared = _centre(graph, square.inputs[0]) == sub.outputs[0] and (
        graph.number(square.inputs[1]) == 2.0 if square.type == "Pow" else square.inputs[0] == square.inputs[1]
    )
    last = all(_axes(graph, op) == [-1] for op in (mean, variance))
    return (sub.inputs[0], epsilon) if squared and last and mean.inputs[0] == sub.inputs[0] else None


def _centre(graph: Operators, name: str) -> str | None:
    found = graph.made_by(name, "Sub")
    return found.outputs[0] if found else None


def _axes(graph: Operators, op: Op) -> list[int] | None:
    if "axes" in op.attributes:
        return list(op.attributes["axes"])
    given = graph.constants.get(op.inputs[1]) if len(op.inputs) > 1 else None
    return None if given is None else [int(n) for n in given.ravel()]


PATTERNS: tuple[Callable[[Operators], list[Op]], ...] = (_gelus, _swishes, _layer_norms)
