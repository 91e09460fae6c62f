"""From operators to nodes: each in turn, from what its inputs have become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netstudio.errors import ModelImportError, suggestion
from netstudio.graph import Endpoint
from netstudio.imports.onnx.build import Builder, UnsupportedError, Weights
from netstudio.imports.onnx.folding import fold
from netstudio.imports.onnx.names import Names
from netstudio.imports.onnx.reading import Array, Op, Source
from netstudio.imports.onnx.tensors import Tensor

Value = Tensor | Array
Converter = Callable[["Importing", Op], "Value | Sequence[Value | None]"]
# What reading an operator that is not as the standard has it may raise.
WRONG = ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, MemoryError
CONVERTERS: dict[str, Converter] = {}


def converts(*types: str) -> Callable[[Converter], Converter]:
    """Register a function for operators. It gives their output, or a list of their outputs.

    It raises UnsupportedError where it can't.
    """

    def register(function: Converter) -> Converter:
        CONVERTERS.update(dict.fromkeys(types, function))
        return function

    return register


class Importing:
    """What converters see: `values` by the names in the file, and the `builder` that takes nodes.

    `rows` is the number of rows that the file's shapes are made for, None where it leaves that open.
    """

    def __init__(self, source: Source, ops: Sequence[Op], wanted: Sequence[str]) -> None:
        self.source, self.ops, self.builder = source, ops, Builder(Names(ops))
        self.values: dict[str, Value] = dict(source.constants)
        self.rows: int | None = None
        self.notes: list[str] = []
        self.metrics: tuple[str, ...] = ()
        self.uses = Counter([*(name for op in ops for name in op.inputs), *wanted])
        self.aliases: dict[Endpoint, list[str]] = {}  # the names under which the file knows an output of ours
        self.origin = {name: name for name in source.constants}  # the file's weight that a constant was made of

    def run(self) -> None:
        """Convert every operator; ModelImportError where one can't be."""
        for op in self.ops:
            try:
                made = self._converted(op)
            except UnsupportedError as error:
                raise self.error(op, str(error)) from error
            except WRONG as error:
                raise self.error(op, f"its inputs or attributes are not as its kind has them ({error})") from error
            for name, value in zip(op.outputs, made):
                if name and value is not None:
                    self.values[name] = value
                    if isinstance(value, Tensor):
                        self.aliases.setdefault(value.at, []).append(name)

    def error(self, op: Op, why: str) -> ModelImportError:
        return ModelImportError(
            f"{self.source.path}: the operator {op.shown} can't be imported: {why}", op.name, op.type
        )

    def _converted(self, op: Op) -> Sequence[Value | None]:
        given = [self.values.get(name) for name in op.inputs]
        for name, value in zip(op.inputs, given):
            if name and value is None:
                raise UnsupportedError(
                    f"nothing before it makes its input {name[:80]!r}; the file is damaged, or its operators do "
                    "not stand in the order in which they are computed"
                )
        if not any(isinstance(value, Tensor) for value in given):
            folded = fold(op, given)  # type: ignore[arg-type]
            if folded is not None:
                self._pass_on_origin(op)
                return folded
        function = CONVERTERS.get(op.type)
        if function is None:
            raise UnsupportedError(_unknown(op))
        made = function(self, op)
        return [made] if isinstance(made, (Tensor, np.ndarray)) else made

    def _pass_on_origin(self, op: Op) -> None:
        known = [self.origin[name] for name in op.inputs if name in self.origin]
        if len(known) == 1 and op.outputs:
            self.origin[op.outputs[0]] = known[0]

    # ---------------------------------------------------------------------------------------------- inputs

    def has(self, op: Op, number: int) -> bool:
        """Whether the operator is given its input of that number."""
        return number < len(op.inputs) and bool(op.inputs[number])

    def tensor(self, op: Op, number: int = 0) -> Tensor:
        """What the input is; UnsupportedError where it is a constant."""
        value = self.values[op.inputs[number]]
        if not isinstance(value, Tensor):
            raise UnsupportedError(
                f"its input {number + 1} is a constant, where a layer here takes what others compute"
            )
        return value

    def constant(self, op: Op, number: int, what: str) -> Array:
        """The numbers of an input; UnsupportedError where they are computed from the data."""
        value = self.values[op.inputs[number]] if self.has(op, number) else None
        if value is None:
            raise UnsupportedError(f"its {what} is missing")
        if isinstance(value, Tensor):
            raise UnsupportedError(f"its {what} is computed from the data; expected weights that stand in the file")
        return value

    def optional(self, op: Op, number: int, what: str) -> Array | None:
        """As `constant`; None where it is left out."""
        return self.constant(op, number, what) if self.has(op, number) else None

    def integers(self, op: Op, name: str, number: int) -> list[int] | None:
        """What newer operators take as an input and older ones as an attribute; None where it is left out."""
        if name in op.attributes:
            value = op.attributes[name]
            return [int(v) for v in value] if isinstance(value, list) else [int(value)]
        found = self.optional(op, number, name)
        return None if found is None else [int(v) for v in np.atleast_1d(found)]

    def number(self, op: Op, name: str, number: int, default: float | None) -> float | None:
        """As `integers`, of one number."""
        if name in op.attributes:
            return float(op.attributes[name])
        found = self.optional(op, number, name)
        return default if found is None or not found.size else float(found.reshape(-1)[0])

    def names_of(self, op: Op, *numbers: int) -> tuple[str, ...]:
        """The names in the file of the weights that those inputs were made of."""
        return tuple(self.origin.get(op.inputs[n], op.inputs[n]) for n in numbers if self.has(op, n))

    def used(self, op: Op, number: int) -> bool:
        """Whether anything reads the output of that number."""
        return number < len(op.outputs) and bool(op.outputs[number]) and self.uses[op.outputs[number]] > 0

    def read_once(self, at: Endpoint) -> bool:
        """Whether the output is read in one place alone, under whatever name, so that the next step may join it."""
        return all(self.uses[name] == 1 for name in self.aliases.get(at, ()))

    # ---------------------------------------------------------------------------------------------- layers

    def layer(
        self,
        op: Op,
        type: str,
        x: Tensor,
        params: Mapping[str, Any] | None = None,
        weights: Weights | None = None,
        named: Sequence[str] = (),
        frozen: bool = False,
    ) -> tuple[Endpoint, tuple[int, ...]]:
        """Add a layer of one input and one output; where it comes out, and the shape of a sample."""
        [(at, spec)] = self.builder.add(type, [("in", x.at)], params, weights, op, named, frozen)
        return at, spec.shape

    def each(
        self, op: Op, type: str, x: Tensor, params: Mapping[str, Any] | None = None, positive: bool = False
    ) -> Tensor:
        """A layer without weights that does the same to every value."""
        at, _ = self.layer(op, type, x, params)
        return replace(x, at=at, positive=positive, integer=False)


def _unknown(op: Op) -> str:
    near = suggestion(op.type, CONVERTERS)
    if "." in op.type:
        return "it belongs to another program and not to ONNX; export the model with standard operators"
    hint = f" ({near.removeprefix(': ')})" if near and near != f": did you mean {op.type!r}?" else ""
    return f"there is no layer here for {op.type}{hint}; leave it out, or build that part of standard layers"
