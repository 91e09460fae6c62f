"""What an operation's attributes look like in Python."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any

from netstudio.exports.program import Dim, Dims, Program, Samples, Step

EVERYTHING = ast.Slice()


def attributes(s: Step, p: Program) -> dict[str, ast.expr]:
    """By the names that a dialect's rows use: the operation's own, `shape`, and of those that cut, `index`.

    `flipped` is the index into a tensor that was turned round where the index goes backwards, `where` slices as values.
    """
    found = {name: literal(value) for name, value in s.attrs.items() if isinstance(value, (int, float, str, tuple))}
    found["shape"] = dims(s.shape, free=s.op == "reshape")
    if s.op == "slice":
        seen = p[s.inputs[0]].shape
        found["index"] = index(seen, s.attrs["starts"], s.attrs["steps"], s.shape)
        found["flipped"] = flipped(seen, s.attrs["starts"], s.attrs["steps"], s.shape)
    elif s.op == "place":
        seen = p[s.inputs[0]].shape
        found["index"] = index(s.shape, s.attrs["starts"], s.attrs["steps"], seen)
        found["where"] = as_values(found["index"])
        found["margins"] = literal(margins(s, p))
    return found


def literal(value: Any) -> ast.expr:
    """A number, a text or a tuple of them; samples are counted by `batch`."""
    if isinstance(value, tuple):
        return ast.Tuple([literal(v) for v in value], ast.Load())
    if isinstance(value, Samples):
        return _expression(_counted(value))
    if isinstance(value, float) and not math.isfinite(value):
        return _expression(f'float("{value}")')
    return _expression(repr(value))


def dims(shape: Dims, free: bool = False) -> ast.expr:
    """A shape; with `free` the one number that counts samples, where there is one, is left to be found out."""
    counted = [n for n in shape if isinstance(n, Samples)]
    return literal(tuple(-1 if free and len(counted) == 1 and n is counted[0] else n for n in shape))


def index(whole: Dims, starts: Sequence[int], steps: Sequence[int], shape: Dims) -> ast.expr:
    """What picks `shape` out of `whole`; what is left out at the end is everything."""
    cuts = [_cut(n, start, step, count) for n, start, step, count in zip(whole, starts, steps, shape, strict=True)]
    while len(cuts) > 1 and cuts[-1] is EVERYTHING:
        cuts.pop()
    return ast.Tuple(list(cuts), ast.Load()) if len(cuts) > 1 else cuts[0]


def flipped(whole: Dims, starts: Sequence[int], steps: Sequence[int], shape: Dims) -> ast.expr:
    """As `index`, where each axis that a step goes back along has been turned round."""
    turned = [
        n - 1 - start if step < 0 and isinstance(n, int) else start
        for n, start, step in zip(whole, starts, steps, strict=True)
    ]
    return index(whole, turned, [abs(step) for step in steps], shape)


def as_values(found: ast.expr) -> ast.expr:
    """Slices as Python's objects, where no brackets follow."""
    if isinstance(found, ast.Tuple):
        return ast.Tuple([as_values(e) for e in found.elts], ast.Load())
    assert isinstance(found, ast.Slice)
    parts = [part or ast.Constant(None) for part in (found.lower, found.upper, found.step)]
    return ast.Call(ast.Name("slice", ast.Load()), parts, [])


def margins(s: Step, p: Program) -> tuple[tuple[int, int], ...] | None:
    """The zeros before and after each axis that an op "place" adds; None where it puts others between."""
    seen = p[s.inputs[0]].shape
    found = []
    for whole, start, step, count in zip(s.shape, s.attrs["starts"], s.attrs["steps"], seen, strict=True):
        if whole == count:
            found.append((0, 0))
        elif isinstance(whole, Samples) or isinstance(count, Samples) or step != 1:
            return None
        else:
            found.append((start, whole - start - count))
    return tuple(found)


def _cut(whole: Dim, start: int, step: int, count: Dim) -> ast.Slice:
    if whole == count and step == 1:
        return EVERYTHING
    reverse = step < 0
    end = _end(whole, start, step, count)
    is_first = start == (whole - 1 if isinstance(whole, int) and reverse else 0)
    return ast.Slice(
        lower=None if is_first else literal(start),
        upper=None if end is None else literal(end),
        step=None if step == 1 else literal(step),
    )


def _end(whole: Dim, start: int, step: int, count: Dim) -> Dim | None:
    """The first place that is not taken; None where the tensor ends before it."""
    if isinstance(count, Samples):
        return Samples(count.each * step, start + count.more * step)
    last = start + (count - 1) * step
    if step < 0:
        end = last + step
        return None if end < 0 else end
    return None if isinstance(whole, int) and last + step >= whole else last + 1


def _counted(n: Samples) -> str:
    product = "batch" if n.each == 1 else f"{n.each} * batch"
    return product if not n.more else f"{product} {'+' if n.more > 0 else '-'} {abs(n.more)}"


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
