"""What a Keras model is made of, whether it is then written as an archive or as code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Made:
    """An object that Keras makes from its name and its parameters: `kind` is the module, such as "layers".

    `defaults` are the parameters that have the values they would have if nothing were said; `needed` those that always
    have to be given, which stand first.
    """

    kind: str
    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    defaults: frozenset[str] = frozenset()
    needed: tuple[str, ...] = ()


@dataclass(eq=False)
class Part:
    """A layer, or an operation, with each of its calls.

    `weights` are by their place below the layer in Keras's weight files ("cell/vars/0"), in the order of the layer's
    `get_weights`.
    """

    name: str
    made: Made
    node: str
    weights: Arrays = field(default_factory=dict)
    trainable: bool = True
    calls: list[Call] = field(default_factory=list)

    @property
    def is_layer(self) -> bool:
        return self.made.kind == "layers"


@dataclass(eq=False)
class Call:
    """What a part is called on: tensors, numbers, arrays, slices, and lists of them."""

    part: Part
    number: int
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def tensors(self) -> Iterator[Tensor]:
        """Every tensor that it is called on, in the order in which Keras finds them."""
        yield from _tensors([*self.args, *(self.kwargs[key] for key in sorted(self.kwargs))])


@dataclass(frozen=True, eq=False)
class Tensor:
    """One output of a call."""

    call: Call
    index: int
    shape: Shape
    dtype: str = "float32"


@dataclass
class Net:
    """A Keras model: `parts` in the order in which they are called first; inputs and outputs by name."""

    name: str
    parts: list[Part] = field(default_factory=list)
    inputs: dict[str, Tensor] = field(default_factory=dict)
    outputs: dict[str, Tensor] = field(default_factory=dict)
    order: list[Call] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def part(self, name: str, made: Made, node: str, **more: Any) -> Part:
        """A part under that name, or under one like it where that is taken."""
        part = Part(self._free(name), made, node, **more)
        self.parts.append(part)
        return part

    def call(
        self,
        part: Part,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        shapes: Sequence[Shape],
        dtype: str = "float32",
    ) -> tuple[Tensor, ...]:
        """Call the part; a tensor for each of the shapes that come out."""
        call = Call(part, len(part.calls), tuple(args), dict(kwargs))
        part.calls.append(call)
        self.order.append(call)
        return tuple(Tensor(call, index, tuple(shape), dtype) for index, shape in enumerate(shapes))

    def forget_unused(self) -> None:
        """Leave out what no output depends on."""
        used: set[Call] = set()
        todo = [tensor.call for tensor in self.outputs.values()]
        while todo:
            call = todo.pop()
            if call not in used:
                used.add(call)
                todo += [tensor.call for tensor in call.tensors()]
        self.order = [call for call in self.order if call in used]
        self.parts = [part for part in self.parts if not used.isdisjoint(part.calls)]
        self.inputs = {name: tensor for name, tensor in self.inputs.items() if tensor.call in used}

    def _free(self, name: str) -> str:
        found, number = name, 1
        while found in self._names:
            number += 1
            found = f"{name}_{number}"
        self._names.add(found)
        return found


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _tensors(each)
