"""A Keras model as the code that builds it, for people to read and to go on with."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.exports import code
from netstudio.exports.code import document, files, layout
from netstudio.exports.code.imports import INSTALLED, STANDARD, imports, used
from netstudio.exports.code.layout import literal
from netstudio.exports.code.library import Library
from netstudio.exports.code.names import Names, comment
from netstudio.exports.code.preparing import Preparing
from netstudio.exports.keras.archive import identifier
from netstudio.exports.keras.net import Arrays, Call, Made, Net, Part, Tensor
from netstudio.exports.keras.training import Compiled
from netstudio.exports.program import program
from netstudio.files.models import ModelFile
from netstudio.graph import Graph

LIBRARY = Library((Path(code.__file__).with_name("table.py"),))
RESERVED = (*INSTALLED, *STANDARD, *LIBRARY.names, "build_model", "load", "model", "tables")
OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
POSITIONAL = {"reshape": "newshape", "transpose": "axes", "cast": "dtype", "einsum": "subscripts"}
LONGEST = 24  # numbers of a table that stand in the code themselves


def write_code(path: Path, net: Net, model: ModelFile, compiled: Compiled | None) -> None:
    """Write `path` and the weights beside it. FileError where that can't be."""
    writer = _Writer(net, model.graph)
    body = writer.body()
    preparing = Preparing(model, program(model))
    building = ["\n".join(_build(net, body, bool(writer.tables), path)), "\n".join(_load(net, compiled, path))]
    own = [*building, *preparing.functions]
    types, functions = LIBRARY.taken(used("\n".join(own)))
    constants = "\n".join([*types, *preparing.constants])
    needed = imports("\n".join([constants, *own, *functions]))
    head = f"{_docstring(net, model, preparing, path)}\n\n{needed}"
    pieces = [f"{head}\n\n{constants}" if constants else head, *own, *functions]
    files.write(path, "\n\n\n".join(pieces) + "\n", {**_weights(net), **writer.tables})


def _weights(net: Net) -> Arrays:
    """By "layer/number", in the order of the layer's `get_weights`."""
    return {f"{p.name}/{n}": array for p in net.parts for n, array in enumerate(p.weights.values())}


