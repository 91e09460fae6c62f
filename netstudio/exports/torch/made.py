"""A node as PyTorch's own modules have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netstudio.graph.facts import NodeFacts
from netstudio.graph.tensor import TensorSpec

# Where the channels are: "last" as in the document, "first" as PyTorch's convolutions have them; "any" does with both.
Layout = Literal["last", "first", "any"]


@dataclass(frozen=True)
class Made:
    """`init` makes the module; `call` is what it makes of `x`, or of `inputs`, with `module` and the channels' `axis`.

    `state` tells, for each array of the module, which weight it is and how that is turned. `also` are statements about
    the module. `gives` is the layout of the result where it is another one than it takes.
    """

    init: str = ""
    call: str = "module(x)"
    state: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    takes: Layout = "last"
    gives: Layout | None = None
    also: tuple[str, ...] = ()
    activation: str | None = None


@dataclass(frozen=True)
class Site:
    """A node where it stands: its layer's parameters and the tensors that come in, without the batch axis."""

    facts: NodeFacts

    @property
    def layer(self) -> Any:
        return self.facts.type

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        return tuple(spec for spec in self.facts.inputs if spec is not None)

    @property
    def shape(self) -> tuple[int, ...]:
        """The first input's."""
        return self.inputs[0].shape

    @property
    def gives(self) -> tuple[int, ...]:
        """The first output's shape."""
        assert self.facts.outputs is not None
        return self.facts.outputs[0].shape

    @property
    def rests(self) -> bool:
        """Whether its weights stay as they are."""
        return (self.facts.owner or self.facts.node).frozen


def arguments(*plain: object, **named: object) -> str:
    """Arguments in Python, tuples of equal numbers as one number."""
    shown = [_shown(v) for v in plain] + [f"{name}={_shown(v)}" for name, v in named.items()]
    return f"({', '.join(shown)})"


def unless(usual: object, **named: object) -> dict[str, object]:
    """The arguments that are not as usual."""
    return {name: v for name, v in named.items() if _plain(v) != usual}


def _plain(value: object) -> object:
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _shown(value: object) -> str:
    return repr(_plain(value))
