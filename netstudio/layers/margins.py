"""Cells at the edges of sequences and images: parameters of the layers that add them and take them away."""

from __future__ import annotations

from typing import Any

from netstudio.graph.params import Ints

SIDES = {
    1: ("before", "after"),
    2: ("top", "bottom", "left", "right"),
    3: ("front", "back", "top", "bottom", "left", "right"),
}
WRITTEN = {2: "(rows, columns)", 3: "(depth, rows, columns)"}


class Margins(Ints):
    """Cells before and after along each of `rank` axes; also as Keras has them: one number, or one or two an axis."""

    def __init__(self, default: Any, *, doc: str, rank: int = 2) -> None:
        super().__init__(2 * rank, default, minimum=0, axes=SIDES[rank], doc=doc)
        self.rank = rank

    def _expected(self) -> str:
        *first, last = self.axes
        return f"{', '.join(first)} and {last}, or {WRITTEN[self.rank]}, or one number, each 0 or more"

    def _check(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, (list, tuple)) and len(value) == self.rank:
            pairs = [n if isinstance(n, (list, tuple)) else (n, n) for n in value]
            value = [n for pair in pairs for n in pair]
        return super()._check(value)


def margins1d_param(default: Any, doc: str) -> Ints:
    return Ints(2, default, minimum=0, axes=SIDES[1], doc=doc)


def margins_caption(margins: tuple[int, ...]) -> str:
    """One number where all are equal."""
    return str(margins[0]) if len(set(margins)) == 1 else ", ".join(map(str, margins))


def along(margins: tuple[int, ...]) -> tuple[int, ...]:
    """How many cells there are before and after each axis together."""
    return tuple(before + after for before, after in zip(margins[::2], margins[1::2]))


def around(margins: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(before, after) of each axis of a batch, whose channels have none."""
    return (0, *margins[::2], 0), (0, *margins[1::2], 0)