class _Writer:
    """The lines of `build_model`; `tables` are the arrays that are too large to stand in them."""

    def __init__(self, net: Net, graph: Graph) -> None:
        self.net, self.graph = net, graph
        self.names = Names(RESERVED)
        self.tensors: dict[tuple[Call, int], str] = {}
        self.layers: dict[Part, str] = {}
        self.tables: dict[str, NDArray[Any]] = {}

    def body(self) -> list[str]:
        lines: list[str] = []
        node = None
        counts: dict[str, int] = {}
        for call in self.net.order:
            counts[call.part.node] = counts.get(call.part.node, 0) + 1
        for call in self.net.order:
            if call.part.node != node:
                node = call.part.node
                lines += self._heading(node, counts[node])
            lines += layout.lines(self._statement(call))
        return [*lines, *layout.lines(f"return {self._model()}")]

    def _heading(self, node: str, calls: int) -> list[str]:
        """What people called the node, and what it is where that takes several lines."""
        found = self.graph.nodes.get(node)
        if found is None or (calls == 1 and not found.label):
            return []
        label = f' "{comment(found.label)}"' if found.label else ""
        return [f"{layout.INDENT}# {node}{label}: {comment(found.type)}"]

    def _statement(self, call: Call) -> str:
        part = call.part
        if part.made.name == "InputLayer":
            return f"{self._called(call, part.name)} = {_input(part)}"
        made = self._expression(call)
        count = 1 + max((t.index for other in self.net.order for t in other.tensors() if t.call is call), default=0)
        count = max(count, *(1 + t.index for t in self.net.outputs.values() if t.call is call), 1)
        if count == 1 and not _is_several(call):
            return f"{self._called(call, part.name)} = {made}"
        names = [self._called(call, f"{part.name}_{n}" if n else part.name, n) for n in range(count)]
        return f"{', '.join(names)}, *_ = {made}"

    def _called(self, call: Call, wish: str, index: int = 0) -> str:
        name = self.tensors[call, index] = self.names.fresh(wish)
        return name

    def _expression(self, call: Call) -> str:
        part = call.part
        if part.made.kind == "ops":
            return self._function(part.made, call)
        given = [*map(self._value, call.args), *(f"{k}={self._value(v)}" for k, v in call.kwargs.items())]
        return f"{self._layer(part)}({', '.join(given)})"

    def _layer(self, part: Part) -> str:
        """The layer, or its name where it was called before."""
        own = {"name": part.name} if part.trainable else {"name": part.name, "trainable": False}
        made = self._made(part.made, own)
        if len(part.calls) == 1:
            return made
        if part not in self.layers:
            self.layers[part] = self.names.fresh(f"{part.name}_layer")
            return f"({self.layers[part]} := {made})"
        return self.layers[part]

    def _made(self, made: Made, own: Mapping[str, Any] | None = None) -> str:
        said = [self._value(made.params[key]) for key in made.needed]
        said += [
            f"{key}={self._value(value)}"
            for key, value in made.params.items()
            if key not in made.needed and key not in made.defaults
        ]
        said += [f"{key}={literal(value)}" for key, value in (own or {}).items()]
        module = "layers" if made.kind == "layers" else f"keras.{made.kind}"
        return f"{module}.{made.name}({', '.join(said)})"

    def _function(self, made: Made, call: Call) -> str:
        args = [self._value(v) for v in call.args]
        if made.name == "get_item":
            return f"{args[0]}[{_cuts(call.args[1])}]"
        if made.name in OPERATORS:
            return f"{args[0]} {OPERATORS[made.name]} {args[1]}"
        params = dict(made.params)
        first = POSITIONAL.get(made.name)
        if first is not None:
            value = self._value(params.pop(first))
            args = [value, *args] if made.name == "einsum" else [*args, value]
        args += [
            f"{key}={self._value(value)}" for key, value in params.items() if not (key == "keepdims" and not value)
        ]
        return f"ops.{made.name}({', '.join(args)})"

    def _value(self, value: Any) -> str:
        if isinstance(value, Tensor):
            return self.tensors[value.call, value.index]
        if isinstance(value, Made):
            return self._made(value)
        if isinstance(value, np.ndarray):
            return self._table(value)
        if isinstance(value, (list, tuple)):
            inner = ", ".join(map(self._value, value))
            if value and all(isinstance(v, (int, type(None))) for v in value):
                return f"({inner}{',' * (len(value) == 1)})"
            return f"[{inner}]"
        return literal(value)

    def _table(self, array: NDArray[Any]) -> str:
        if not array.any():
            return f"np.zeros({literal(array.shape)}, {literal(str(array.dtype))})"
        if array.size <= LONGEST:
            return f"np.array({literal(array.tolist())}, {literal(str(array.dtype))})"
        name = f"table/{len(self.tables)}"
        self.tables[name] = array
        return f"tables[{literal(name)}]"

    def _model(self) -> str:
        inputs, outputs = (self._by_name(ends) for ends in (self.net.inputs, self.net.outputs))
        return f"keras.Model({inputs}, {outputs}, name={literal(identifier(self.net.name))})"

    def _by_name(self, ends: Mapping[str, Tensor]) -> str:
        if len(ends) == 1:
            return self._value(next(iter(ends.values())))
        return f"{{{', '.join(f'{literal(name)}: {self._value(tensor)}' for name, tensor in ends.items())}}}"


def _is_several(call: Call) -> bool:
    """Whether what comes out is a list, of which perhaps only the first is used."""
    params = call.part.made.params
    if call.part.made.name == "Bidirectional":
        return params["merge_mode"] is None or bool(params["layer"].params["return_state"])
    return call.part.made.name == "split" or bool(params.get("return_state"))


def _input(part: Part) -> str:
    shape, dtype = tuple(part.made.params["batch_shape"][1:]), part.made.params["dtype"]
    kind = "" if dtype == "float32" else f", dtype={literal(dtype)}"
    return f"keras.Input({literal(shape)}, name={literal(part.name)}{kind})"


