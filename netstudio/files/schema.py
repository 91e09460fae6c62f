"""The form of a graph document, format version 1: which keys there are and what kind of value each holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netstudio.errors import suggestion
from netstudio.graph import Problem

FORMAT = "netstudio/graph"
VERSION = 1
MOST = 100_000  # nodes, and wires
SHOWN = 100  # problems at most; more help nobody


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class NodeForm(_Form):
    id: str
    type: str
    params: dict[str, Any] = {}
    pos: Annotated[list[float], Field(min_length=2, max_length=2)] = [0.0, 0.0]
    label: str | None = None
    frozen: bool = False
    learning_rate_factor: Annotated[float, Field(ge=0)] = 1.0
    bypassed: bool = False


class DocumentForm(_Form):
    format: Literal["netstudio/graph"]
    version: int
    name: str = "untitled"
    nodes: Annotated[list[NodeForm], Field(max_length=MOST)]
    wires: Annotated[list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(max_length=MOST)] = []
    data: dict[str, Any] = {}
    training: dict[str, Any] = {}


def read_form(value: Any) -> tuple[DocumentForm | None, list[Problem]]:
    """The document in its form, or the problems that keep `value` from being one."""
    heading = _heading_problem(value)
    if heading is not None:
        return None, [Problem("error", heading)]
    try:
        return DocumentForm.model_validate(value), []
    except ValidationError as error:
        return None, list(_problems(error, value))


def _heading_problem(value: Any) -> str | None:
    """What keeps the whole from being read, before its parts are looked at."""
    if not isinstance(value, dict):
        return f"not a graph document: expected an object with the key format: {FORMAT!r}"
    if value.get("format") != FORMAT:
        found = f"it is {str(value['format'])[:60]!r}" if "format" in value else "it is missing"
        return f"not a graph document: its key format should be {FORMAT!r}, and {found}"
    version = value.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        found = f"it is {str(version)[:60]!r}" if "version" in value else "it is missing"
        return f"the key version should be an integer from 1 to {VERSION}, and {found}"
    if version > VERSION:
        return f"written by a newer NetStudio (format version {version}; this one reads up to {VERSION}): update it"
    return None


def _problems(error: ValidationError, value: dict[str, Any]) -> Iterator[Problem]:
    for item in error.errors(include_url=False, include_context=False)[:SHOWN]:
        place = item["loc"]
        node = _node_at(place, value)
        message = f"{_path(place)}: {_words(item['type'], item['msg'], place)}"
        yield Problem("error", f"{node}: {message}" if node else message, node)


def _words(kind: str, message: str, place: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        known = NodeForm.model_fields if place[0] == "nodes" else DocumentForm.model_fields
        return f"unknown key{suggestion(str(place[-1]), known) or '; there are ' + ', '.join(known)}"
    if kind == "missing":
        return "missing; every node needs it" if place[0] == "nodes" and len(place) > 1 else "missing"
    return message[0].lower() + message[1:]


def _path(place: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:60]}" for part in place)
    return text.removeprefix(".")


def _node_at(place: tuple[int | str, ...], value: dict[str, Any]) -> str | None:
    if len(place) < 2 or place[0] != "nodes" or not isinstance(place[1], int):
        return None
    form = value["nodes"][place[1]]
    id = form.get("id") if isinstance(form, dict) else None
    return id[:60] if isinstance(id, str) else None
