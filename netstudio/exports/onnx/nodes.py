"""A growing ONNX graph: nodes are appended, what is known is computed at once, what nothing reads is left out.

ONNX operator set 18, of the intermediate representation 8, which runtimes read since early 2023.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from netstudio.exports.onnx.tensors import Const, Ref

OPSET, IR_VERSION = 18, 8
ML, ML_OPSET = "ai.onnx.ml", 3


@dataclass
class Call:
    """One node: an operator, what it reads, which of its outputs is meant; it is named after `place` in the end."""

    op: str
    inputs: list[Ref | None]
    output: str
    attrs: dict[str, Any]
    position: int = 0
    domain: str = ""
    place: str = ""


@dataclass
class Nodes:
    """The nodes so far, in order; `taken` holds the names of the graph's inputs and outputs."""

    calls: list[Call] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    place: str = "graph"

    @contextlib.contextmanager
    def at(self, place: str | None) -> Iterator[None]:
        """What is made inside is named after `place`, a node of the document."""
        before, self.place = self.place, place or self.place
        try:
            yield
        finally:
            self.place = before

    def add(self, op: str, *inputs: Ref | None, position: int = 0, domain: str = "", **attrs: Any) -> Ref:
        """What the operator makes of `inputs`; `position` says which of its outputs is meant.

        None stands for an input that is left out. Of tensors that are all known, the result is known too.
        """
        call = Call(op, list(inputs), f"#{len(self.calls)}", attrs, position, domain, self.place)
        if all(isinstance(x, Const) for x in inputs if x is not None):
            return _computed(call)
        self.calls.append(call)
        return call.output

    def finish(self, outputs: Mapping[str, Ref]) -> Finished:
        """The nodes that `outputs` need, which get those names, and the tensors that the nodes read."""
        named: dict[str, str] = {}
        made = {call.output for call in self.calls}
        for name, ref in outputs.items():
            if isinstance(ref, str) and ref in made and ref not in named:
                named[ref] = name
            else:  # an input, a known tensor, or what is predicted under another name too
                self.calls.append(Call("Identity", [ref], name, {}, place=name))
                named[name] = name
        return _Finishing(self._needed(set(named)), named, set(self.taken)).finished()

    def _needed(self, outputs: set[str]) -> list[Call]:
        needed: list[Call] = []
        for call in reversed(self.calls):
            if call.output in outputs:
                needed.append(call)
                outputs |= {x for x in call.inputs if isinstance(x, str)}
        return needed[::-1]


@dataclass
class Finished:
    """Nodes and initializers of an ONNX graph; `held` tells which initializer is which weight, and how it lies."""

    nodes: list[onnx.NodeProto]
    initializers: list[onnx.TensorProto]
    held: dict[str, tuple[str, tuple[int, ...] | None]]
    domains: set[str]
    size: int  # bytes of the initializers


class _Finishing:
    """Gives everything its name: `named` holds those of what calls compute."""

    def __init__(self, calls: list[Call], named: dict[str, str], taken: set[str]) -> None:
        self._calls, self._named, self._taken = calls, named, taken
        self._initializers: dict[Any, onnx.TensorProto] = {}
        self._held: dict[str, tuple[str, tuple[int, ...] | None]] = {}
        self._size = 0

    def finished(self) -> Finished:
        nodes = [self._node(call) for call in self._calls]
        domains = {call.domain for call in self._calls if call.domain}
        return Finished(nodes, list(self._initializers.values()), self._held, domains, self._size)

    def _node(self, call: Call) -> onnx.NodeProto:
        name = self._free(f"{call.place}/{call.op}")
        inputs = [self._input(call, name, number, x) for number, x in enumerate(call.inputs)]
        output = self._named.setdefault(call.output, name)
        return helper.make_node(call.op, inputs, _outputs(call, output), name=name, domain=call.domain, **call.attrs)

    def _input(self, call: Call, name: str, number: int, x: Ref | None) -> str:
        if x is None:
            return ""
        if isinstance(x, str):
            return self._named.get(x, x)
        key = (x.weight, x.axes, x.array.shape) if x.weight else (x.array.dtype, x.array.shape, x.array.tobytes())
        if key not in self._initializers:
            own = self._free(x.weight or f"{name}/{_role(call, number)}")
            self._initializers[key] = numpy_helper.from_array(np.asarray(x.array, order="C"), own)
            self._size += x.array.nbytes
            if x.weight:
                self._held.setdefault(x.weight, (own, _back(x.axes)))
        return self._initializers[key].name

    def _free(self, name: str) -> str:
        """The name, or the first like it that nothing has."""
        found, count = name, 1
        while found in self._taken:
            count += 1
            found = f"{name}_{count}"
        self._taken.add(found)
        return found


def _schema(call: Call) -> onnx.defs.OpSchema:
    return onnx.defs.get_schema(call.op, ML_OPSET if call.domain else OPSET, call.domain)


def _role(call: Call, number: int) -> str:
    """What the operator calls that input."""
    formal = _schema(call).inputs
    return formal[min(number, len(formal) - 1)].name


def _outputs(call: Call, name: str) -> list[str]:
    """The names of all outputs that must be named; the one that is meant is `name`."""
    count = max(call.position + 1, _schema(call).min_output)
    unread = [f"{name}/{o.name}" if o.option == o.option.Single else "" for o in _schema(call).outputs[:count]]
    return [name if i == call.position else other for i, other in enumerate(unread)]


def _back(axes: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The transposition that undoes one."""
    return None if axes is None else tuple(int(a) for a in np.argsort(axes))


def _computed(call: Call) -> Const:
    """What an operator makes of known tensors, by ONNX's own definition of it."""
    known = {f"x{i}": x.array for i, x in enumerate(call.inputs) if isinstance(x, Const)}
    names = ["" if x is None else f"x{i}" for i, x in enumerate(call.inputs)]
    node = helper.make_node(call.op, names, _outputs(call, "y"), domain=call.domain, **call.attrs)
    ends = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
        for name, x in known.items()
    ]
    graph = helper.make_graph([node], "known", ends, [onnx.ValueInfoProto(name="y")])
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    with np.errstate(all="ignore"):
        (made,) = ReferenceEvaluator(helper.make_model(graph, opset_imports=imports)).run(None, known)
    return Const(np.asarray(made))