def _cuts(cuts: list[slice]) -> str:
    """What stands in brackets: ":, 1:3". Keras takes no slice that is not one of several."""
    while len(cuts) > 2 and cuts[-1] == slice(None):
        cuts = cuts[:-1]
    return ", ".join(_cut(cut) for cut in cuts) if len(cuts) > 1 else f"{_cut(cuts[0])},"


def _cut(cut: slice) -> str:
    ends = f"{'' if cut.start in (None, 0) else cut.start}:{'' if cut.stop is None else cut.stop}"
    return ends if cut.step is None else f"{ends}:{cut.step}"


def _docstring(net: Net, model: ModelFile, preparing: Preparing, path: Path) -> str:
    name, inputs = document.module(path), list(net.inputs)
    only = f"[{literal(inputs[0])}]" if len(inputs) == 1 else ""
    use = (f"x = prepare(columns){only}", "print(answers(model.predict(x)))")
    return f'''{files.MARK}
"""{document.title(model.graph)}

A trained network in Keras 3:

    from {name} import load
    model = load()
    y = model.predict({_each({name: name for name in inputs})})
{document.usage(preparing, f"{name} import answers, prepare", use)}
The weights are in {files.weights_beside(path).name}, which stays beside this file.
"""'''


def _build(net: Net, body: list[str], tables: bool, path: Path) -> Iterator[str]:
    takes, gives = (" and ".join(f"{n} {_shown(t)}" for n, t in ends.items()) for ends in (net.inputs, net.outputs))
    yield "def build_model() -> keras.Model:"
    said = textwrap.wrap(f'"""{takes} to {gives}, with weights as they begin."""', layout.WIDTH - 4)
    yield from (layout.INDENT + line for line in said)
    if tables:
        yield from layout.lines(f"tables = np.load({files.reading(path)}, allow_pickle=False)")
    yield from body


def _shown(tensor: Tensor) -> str:
    sizes = ", ".join(map(str, ("batch", *tensor.shape[1:])))
    return f"({sizes}{',' * (len(tensor.shape) == 1)})"


def _load(net: Net, compiled: Compiled | None, path: Path) -> Iterator[str]:
    indent = layout.INDENT
    yield "def load(path: str | Path | None = None) -> keras.Model:"
    yield f'{indent}"""The model with its weights, which stand beside this file or at `path`."""'
    yield f"{indent}model = build_model()"
    if any(part.weights for part in net.parts):
        yield from layout.lines(f"beside = {files.reading(path)}")
        yield f"{indent}with np.load(path or beside, allow_pickle=False) as arrays:"
        yield f"{indent * 2}for layer in model.layers:"
        yield f"{indent * 3}count = len(layer.get_weights())"
        yield f'{indent * 3}layer.set_weights([arrays[f"{{layer.name}}/{{n}}"] for n in range(count)])'
        if any(part.made.name == "Normalization" for part in net.parts):
            yield f"{indent * 3}if isinstance(layer, layers.Normalization):"
            yield f"{indent * 4}layer.finalize_state()"
    if compiled is not None:
        yield from layout.lines(_compile(net, compiled))
    yield f"{indent}return model"


def _compile(net: Net, compiled: Compiled) -> str:
    writer = _Writer(net, Graph())
    losses = {name: writer._made(loss) for name, loss in compiled.losses.items()}
    said = [f"optimizer={writer._made(compiled.optimizer)}", f"loss={_each(losses)}"]
    if any(weight != 1.0 for weight in compiled.weights.values()):
        said.append(f"loss_weights={_each({name: literal(w) for name, w in compiled.weights.items()})}")
    if compiled.metrics:
        said.append(f"metrics=[{', '.join(writer._value(metric) for metric in compiled.metrics)}]")
    return f"model.compile({', '.join(said)})"


def _each(said: Mapping[str, str]) -> str:
    if len(said) == 1:
        return next(iter(said.values()))
    return f"{{{', '.join(f'{literal(name)}: {value}' for name, value in said.items())}}}"
