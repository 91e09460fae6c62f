"""Cells at the edges of sequences and images: parameters of the layers that add them and take them away."""

from __future__ import annotations

from typing import Any

from netstudio.graph.params import Ints

Margins2D = tuple[int, int, int, int]


class Margins(Ints):
    """Cells at the top, bottom, left and right; also as Keras writes them: one number, (rows, columns), or pairs."""

    def __init__(self, default: Any, *, doc: str) -> None:
        super().__init__(4, default, minimum=0, axes=("top", "bottom", "left", "right"), doc=doc)

    def _expected(self) -> str:
        return "top, bottom, left and right, or (rows, columns), or one number, each 0 or more"

    def _check(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, (list, tuple)) and len(value) == 2:
            pairs = [n if isinstance(n, (list, tuple)) else (n, n) for n in value]
            value = [n for pair in pairs for n in pair]
        return super()._check(value)


def margins1d_param(default: Any, doc: str) -> Ints:
    return Ints(2, default, minimum=0, axes=("before", "after"), doc=doc)


def margins_caption(margins: tuple[int, ...]) -> str:
    """One number where all are equal."""
    return str(margins[0]) if len(set(margins)) == 1 else ", ".join(map(str, margins))


def around_steps(margins: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(before, after) of each axis of (batch, steps, features)."""
    return (0, margins[0], 0), (0, margins[1], 0)


def around_images(margins: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(before, after) of each axis of (batch, height, width, channels)."""
    top, bottom, left, right = margins
    return (0, top, left, 0), (0, bottom, right, 0)
