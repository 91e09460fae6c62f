"""The reference of all that a document can name, as Markdown: written from what each class declares, by no hand.

`netstudio reference -o FOLDER` writes it. Node types are on a page for each category, everything else on one for each
family.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json import dumps
from typing import Any, get_args

from netstudio.augmentations import AUGMENTATIONS
from netstudio.catalogue import CATALOGUE
from netstudio.constraints import CONSTRAINTS
from netstudio.data.settings import DataSettings
from netstudio.exports.forms import FORMS
from netstudio.graph import NodeType, Port
from netstudio.graph.declared import Block, Blocks, Declared, Family, Object, Objects
from netstudio.graph.edits import plain
from netstudio.graph.node_type import RATE_FACTOR, Category
from netstudio.graph.params import Choice, Param
from netstudio.initializers import INITIALIZERS
from netstudio.layers.activations import NAMES
from netstudio.metrics import METRICS
from netstudio.optimizers import OPTIMIZERS
from netstudio.regularizers import REGULARIZERS
from netstudio.schedules import SCHEDULES
from netstudio.training.callbacks import CALLBACKS
from netstudio.training.settings import TrainingSettings

MADE_BY = "<!-- Written by `netstudio reference -o resources/reference`; change what the classes declare instead. -->"
FRAMEWORKS = {"keras": "Keras", "torch": "PyTorch", "onnx": "ONNX"}
FAMILIES: dict[str, tuple[Family[Any], str]] = {
    "optimizers": (OPTIMIZERS, "How weights follow their gradients."),
    "schedules": (SCHEDULES, "How the learning rate changes from step to step."),
    "metrics": (METRICS, "What is told beside the loss."),
    "initializers": (INITIALIZERS, "What weights begin as."),
    "regularizers": (REGULARIZERS, "What is added to the loss for large weights."),
    "constraints": (CONSTRAINTS, "What weights must be after each step."),
    "callbacks": (CALLBACKS, "What happens between epochs."),
    "augmentations": (AUGMENTATIONS, "How training samples are changed, anew at each step."),
}
INTRO = """\
All that a graph document can name, with every parameter: node types by category, and what they and the settings of a
run refer to. `netstudio layers NAME` prints the same of one node type, and the inspector shows it in the app. Names,
parameters and defaults are those of Keras 3 where Keras has them. Shapes leave out the batch axis.
"""
EXPORTING = """\
`netstudio export MODEL.npz --to FORM -o FILE`, `model.export(FILE, FORM)`, or *Export Model* and *Export Code* in the
app. The form may be left out where the file's suffix is the first of one. Code has its weights in a file beside it."""
OF_EVERY_NODE = f"""\
Beside its parameters every node may have a `label`, `frozen` (its weights stay as they are) and `{RATE_FACTOR.name}`.
{RATE_FACTOR.doc}"""


def pages() -> dict[str, str]:
    """The whole reference: the Markdown of each page by its file's name."""
    types_of = CATALOGUE.by_category()
    by_category = {c: [t for t in types_of[c] if t.__module__.startswith("netstudio.")] for c in get_args(Category)}
    made = {"README.md": _index(by_category)}
    for category, types in by_category.items():
        made[f"{category}.md"] = _page(category, "", [_node_type(t) for t in types])
    for name, (family, meaning) in FAMILIES.items():
        made[f"{name}.md"] = _page(name, meaning, [_member(m) for m in family])
    made["settings.md"] = _page("settings", "The blocks `data` and `training` of a document.", list(_settings()))
    made["exports.md"] = _page("exports", "The forms that a trained model can be taken away in.", [EXPORTING, _forms()])
    return made


def _index(by_category: Mapping[str, Sequence[type[NodeType]]]) -> str:
    parts = [MADE_BY, "# Reference", INTRO, OF_EVERY_NODE, "## Node types"]
    for category, types in by_category.items():
        rows = [(_linked(t.name, f"{category}.md"), _escaped(t.summary_line())) for t in types]
        parts += [f"### [{category.capitalize()}]({category}.md)", _table(("type", "what it does"), rows)]
    parts.append("## What they refer to")
    for name, (family, meaning) in FAMILIES.items():
        members = ", ".join(_linked(m.name, f"{name}.md") for m in family)
        parts.append(f"**[{name.capitalize()}]({name}.md)** — {meaning} {members}")
    parts.append("**[Settings](settings.md)** — what a document says of its data and its training.")
    parts.append("**[Exports](exports.md)** — the forms that a trained model can be taken away in.")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _forms() -> str:
    rows = [(f"`{f.name}`", f.title, " ".join(f"`{s}`" for s in f.suffixes), _escaped(f.doc)) for f in FORMS.values()]
    return _table(("form", "for", "files", "what it is"), rows)


