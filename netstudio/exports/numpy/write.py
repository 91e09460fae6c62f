"""The program: a docstring, the weights, `predict`, and the functions that it uses."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from netstudio.exports.code import document, files, layout
from netstudio.exports.code.emit import Emitter
from netstudio.exports.code.expand import expanded
from netstudio.exports.code.imports import imports, used
from netstudio.exports.code.library import Library
from netstudio.exports.code.names import Names, quoted
from netstudio.exports.code.preparing import Preparing
from netstudio.exports.code.simplify import simplified
from netstudio.exports.numpy.dialect import NUMPY
from netstudio.exports.program import Program
from netstudio.files.models import ModelFile

NUMPY_USE = ("x = prepare(columns)", "print(answers(predict(*x.values())))")
HERE = Path(__file__).parent
OPERATIONS = Library((HERE / "helpers.py",))
LIBRARY = Library((*OPERATIONS.paths, HERE.parent / "code" / "table.py", HERE / "program.py"))
RESERVED = "W", "np", "batch"


def write(model: ModelFile, path: Path) -> None:
    """Write `path` and its weights beside it. ExportError where an operation has no counterpart, FileError."""
    whole, p = expanded(model)
    p = simplified(p)
    names = Names((*OPERATIONS.names, *RESERVED))
    inputs = {id: names.fresh(id) for id in p.inputs}
    emitter = Emitter(p, NUMPY, names, lambda name: ast.parse(f"W[{layout.literal(name)}]", mode="eval").body)
    _take(emitter, inputs)
    for node, steps in document.leaves(p):
        emitter.lines += ["", document.heading(whole.graph, node, steps)]
        for s in steps:
            several = sum(not other.attrs["mask"] for other in steps) > 1
            emitter.assign(s.number, names.fresh(document.variable(s, several)))
    _give(emitter)
    files.write(path, _code(model, emitter, inputs, path), {**p.weights, **emitter.tables})


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


def _code(model: ModelFile, emitter: Emitter, inputs: Mapping[str, str], path: Path) -> str:
    preparing = Preparing(model, emitter.program)
    own = ["\n".join(_predict(emitter, inputs)), *preparing.functions]
    start = _start(preparing)
    types, functions = LIBRARY.taken(used("\n".join([*own, start])))
    weights = "\n".join(layout.lines(f"W = dict(np.load({files.reading(path)}, allow_pickle=False))", 0))
    constants = "\n".join([*types, weights, *preparing.constants])
    needed = imports("\n".join([constants, *own, *functions, start]))
    head = _docstring(model, preparing, emitter.program, inputs, path)
    return "\n\n\n".join([f"{head}\n\n{needed}\n\n{constants}", *own, *functions, start]) + "\n"


def _start(preparing: Preparing) -> str:
    """What the program does by itself."""
    first, stride = preparing.first
    asked = {"prepare": preparing.prepare and "prepare", "scale": preparing.scale and "scale"}
    asked |= {"header": None if preparing.header else "False"}
    asked |= {"first": str(first) if first else None, "stride": str(stride) if stride > 1 else None}
    more = "".join(f", {name}={value}" for name, value in asked.items() if value)
    fields = ", ".join(f"{layout.literal(id)}: {layout.literal(name)}" for id, name in preparing.fields.items())
    return "\n".join(['if __name__ == "__main__":', *layout.lines(f"main(predict, answers, {{{fields}}}{more})")])


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


def _docstring(model: ModelFile, preparing: Preparing, p: Program, inputs: Mapping[str, str], path: Path) -> str:
    name = document.module(path)
    return f'''{files.MARK}
"""{document.title(model.graph)}

A trained network in NumPy:

    from {name} import predict
    y = predict({", ".join(inputs.values())})
{document.usage(preparing, f"{name} import answers, predict, prepare", NUMPY_USE)}{_at_command_line(preparing, path)}
The weights are in {files.weights_beside(path).name}, which stays beside this file.
"""'''


def _at_command_line(preparing: Preparing, path: Path) -> str:
    kinds = [*(["table.csv"] if preparing.prepare else []), *(["arrays.npz"] if preparing.scale else [])]
    lines = "".join(f"    python {quoted(path.name)} {kind} -o out.csv\n" for kind in kinds)
    return f"\nAt the command line:\n\n{lines}" if kinds else ""
