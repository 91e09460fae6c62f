"""The functions that written programs may use: each goes along where it, or one that uses it, is called."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from pathlib import Path


class Library:
    """The functions of a Python file, which is read and never run here."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @functools.cached_property
    def _functions(self) -> dict[str, tuple[str, frozenset[str]]]:
        """By name: the source, and the names in it."""
        text = self._path.read_text(encoding="utf-8")
        return {
            node.name: (
                ast.get_source_segment(text, node) or "",
                frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name)),
            )
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef)
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._functions)

    def taken(self, called: Iterable[str]) -> list[str]:
        """The sources of what is called, and of what that calls, in the order of the file."""
        wanted: set[str] = set()
        todo = [name for name in called if name in self._functions]
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo += [n for n in self._functions[name][1] if n in self._functions]
        return [source for name, (source, _) in self._functions.items() if name in wanted]