def _page(title: str, meaning: str, entries: Sequence[str]) -> str:
    head = [MADE_BY, f"# {title.capitalize()}", "[Reference](README.md)" + (f" · {meaning}" if meaning else "")]
    return "\n\n".join([*head, *entries]) + "\n"


def _node_type(node_type: type[NodeType]) -> str:
    elsewhere = " · ".join(_elsewhere(node_type))
    ports = [_ports(side, getattr(node_type, side)) for side in ("inputs", "outputs")]
    return "\n\n".join([f"## {node_type.name}", _prose(node_type), elsewhere, *ports, _params(node_type)]).rstrip()


def _elsewhere(node_type: type[NodeType]) -> Iterator[str]:
    for key, framework in FRAMEWORKS.items():
        name = getattr(node_type, key)
        yield f"{framework}: `{name}`" if name else f"{framework}: {_escaped(node_type.without.get(key, 'none'))}"


def _ports(side: str, ports: Sequence[Port]) -> str:
    if not ports:
        return f"*{side.capitalize()}:* none"
    return f"*{side.capitalize()}:* " + "; ".join(_port(p) for p in ports)


def _port(port: Port) -> str:
    marks = [word for word, is_so in (("any number", port.variadic), ("may be left open", port.optional)) if is_so]
    of_it = f" ({', '.join(marks)})" if marks else ""
    return f"`{port.name}`{of_it}" + (f" — {_escaped(port.doc.rstrip('.'))}" if port.doc else "")


def _member(member: type[Declared]) -> str:
    names = ", ".join(f'`"{name}"`' for name in member.aliases)
    known = [f"In documents also {names}."] if names else []
    return "\n\n".join([f"## {member.name}", _prose(member), *known, _params(member)]).rstrip()


def _settings() -> Iterator[str]:
    for title, settings in (("data", DataSettings), ("training", TrainingSettings)):
        yield _group("##", title, settings)
        for name, param in settings.declared.items():
            if isinstance(param, (Block, Blocks)):
                yield _group("###", f"{title}.{name}", param.declared)


def _group(level: str, title: str, settings: type[Declared]) -> str:
    return f"{level} {title}\n\n{_prose(settings)}\n\n{_params(settings)}"


def _prose(declared: type[Declared]) -> str:
    """The documentation, a line for each paragraph, so that no line of it begins like a list."""
    return "\n\n".join(_escaped(" ".join(paragraph.split())) for paragraph in declared.doc().split("\n\n"))


def _params(declared: type[Declared]) -> str:
    rows = [
        (f"`{name}`", _taken(param), "required" if param.required else f"`{_default(param.default)}`",
         _escaped(param.doc))
        for name, param in declared.declared.items()
    ]  # fmt: skip
    return _table(("parameter", "takes", "default", "meaning"), rows) if rows else "No parameters."


def _taken(param: Param[Any]) -> str:
    """What the parameter takes; of members of a family, and of activations, a link to them."""
    none = ", or `null` for none" if param.optional else ""
    family = param.family if isinstance(param, (Object, Objects)) else None
    page = next((name for name, (known, _) in FAMILIES.items() if known is family), None)
    if isinstance(param, Choice) and param.options == tuple(NAMES):
        return f"the name of an [activation](activation.md){none}"
    if family is None or page is None:
        return _escaped(param.expected)
    number = f"{_escaped(param.number.expected)}, or " if hasattr(param, "number") else ""
    many = "a list of " if isinstance(param, Objects) else "one of the "
    return f"{number}{many}[{page}]({page}.md){none}"


def _default(value: Any) -> str:
    if isinstance(value, Declared):
        value = {"type": value.name, "params": value.params}
    return dumps(plain(value), ensure_ascii=False, default=str)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _linked(name: str, page: str) -> str:
    return f"[{name}]({page}#{re.sub(r'[^a-z0-9_-]', '', name.lower())})"


def _escaped(text: str) -> str:
    """Text in which Markdown finds no marks but code between backticks."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_<\[\]#~])", r"\\\1", part) for part in parts)
