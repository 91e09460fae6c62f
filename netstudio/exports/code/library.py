"""The functions that written programs may use: each goes along where it, or one that uses it, is called."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Piece(NamedTuple):
    """A function or a type's name, with the names that it uses."""

    source: str
    uses: frozenset[str]
    is_function: bool


@dataclass(frozen=True)
class Library:
    """The functions, and the names given to types, of Python files, which are read and never run here."""

    paths: tuple[Path, ...]

    @functools.cached_property
    def _pieces(self) -> dict[str, Piece]:
        return {name: piece for path in self.paths for name, piece in _pieces(path.read_text(encoding="utf-8"))}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._pieces)

    def taken(self, called: Iterable[str]) -> tuple[list[str], list[str]]:
        """The types and the functions among what is called, and what that uses, as source in the order of the files."""
        wanted: set[str] = set()
        todo = [name for name in called if name in self._pieces]
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo += [n for n in self._pieces[name].uses if n in self._pieces]
        found = [piece for name, piece in self._pieces.items() if name in wanted]
        return [p.source for p in found if not p.is_function], [p.source for p in found if p.is_function]


def _pieces(text: str) -> Iterable[tuple[str, Piece]]:
    for node in ast.parse(text).body:
        uses = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        source = ast.get_source_segment(text, node) or ""
        if isinstance(node, ast.FunctionDef):
            yield node.name, Piece(source, uses, True)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, Piece(source, uses - {node.targets[0].id}, False)
