"""The program: a docstring, the weights, `predict`, and the functions that it uses."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from netstudio.exports.code import document, files, layout
from netstudio.exports.code.emit import Emitter
from netstudio.exports.code.library import Library
from netstudio.exports.code.names import BUILTINS, Names
from netstudio.exports.code.simplify import simplified
from netstudio.exports.numpy.dialect import NUMPY
from netstudio.exports.program import Program, program
from netstudio.files.models import ModelFile
from netstudio.graph import Graph

HELPERS = Library(Path(__file__).with_name("helpers.py"))
RESERVED = "np", "math", "Array", "ArrayLike", "NDArray", "Path", "W", "batch", "predict", *BUILTINS


def write(model: ModelFile, path: Path) -> None:
    """Write `path` and its weights beside it. ExportError where an operation has no counterpart, FileError."""
    p = simplified(program(model, apart=True))
    names = Names((*HELPERS.names, *RESERVED))
    inputs = {id: names.fresh(id) for id in p.inputs}
    emitter = Emitter(p, NUMPY, names, lambda name: ast.parse(f"W[{layout.literal(name)}]", mode="eval").body)
    _take(emitter, inputs)
    for node, steps in document.leaves(p):
        emitter.lines += ["", document.heading(model.graph, node, steps)]
        for s in steps:
            several = sum(not other.attrs["mask"] for other in steps) > 1
            emitter.assign(s.number, names.fresh(document.variable(s, several)))
    _give(emitter)
    files.write(path, _code(model.graph, emitter, inputs, path), {**p.weights, **emitter.tables})


def _take(emitter: Emitter, inputs: Mapping[str, str]) -> None:
    """The first lines of `predict`: what it is given."""
    for id, name in inputs.items():
        shape = layout.literal(emitter.program.inputs[id].shape)
        emitter.statement(f"{name} = taken({name}, {shape}, {layout.literal(id)})")
    for s in emitter.program.steps:
        if s.op == "load":
            emitter.know(s.number, inputs[s.attrs["id"]])


def _give(emitter: Emitter) -> None:
    """Its last lines: an array, or a dict of them."""
    made = {name: emitter.expression(number) for name, number in emitter.program.outputs.items()}
    if len(made) == 1:
        emitter.statement(f"return {next(iter(made.values()))}")
    else:
        emitter.statement(f"return {{{', '.join(f'{layout.literal(k)}: {v}' for k, v in made.items())}}}")


def _code(graph: Graph, emitter: Emitter, inputs: Mapping[str, str], path: Path) -> str:
    lines = _predict(emitter, inputs)
    called = {node.id for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.Name)}
    functions = HELPERS.taken(called)
    return "\n\n\n".join([_head(graph, emitter.program, inputs, functions, path), "\n".join(lines), *functions]) + "\n"


def _predict(emitter: Emitter, inputs: Mapping[str, str]) -> list[str]:
    p = emitter.program
    arguments = ", ".join(f"{name}: ArrayLike" for name in inputs.values())
    head = layout.lines(f"def predict({arguments}) -> {'Array' if len(p.outputs) == 1 else 'dict[str, Array]'}:", 0)
    takes = " and ".join(f"{name} {document.of_samples(p.inputs[id])}" for id, name in inputs.items())
    gives = " and ".join(f"{name} {document.shown(p[number])}" for name, number in p.outputs.items())
    body = emitter.lines
    if "batch" in emitter.called:
        body[len(inputs) : len(inputs)] = [f"batch = len({next(iter(inputs.values()))})"]
    body = [f'"""{takes} to {gives}."""', *body]
    return [*head, *(layout.INDENT + line if line else "" for line in body)]


def _head(graph: Graph, p: Program, inputs: Mapping[str, str], functions: list[str], path: Path) -> str:
    takes = ", ".join(inputs.values())
    weights = "\n".join(layout.lines(f"W = dict(np.load({files.reading(path)}, allow_pickle=False))", 0))
    imports = ["import math"] if any("math." in f for f in functions) else []
    return f'''{files.MARK}
"""{document.title(graph)}, in NumPy.

    from {document.module(path)} import predict
    y = predict({takes})

The weights are in {files.weights_beside(path).name}, which stays beside this file.
"""

{"".join(f"{line}{chr(10)}" for line in imports)}from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float32]
{weights}'''
