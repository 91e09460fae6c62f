"""The source: a module with the network, and `load`, which gives it its weights."""

from __future__ import annotations

import ast
from pathlib import Path

from netstudio.exports.code import document, files, layout
from netstudio.exports.code.library import Library
from netstudio.exports.code.names import BUILTINS
from netstudio.exports.code.simplify import simplified
from netstudio.exports.program import analysed, program
from netstudio.exports.torch.forward import Forward
from netstudio.files.models import ModelFile
from netstudio.graph import Graph

HELPERS = Library(Path(__file__).with_name("helpers.py"))
RESERVED = (
    *("np", "torch", "nn", "F", "Tensor", "Path", "Pair", "Margins", "Model", "load", "self", "batch", "device"),
    *("w", *BUILTINS),
)
TYPES = {"Pair": "Pair = tuple[int, int]", "Margins": "Margins = tuple[int, int, int, int]"}


def write(model: ModelFile, path: Path) -> None:
    """Write `path` and its weights beside it. ExportError where an operation has no counterpart, FileError."""
    p = simplified(program(model, apart=True))
    forward = Forward(analysed(model.graph), p, (*HELPERS.names, *RESERVED))
    files.write(path, _code(model.graph, forward, path), {**p.weights, **forward.emitter.tables})


def _code(graph: Graph, forward: Forward, path: Path) -> str:
    own = [_model(forward), _load(forward, path)]
    called = {node.id for text in own for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    functions = HELPERS.taken(called)
    return "\n\n\n".join([_head(graph, forward, [*own, *functions], path), *own, *functions]) + "\n"


def _model(forward: Forward) -> str:
    p = forward.emitter.program
    takes = " and ".join(f"{name} {document.of_samples(p.inputs[id])}" for id, name in forward.inputs.items())
    gives = " and ".join(f"{name} {document.shown(p[number])}" for name, number in p.outputs.items())
    arguments = ", ".join(f"{name}: Tensor" for name in forward.inputs.values())
    result = "Tensor" if len(p.outputs) == 1 else "dict[str, Tensor]"
    body = [*_found(forward), *forward.emitter.lines]
    if body[0] == "":
        body = body[1:]
    return "\n".join(
        [
            "class Model(nn.Module):",
            f'    """{takes} to {gives}."""',
            "",
            "    def __init__(self) -> None:",
            "        super().__init__()",
            *_indented(line for statement in forward.init for line in layout.lines(statement, 0, 2)),
            "",
            *layout.lines(f"def forward(self, {arguments}) -> {result}:", 1),
            *_indented(body),
        ]
    )


def _found(forward: Forward) -> list[str]:
    """What the code takes from its first input."""
    first = next(iter(forward.inputs.values()))
    found = {"batch": f"batch = len({first})", "device": f"device = {first}.device"}
    return [line for name, line in found.items() if name in forward.emitter.called]


def _indented(lines: object) -> list[str]:
    return [f"{layout.INDENT * 2}{line}" if line else "" for line in lines]  # type: ignore[attr-defined]


def _load(forward: Forward, path: Path) -> str:
    state = [line for name, array in forward.state.items() for line in layout.lines(f'"{name}": {array},', 2)]
    head = "def load(path: str | Path | None = None) -> Model:"
    if not state:
        return f'{head}\n    """The model, ready to predict. It has no weights."""\n    return Model().eval()'
    return "\n".join(
        [
            head,
            '    """The model with its weights, which stand beside this file or at `path`, ready to predict."""',
            *layout.lines(f"beside = {files.reading(path)}"),
            "    w = np.load(path or beside, allow_pickle=False)",
            "    state = {",
            *state,
            "    }",
            "    model = Model()",
            "    arrays = {name: torch.tensor(array) for name, array in state.items()}",
            "    model.load_state_dict({**model.state_dict(), **arrays})",
            "    return model.eval()",
        ]
    )


def _head(graph: Graph, forward: Forward, parts: list[str], path: Path) -> str:
    text = "\n".join(parts)
    used = "".join(
        f"import {name}\n" for name, prefix in (("numpy as np", "np."), ("torch", "torch.")) if prefix in text
    )
    takes = ", ".join(forward.inputs.values())
    functional = "from torch.nn import functional as F\n" if "F." in text else ""
    apart = document.sentence(
        "After `model.train()` these nodes go on computing as they predict, without their noise or with averages that "
        "stay as they are: {}.",
        forward.spelled_out_noise,
    )
    types = "".join(f"\n{line}" for name, line in TYPES.items() if f"{name} =" in text or f": {name}" in text)
    return f'''{files.MARK}
"""{document.title(graph)}, in PyTorch.

    from {document.module(path)} import load
    model = load()
    y = model({takes})

`load` gives the trained model in inference; after `model.train()` it learns on. Shapes in the
comments are the document's, with the channels last; x and y have them too.
{apart}"""

from pathlib import Path

{used}from torch import Tensor, nn
{functional}{types and f"{types}{chr(10)}"}'''.rstrip()
