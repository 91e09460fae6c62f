"""`netstudio layers`: what a graph can be made of."""

from __future__ import annotations

import re
from json import dumps as to_text
from typing import Annotated, Any

import typer

from netstudio.cli.guard import say
from netstudio.cli.output import JsonFlag, print_json, print_table
from netstudio.errors import ParamError, suggestion
from netstudio.graph import NodeType, Port
from netstudio.graph.declared import Declared, Object, Objects
from netstudio.graph.edits import plain
from netstudio.graph.params import Choice, Int, Param

Name = Annotated[str | None, typer.Argument(metavar="NAME", help="One node type, in full.")]


def layers(name: Name = None, json: JsonFlag = False) -> None:
    """The catalogue: every node type with ports, parameters, defaults and documentation."""
    from netstudio.catalogue import CATALOGUE, EXTENSIONS

    for failure in EXTENSIONS.failures:
        say(failure)
    if name is not None:
        described = _described(_found(name))
        if json:
            print_json(described)
        else:
            _show_one(described)
    elif json:
        print_json({"layers": [_described(node_type) for node_type in CATALOGUE]})
    else:
        rows = [(t.category, t.name, t.summary_line()) for group in CATALOGUE.by_category().values() for t in group]
        print_table(("category", "type", "what it does"), rows)


def _found(name: str) -> type[NodeType]:
    from netstudio.catalogue import CATALOGUE

    by_lower = {t.name.lower(): t for t in CATALOGUE}
    if name.lower() in by_lower:
        return by_lower[name.lower()]
    if CATALOGUE.is_absent(name):
        return CATALOGUE[name]  # which says what it needs
    raise ParamError(f"unknown node type {name!r}{suggestion(name, CATALOGUE.members)}; `netstudio layers` lists all")


def _described(node_type: type[NodeType]) -> dict[str, Any]:
    return {
        "type": node_type.name,
        "category": node_type.category,
        "summary": node_type.summary_line(),
        "doc": node_type.doc(),
        "formula": _formula(node_type.doc()),
        "search": list(node_type.search_words()),
        "inputs": [_port(p) for p in node_type.inputs],
        "outputs": [_port(p) for p in node_type.outputs],
        "params": [_param(key, p) for key, p in node_type.declared.items()],
        "keras": node_type.keras,
        "torch": node_type.torch,
        "onnx": node_type.onnx,
        "without": dict(node_type.without),
    }


def _port(port: Port) -> dict[str, Any]:
    return {"name": port.name, "doc": port.doc, "variadic": port.variadic, "optional": port.optional}


def _param(name: str, param: Param[Any]) -> dict[str, Any]:
    default = None if param.required else _default(param.default)
    return {
        "name": name,
        "type": param.kind,
        "required": param.required,
        "default": default,
        "initial": plain(param.initial),
        "takes": param.expected,
        "range": _range(param),
        "choices": _choices(param),
        "doc": param.doc,
    }


def _formula(doc: str) -> str | None:
    """What of the documentation says how the output is computed: the clauses with an equals sign, or of the loss."""
    clauses = re.split(r"(?<=[.:;])\s+(?=\S)", " ".join(doc.split()))
    return " ".join(c for c in clauses if " = " in c or c.startswith("The loss is")) or None


def _range(param: Param[Any]) -> dict[str, float]:
    """The bounds that the parameter has; those called above and below are not taken themselves."""
    known = ("minimum", "maximum", "above", "below")
    bounds = {key: value for key in known if (value := getattr(param, key, None)) is not None}
    return {key: value for key, value in bounds.items() if abs(value) != Int.LIMIT}


def _choices(param: Param[Any]) -> list[str] | None:
    """The names that the parameter takes, where it takes names."""
    if isinstance(param, Choice):
        return list(param.options)
    return list(param.family.members) if isinstance(param, (Object, Objects)) else None


def _default(value: Any) -> Any:
    if isinstance(value, Declared):
        return {"type": value.name, "params": plain(value.params)}
    return plain(value)


def _show_one(described: dict[str, Any]) -> None:
    ports = {side: ", ".join(p["name"] for p in described[side]) or "none" for side in ("inputs", "outputs")}
    text = f"{described['type']} ({described['category']})\n\n{described['doc']}\n"
    print(f"{text}\ninputs: {ports['inputs']} · outputs: {ports['outputs']}\n")  # noqa: T201
    rows = [(p["name"], "required" if p["required"] else _shown(p["default"]), p["doc"]) for p in described["params"]]
    if rows:
        print_table(("parameter", "default", "meaning"), rows)


def _shown(value: Any) -> str:
    """As it stands in a document."""
    return value if isinstance(value, str) else to_text(value)
