"""What is wrong with a graph, said where it is wrong, with the repairs that are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from netstudio.graph.edits import Edit

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class InsertBefore:
    """Hint: put a node of `type` on the wire into the port that complains."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SetParam:
    """Hint: give the node that complains another value of one parameter."""

    param: str
    value: Any


@dataclass(frozen=True)
class FeedBy:
    """Hint: add a node of `type` and wire it into the port that nothing is wired into."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)


Hint = InsertBefore | SetParam | FeedBy


@dataclass(frozen=True)
class Repair:
    """One undoable way to mend a problem; `title` says what it does before it is done."""

    title: str
    edit: Edit


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands (`node`, `port`, `param`, as far as they apply) and what to do.

    Where it stands inside a block, `node` is the block in the document, and `inside` leads on to the node in it.
    """

    severity: Severity
    message: str
    node: str | None = None
    port: str | None = None
    param: str | None = None
    repairs: tuple[Repair, ...] = ()
    inside: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}"
