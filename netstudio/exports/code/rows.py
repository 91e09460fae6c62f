"""Rows that are Python's own, and what the rows of both dialects are made with."""

from __future__ import annotations

from netstudio.exports.program import Program, Step

OPERATORS = {
    "neg": "-a", "reciprocal": "1 / a", "add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b", "pow": "a ** b",
    "gt": "a > b", "ge": "a >= b", "lt": "a < b", "le": "a <= b", "eq": "a == b", "ne": "a != b",
    "leave": "a",
}  # fmt: skip
DEFAULTS = {"strides": (1, 1), "dilation": (1, 1), "padding": (0, 0, 0, 0), "groups": 1, "every": False}
RECURRENT = {"lstm": "lstm", "gru": "gru", "simple": "simple_rnn"}
LETTERS = "abcd"


def keywords(s: Step, *names: str) -> str:
    """The attributes of those names as keyword arguments, but for those that are as a function takes them anyway."""
    return "".join(f", {name}={name}" for name in names if s.attrs[name] != DEFAULTS[name])


def slice_of(s: Step, p: Program) -> str:
    whole = s.shape == p[s.inputs[0]].shape and set(s.attrs["steps"]) <= {1}
    return "a" if whole else "a[index]"


def reshape(s: Step, p: Program) -> str:
    return "a.reshape(*shape)" if s.shape else "a.reshape(())"


def conv2d(s: Step, p: Program) -> str:
    return f"conv2d(a, b{keywords(s, 'strides', 'padding', 'dilation', 'groups')})"


def conv2d_transpose(s: Step, p: Program) -> str:
    return f"conv2d_transpose(a, b, {s.shape[1:3]}{keywords(s, 'strides', 'padding', 'dilation')})"


def max_pool2d(s: Step, p: Program) -> str:
    return f"max_pool2d(a, size, strides{keywords(s, 'padding')})"


def average_pool2d(s: Step, p: Program) -> str:
    return f"average_pool2d(a, size, strides{keywords(s, 'padding')})"


def recurrence(s: Step, p: Program) -> str:
    inputs = ", ".join(LETTERS[: len(s.inputs)])
    return f"{RECURRENT[s.attrs['kind']]}({inputs}{keywords(s, 'every')})"


SHARED = {
    "conv2d": conv2d, "conv2d_transpose": conv2d_transpose, "max_pool2d": max_pool2d,
    "average_pool2d": average_pool2d, "slice": slice_of,
    "reshape": reshape, "recurrence_hidden": recurrence,
}  # fmt: skip
