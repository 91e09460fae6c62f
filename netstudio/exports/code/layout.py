"""Statements as lines of at most WIDTH columns, as ruff's formatter lays them out."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator

WIDTH = 100
INDENT = "    "
OPENING, CLOSING = "([{", ")]}"


def source(node: ast.AST) -> str:
    """The expression's or statement's text, with double quotes."""
    return _double_quoted(ast.unparse(ast.fix_missing_locations(node)))


def lines(statement: str, depth: int = 1, later: int = 0) -> list[str]:
    """The statement's lines, indented `depth` times, with room for being indented `later` times more."""
    return list(_broken(statement, INDENT * depth, WIDTH - len(INDENT) * later))


def listing(items: Iterable[object], depth: int = 1) -> list[str]:
    """Numbers and texts as Python writes them, with commas, as many to a line as there is room for."""
    rows: list[str] = []
    room = WIDTH - len(INDENT) * depth
    for item in items:
        text = f"{literal(item)},"
        if rows and len(rows[-1]) + 1 + len(text) <= room:
            rows[-1] += f" {text}"
        else:
            rows.append(text)
    return [INDENT * depth + row for row in rows]


def literal(value: object) -> str:
    """A plain value as Python source. Texts are escaped: what can't be printed never stands in the code as it is."""
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f'float("{value}")'
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(literal, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    return repr(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _broken(text: str, indent: str, width: int) -> Iterator[str]:
    """The text, broken at the commas within its longest brackets where it is too long."""
    fits = len(indent) + len(text) <= width
    found = None if fits else _longest_brackets(text)
    if found is None:
        name, assigned, value = text.partition(" = ")
        yield from [indent + text] if fits or not assigned else _bracketed(name, value, indent)
        return
    first, last = found
    yield indent + text[: first + 1]
    parts = _parts(text[first + 1 : last])
    for part in parts:
        yield from _broken(part + "," * (len(parts) > 1), indent + INDENT, width)
    yield indent + text[last:]


def _bracketed(name: str, value: str, indent: str) -> list[str]:
    """An assignment whose value has no brackets to break it at."""
    return [f"{indent}{name} = (", f"{indent}{INDENT}{value}", f"{indent})"]


def _double_quoted(text: str) -> str:
    rows = text.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        if token.type == tokenize.STRING and token.string[0] == "'" and not set('"\\') & set(token.string):
            (row, start), (_, end) = token.start, token.end
            rows[row - 1] = f'{rows[row - 1][:start]}"{token.string[1:-1]}"{rows[row - 1][end:]}'
    return "".join(rows)


def _longest_brackets(text: str) -> tuple[int, int] | None:
    """Where the longest of the outermost brackets open and close."""
    found: list[tuple[int, int]] = []
    depth = start = 0
    for place, mark in _marks(text):
        if mark in OPENING:
            start = start if depth else place
            depth += 1
        elif mark in CLOSING:
            depth -= 1
            if not depth and place > start + 1:
                found.append((start, place))
    return max(found, key=lambda pair: pair[1] - pair[0], default=None)


def _parts(text: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    depth, cuts = 0, [-1]
    for place, mark in _marks(text):
        depth += (mark in OPENING) - (mark in CLOSING)
        if mark == "," and not depth:
            cuts.append(place)
    ends = [*cuts[1:], len(text)]
    return [part for a, b in zip(cuts, ends) if (part := text[a + 1 : b].strip())]


def _marks(text: str) -> Iterator[tuple[int, str]]:
    """The brackets and commas of one line outside of its strings, with their places."""
    quote, escaped = "", False
    for place, mark in enumerate(text):
        if quote:
            if mark == quote and not escaped:
                quote = ""
            escaped = mark == "\\" and not escaped
        elif mark in "'\"":
            quote, escaped = mark, False
        elif mark in OPENING + CLOSING + ",":
            yield place, mark
