"""Names for a document's nodes in Python, and people's texts in comments."""

from __future__ import annotations

import keyword
from collections.abc import Iterable

WORDS = frozenset((*keyword.kwlist, *keyword.softkwlist))
CALLED = frozenset(("len", "float", "slice"))  # by the lines of a node
LONGEST = 60  # characters of a label in a comment


class Names:
    """Gives each thing a name of its own, which is no word of the language and none of the `reserved` ones."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self._taken = WORDS | CALLED | set(reserved)

    def fresh(self, wish: str) -> str:
        """`wish`, an identifier, or that with an underscore or a number behind it."""
        name, number = wish, 1
        while name in self._taken:
            name = f"{wish}_{number if number > 1 else ''}"
            number += 1
        self._taken |= {name}
        return name


def comment(text: str) -> str:
    """A person's text as one line that can't end a comment."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    line = " ".join(words)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def quoted(text: str) -> str:
    """A person's text as one line that can't end a docstring."""
    return comment(text).replace("\\", "/").replace('"', "'")
