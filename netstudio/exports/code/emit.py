"""Operations as assignments: what the NumPy and the PyTorch form are written with.

A dialect has a row for each operation: an expression in which a, b, c, d stand for the inputs, `inputs` for all of
them and an attribute's name for its value. Rows are syntax trees, not texts, so that brackets come out right and no
text of a document can become code.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import ExportError
from netstudio.exports.code import layout
from netstudio.exports.code.attributes import attributes, literal
from netstudio.exports.code.names import Names
from netstudio.exports.program import Program, Step

Row = str | Callable[[Step, Program], str]
LONG = 76  # columns of an expression: beyond them its parts get names
COMPARING = frozenset(("gt", "ge", "lt", "le", "eq", "ne", "is_finite"))


@dataclass(frozen=True)
class Dialect:
    """`rows` by operation. `truth` makes numbers of a comparison, `number` a tensor of a number.

    `plain` holds the operations that take numbers as they are, beside a tensor.
    """

    rows: Mapping[str, Row]
    truth: str
    number: str
    plain: frozenset[str]


@dataclass
class Emitter:
    """Writes the assignments of a program. `held` says how the code reads a weight or a table by its name.

    `lines` are to be indented `depth` times.
    """

    program: Program
    dialect: Dialect
    names: Names
    held: Callable[[str], ast.expr]
    depth: int = 1
    lines: list[str] = field(default_factory=list)
    tables: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    _known: dict[int, ast.expr] = field(default_factory=dict)
    _temporaries: int = 0
    _room: int = 0

    @functools.cached_property
    def _uses(self) -> Counter[int]:
        used = Counter(number for s in self.program.steps for number in s.inputs)
        return used + Counter(self.program.outputs.values())

    def know(self, number: int, expression: str) -> None:
        """The step is computed already: the code names it so."""
        self._known[number] = ast.parse(expression, mode="eval").body

    def knows(self, number: int) -> bool:
        """Whether the code has it by now."""
        return number in self._known

    def expression(self, number: int) -> str:
        """How the code names what is known."""
        return layout.source(self._known[number])

    def assign(self, number: int, name: str) -> None:
        """Assign what the step computes, and first what it needs of what is not known yet."""
        self._room = min(LONG, layout.WIDTH - len(layout.INDENT) * self.depth - len(f"{name} = "))
        for s in self._missing(number):
            self._known[s.number] = self._built(s)
            atomic = _is_atom(self._known[s.number])
            if s.number != number and self._uses[s.number] > 1 and not atomic:
                self._name(s.number)
        self._write(number, name)

    def statement(self, text: str) -> None:
        """A line of code as it is."""
        self._note_calls(ast.parse(text))
        self.lines += layout.lines(text, 0, self.depth)

    def _missing(self, number: int) -> list[Step]:
        found: dict[int, Step] = {}
        todo = [number]
        while todo:
            at = todo.pop()
            if at not in found and not self.knows(at):
                found[at] = self.program[at]
                todo += found[at].inputs
        return [found[n] for n in sorted(found)]

    def _write(self, number: int, name: str) -> None:
        self.statement(f"{name} = {layout.source(self._known[number])}")
        self._known[number] = ast.Name(name, ast.Load())

    def _name(self, number: int) -> None:
        self._temporaries += 1
        self._write(number, self.names.fresh(f"t{self._temporaries}"))

    def _built(self, s: Step) -> ast.expr:
        if s.op in ("weight", "array"):
            return self.held(s.attrs["name"] if s.op == "weight" else self._table(s))
        if s.op == "constant":
            return literal(_short(s.attrs["value"]))
        row = self.dialect.rows.get(s.op)
        if row is None:
            raise ExportError(
                f"node {s.node}: there is no Python for its operation {s.op!r}; export to onnx, or leave the node out"
            )
        text = row(s, self.program) if callable(row) else row
        if text == "a":
            return self._argument(s, 0, s.inputs[0])
        made = self._filled(s, text)
        while len(layout.source(made)) > self._room and (long := self._longest(s)) is not None:
            self._name(long)
            made = self._filled(s, text)
        return made

    def _longest(self, s: Step) -> int | None:
        """The longest of the inputs that have no name yet."""
        unnamed = [n for n in s.inputs if not _is_atom(self._known[n])]
        return max(unnamed, key=lambda n: len(ast.unparse(self._known[n])), default=None)

    def _filled(self, s: Step, text: str) -> ast.expr:
        inputs = [self._argument(s, place, number) for place, number in enumerate(s.inputs)]
        values = {
            **attributes(s, self.program),
            **dict(zip("abcd", inputs)),
            "inputs": ast.List(inputs, ast.Load()),
        }
        return substituted(text, values)

    def _argument(self, s: Step, place: int, number: int) -> ast.expr:
        source, known = self.program[number], self._known[number]
        is_truth = source.op in COMPARING and not isinstance(known, ast.Name)
        if s.op == "where" and place == 0:
            return known if is_truth else substituted("a != 0", {"a": known})
        if is_truth:
            return substituted(self.dialect.truth, {"a": known})
        if source.op == "constant" and not self._takes_numbers(s):
            return substituted(self.dialect.number, {"a": known})
        return known

    def _takes_numbers(self, s: Step) -> bool:
        """Whether the row does with numbers as they are, among tensors."""
        return s.op in self.dialect.plain and (
            s.op == "copy" or any(self.program[n].op != "constant" for n in s.inputs)
        )

    def _table(self, s: Step) -> str:
        """The name that a fixed tensor is kept by."""
        name = f"{s.node}#{sum(key.startswith(f'{s.node}#') for key in self.tables) + 1}"
        self.tables[name] = np.asarray(s.attrs["array"], np.float32)
        return name

    def _note_calls(self, tree: ast.AST) -> None:
        self.called |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _is_atom(e: ast.expr) -> bool:
    """Whether it costs nothing to write it twice."""
    if isinstance(e, (ast.Subscript, ast.Attribute)):
        return isinstance(e.value, ast.Name) and not isinstance(getattr(e, "slice", None), (ast.Slice, ast.Tuple))
    return isinstance(e, (ast.Name, ast.Constant)) or (
        isinstance(e, ast.UnaryOp) and isinstance(e.operand, ast.Constant)
    )


def _short(value: float) -> float | int:
    """A whole number without its point."""
    return int(value) if value == int(value if abs(value) < 1e9 else 0) else value


def substituted(text: str, values: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with others in place of its names."""
    return _Fill(values).visit(copy.deepcopy(_parsed(text)))  # type: ignore[no-any-return]


@functools.cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Fill(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A tuple behind a star as arguments."""
        self.generic_visit(node)
        groups = [a.value.elts if _is_starred_tuple(a) else [a] for a in node.args]  # type: ignore[attr-defined]
        node.args = [a for group in groups for a in group]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)


def _is_starred_tuple(e: ast.expr) -> bool:
    return isinstance(e, ast.Starred) and isinstance(e.value, ast.Tuple)
