"""Columns of text: the vocabulary, and the ids of a text's tokens."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from netstudio.data import spool
from netstudio.data.settings.columns import CONSTANT, DROP, ERROR, ColumnSettings
from netstudio.data.settings.text import TextSettings
from netstudio.data.spool import Array
from netstudio.data.texts import Texts
from netstudio.errors import DataError

PADDING, STRANGE, FIRST = 0, 1, 2  # the ids after a text's end, of a token that is not known, of the first that is
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")  # a word with its apostrophes, or a mark
MOST_COUNTED = 4_000_000  # different tokens: beyond them, those met once are forgotten


@dataclass(frozen=True)
class TextRecipe:
    """One column: a text becomes `length` ids, of the tokens of the training rows by their frequency."""

    name: str
    tokens: str
    length: int
    lowercase: bool
    vocabulary: tuple[str, ...]
    missing: str = ERROR
    fill: str = ""

    @classmethod
    def fit(cls, name: str, texts: Texts, said: ColumnSettings, settings: TextSettings, rows: Array) -> TextRecipe:
        """Learnt from `rows` alone: the most frequent tokens, those as frequent in alphabetical order."""
        if said.missing not in (ERROR, DROP, CONSTANT):
            raise DataError(
                f'column {name!r} holds texts, and its "missing" is {said.missing!r}; '
                'expected "error", "drop", or "constant" with a "fill"'
            )
        fill = "" if said.fill is None else str(said.fill)
        empty = cls(name, settings.tokens, settings.length, settings.lowercase, (), said.missing, fill)
        counts: Counter[str] = Counter()
        for _, part in texts.parts(np.sort(rows)):
            for text in part:
                counts.update(empty.split(text))
            if len(counts) > MOST_COUNTED:
                counts = Counter({token: count for token, count in counts.items() if count > 1})
        if not counts:
            raise DataError(f"column {name!r} holds no {settings.tokens} in any training row; ignore it")
        kept = sorted(counts, key=lambda token: (-counts[token], token))[: settings.vocabulary - FIRST]
        return cls(name, settings.tokens, settings.length, settings.lowercase, tuple(kept), said.missing, fill)

    @property
    def ids(self) -> int:
        """How many different ids there are, of padding and of the unknown too."""
        return FIRST + len(self.vocabulary)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.vocabulary, FIRST)}

    def split(self, text: str | None) -> list[str]:
        """The tokens of a text."""
        text = self.fill if text is None else text
        text = text.lower() if self.lowercase else text
        return WORD.findall(text) if self.tokens == "words" else list(text)

    def encode(self, texts: Texts) -> Array:
        """(rows, length) ids, int64."""
        made = spool.empty((len(texts), self.length), np.int64)
        for rows, part in texts.parts():
            ids = np.full((len(part), self.length), PADDING, np.int64)
            for row, text in zip(ids, part, strict=True):
                found = [self._numbers.get(token, STRANGE) for token in self.split(text)[: self.length]]
                row[: len(found)] = found
            made[rows] = ids
        return made

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kind": "text", "name": self.name, "tokens": self.tokens, "length": self.length,
            "lowercase": self.lowercase, "vocabulary": list(self.vocabulary), "missing": self.missing,
            "fill": self.fill,
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> TextRecipe:
        """From what `to_json` gave; ValueError where it can't be."""
        settings = TextSettings(tokens=value["tokens"], length=value["length"], lowercase=value["lowercase"])
        kept = tuple(map(str, value["vocabulary"]))
        missing, fill = str(value["missing"]), str(value["fill"])
        return cls(str(value["name"]), settings.tokens, settings.length, settings.lowercase, kept, missing, fill)
