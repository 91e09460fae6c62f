"""The source: a module with the network, and `load`, which gives it its weights."""

from __future__ import annotations

from pathlib import Path

from netstudio.exports.code import document, files, layout
from netstudio.exports.code.expand import expanded
from netstudio.exports.code.imports import imports, used
from netstudio.exports.code.library import Library
from netstudio.exports.code.preparing import Preparing
from netstudio.exports.code.simplify import simplified
from netstudio.exports.program import analysed
from netstudio.exports.torch.forward import Forward
from netstudio.files.models import ModelFile

TORCH_USE = (
    "x = [torch.tensor(array) for array in prepare(columns).values()]",
    "print(answers(model(*x).detach().numpy()))",
)
HERE = Path(__file__).parent
OPERATIONS = Library((HERE / "helpers.py",))
LIBRARY = Library((*OPERATIONS.paths, HERE.parent / "code" / "table.py"))
RESERVED = "self", "torch", "F", "batch", "device"


def write(model: ModelFile, path: Path) -> None:
    """Write `path` and its weights beside it. ExportError where an operation has no counterpart, FileError."""
    whole, p = expanded(model)
    p = simplified(p)
    forward = Forward(analysed(whole.graph), p, (*OPERATIONS.names, *RESERVED))
    files.write(path, _code(model, forward, path), {**p.weights, **forward.emitter.tables})


def _code(model: ModelFile, forward: Forward, path: Path) -> str:
    preparing = Preparing(model, forward.emitter.program)
    own = [_model(forward), _load(forward, path), *preparing.functions]
    types, functions = LIBRARY.taken(used("\n".join(own)))
    constants = "\n".join([*types, *preparing.constants])
    needed = imports("\n".join([constants, *own, *functions]))
    head = f"{_docstring(model, preparing, forward, path)}\n\n{needed}"
    return "\n\n\n".join([f"{head}\n\n{constants}" if constants else head, *own, *functions]) + "\n"


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


def _docstring(model: ModelFile, preparing: Preparing, forward: Forward, path: Path) -> str:
    name = document.module(path)
    apart = document.sentence(
        "After `model.train()` these nodes go on computing as they predict, without their noise or with averages that "
        "stay as they are: {}.",
        forward.spelled_out_noise,
    )
    return f'''{files.MARK}
"""{document.title(model.graph)}

A trained network in PyTorch:

    from {name} import load
    model = load()
    y = model({", ".join(forward.inputs.values())})

`load` gives the trained model in inference; after `model.train()` it learns on. Shapes in the
comments are the document's, with the channels last; x and y have them too.
{document.usage(preparing, f"{name} import answers, prepare", TORCH_USE)}{apart}"""'''
