"""What a table's columns go through, and what predictions mean. What a model uses of this goes along with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Table = dict[str, list[Any]]
Columns = Mapping[str, Sequence[Any]]


def cells(columns: Columns, name: str) -> list[str]:
    """A column's cells as texts without space around them; ValueError where there is no column."""
    if name not in columns:
        raise ValueError(f"there is no column {name!r}, which the model was trained on")
    is_nothing = [c is None or (isinstance(c, float) and math.isnan(c)) for c in columns[name]]
    return ["" if no else str(cell).strip() for no, cell in zip(is_nothing, columns[name])]


def numbers(
    columns: Columns,
    name: str,
    missing: str = "error",
    fill: float = 0.0,
    log: bool = False,
    shift: float = 0.0,
    spread: float = 1.0,
) -> Array:
    """A column of numbers as in training, (rows, 1), or (rows, 2) with a flag for empty cells."""
    nothing = {"", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "missing"}
    found = np.full(len(columns.get(name, ())), np.nan, np.float32)
    for row, cell in enumerate(cells(columns, name)):
        if cell.lower() in nothing:
            continue
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell, re.ASCII):
            raise ValueError(f"row {row}, column {name!r} is {cell!r}; expected a number")
        found[row] = float(cell)
    return changed(found.astype(np.float64), name, missing, fill, log, shift, spread)


def dates(
    columns: Columns,
    name: str,
    missing: str = "error",
    fill: float = 0.0,
    log: bool = False,
    shift: float = 0.0,
    spread: float = 1.0,
) -> Array:
    """A column of dates as days since 1970, otherwise as `numbers`."""
    texts = enumerate(cells(columns, name))
    found = np.array([days(text, f"row {row}, column {name!r}") for row, text in texts])
    return changed(found, name, missing, fill, log, shift, spread)


def days(text: str, place: str) -> float:
    """A date as days since 1970, NaN where there is none; ValueError where it is no date."""
    if not text:
        return math.nan
    text = f"{text}-01" if re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", text) else text
    dotted = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
    usual = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y/%m/%d")
    for form in (*usual, *(form.replace(" ", "T") for form in usual), *dotted):
        try:
            return (datetime.strptime(text, form) - datetime(1970, 1, 1)).total_seconds() / 86400
        except ValueError:
            continue
    raise ValueError(f"{place} is {text!r}, no date; write dates as 2026-12-31")


def changed(
    values: NDArray[np.float64],
    name: str,
    missing: str,
    fill: float,
    log: bool,
    shift: float,
    spread: float,
) -> Array:
    """(value - shift) / spread, of the logarithm of 1 + x where `log`; empty cells filled."""
    empty = np.isnan(values)
    if missing in ("error", "drop") and empty.any():
        raise ValueError(f"row {int(empty.argmax())}, column {name!r} is empty; fill it in")
    values = np.where(empty, fill, values)
    if log and (values <= -1).any():
        row = int((values <= -1).argmax())
        raise ValueError(f"row {row}, column {name!r} is {values[row]:g}; expected more than -1")
    made = ((np.log1p(values) if log else values) - shift) / spread
    flags = [empty] if missing == "flag" else []
    return np.stack([made, *flags], axis=1).astype(np.float32)


def places(
    columns: Columns,
    name: str,
    known: Sequence[str],
    missing: str = "error",
    fill: str = "",
    takes_unknown: bool = False,
) -> NDArray[np.int64]:
    """The number of each cell's category, (rows,), or -1 where it may be unknown."""
    number = {category: place for place, category in enumerate(known)}
    found = []
    for row, cell in enumerate(cells(columns, name)):
        if not cell and missing in ("error", "drop"):
            raise ValueError(f"row {row}, column {name!r} is empty; fill it in")
        if not cell:
            place = len(known) if missing == "flag" else number.get(fill, -1)
        else:
            place = number.get(cell, -1)
        if place < 0 and not takes_unknown:
            raise ValueError(
                f"row {row}, column {name!r} is {cell or fill!r}, which no training row had; "
                f"there were {', '.join(known[:12])}"
            )
        found.append(place)
    return np.array(found, np.int64)


def one_hot(found: NDArray[np.int64], width: int) -> Array:
    """(rows, width) of 0 and 1; -1 has 0 in all places."""
    return np.asarray(found[:, None] == np.arange(width), np.float32)


def tokens(
    columns: Columns,
    name: str,
    vocabulary: Sequence[str],
    length: int,
    words: bool,
    lowercase: bool,
    missing: str = "error",
    fill: str = "",
) -> NDArray[np.int64]:
    """The numbers of each text's tokens, (rows, length): 0 behind its end, 1 for one not known."""
    number = {token: place for place, token in enumerate(vocabulary, 2)}
    made = np.zeros((len(columns.get(name, ())), length), np.int64)
    for row, cell in enumerate(cells(columns, name)):
        if not cell and missing in ("error", "drop"):
            raise ValueError(f"row {row}, column {name!r} is empty; fill it in")
        text = (cell or fill).lower() if lowercase else cell or fill
        found = re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text) if words else list(text)
        made[row, : len(found)] = [number.get(token, 1) for token in found[:length]]
    return made


def windows_of(x: Array, steps: int, stride: int) -> Array:
    """(windows, steps, ...) of (rows, ...): rows in the order of time, one after the other."""
    if len(x) < steps:
        raise ValueError(f"{len(x)} rows are too few for a window of {steps}")
    seen = np.lib.stride_tricks.sliding_window_view(x, steps, axis=0)[::stride]
    return np.asarray(np.moveaxis(seen, -1, 1))


def scaled(x: Any, kind: str, shift: Sequence[float], scale: Sequence[float]) -> Array:
    """As in training: (x - shift) / scale along the last axis, or the logarithm of 1 + x."""
    values = np.asarray(x, np.float32)
    if kind == "log":
        return np.log1p(values)
    return np.asarray((values - np.array(shift)) / np.array(scale), np.float32)


def scaled_back(y: Array, kind: str, shift: Sequence[float], scale: Sequence[float]) -> Array:
    """From what the model predicts to the data's own units."""
    if kind == "log":
        return np.expm1(y)
    return np.asarray(y * np.array(scale) + np.array(shift), np.float32)


def told_classes(y: Array, names: Sequence[str], logits: bool, prefix: str = "") -> Table:
    """The likeliest class and the probabilities, as columns."""
    if logits:
        powers = np.exp((y - y.max(1, keepdims=True)).astype(np.float64))
        y = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    chosen = y.argmax(1)
    best = y[np.arange(len(y)), chosen]
    told: Table = {
        f"{prefix}class": [names[place] for place in chosen],
        f"{prefix}probability": best.tolist(),
    }
    return told | {f"{prefix}p({name})": y[:, i].tolist() for i, name in enumerate(names)}


def told_two(y: Array, names: Sequence[str], logits: bool, prefix: str = "") -> Table:
    """The likelier of two classes, of which y is the second one's probability or its logit."""
    flat = y.reshape(-1, 1)
    yes = np.exp(-np.logaddexp(0, -flat.astype(np.float64))) if logits else flat
    both = np.concatenate([1 - yes, yes], 1).astype(np.float32)
    chosen = (both[:, 1] > 0.5).astype(np.int64)
    told: Table = {
        f"{prefix}class": [names[place] for place in chosen],
        f"{prefix}probability": both[np.arange(len(both)), chosen].tolist(),
    }
    return told | {f"{prefix}p({name})": both[:, i].tolist() for i, name in enumerate(names)}


def told_values(y: Array, name: str) -> Table:
    """The numbers, as a column or, of several, as one for each."""
    flat = y.reshape(len(y), -1)
    if flat.shape[1] == 1:
        return {name: flat[:, 0].tolist()}
    return {f"{name}[{place}]": flat[:, place].tolist() for place in range(flat.shape[1])}
