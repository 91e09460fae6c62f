"""The command line of written programs. Here it is only read and tested."""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Table = dict[str, list[Any]]


def main(
    predict: Callable[..., Any],
    answers: Callable[[Any], Table],
    inputs: dict[str, str],
    prepare: Callable[[Table], dict[str, Any]] | None = None,
    scale: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    header: bool = True,
    first: int = 0,
    stride: int = 1,
) -> None:
    """Predict for the samples in a file and write what is found."""
    parser = argparse.ArgumentParser(description="Predict for the samples in a file.")
    kinds = [*([".csv"] if prepare else []), *([".npy", ".npz"] if scale else [])]
    parser.add_argument("data", type=Path, help=f"the samples: {', '.join(kinds)}")
    parser.add_argument("-o", "--out", type=Path, help="a .csv, or a .npy or .npz of bare numbers")
    asked = parser.parse_args()
    try:
        if asked.out and asked.out.suffix.lower() not in (".csv", ".npy", ".npz"):
            raise ValueError(f"{asked.out}: expected .csv, .npy or .npz")
        if asked.data.suffix.lower() in (".csv", ".tsv", ".txt") and prepare:
            x = prepare(read_table(asked.data, header))
        elif asked.data.suffix.lower() in (".npy", ".npz") and scale:
            x = scale(read_arrays(asked.data, inputs))
        else:
            raise ValueError(f"{asked.data}: expected {' or '.join(kinds)}")
        y = predict(*x.values())
        if asked.out and asked.out.suffix.lower() != ".csv":
            write_arrays(asked.out, y)
        else:
            rows = [first + stride * row for row in range(len(next(iter(x.values()))))]
            write_table({"sample": rows, **answers(y)}, asked.out)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"error: {error}")


def read_table(path: Path, header: bool = True) -> Table:
    """A CSV file's columns by name, as texts; between cells a comma, semicolon, tab or bar."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="windows-1252")
    if not text:
        raise ValueError(f"{path} is empty")
    lines = re.split(r"(?<=\n)", text)
    delimiter = max(",;\t|", key=lambda mark: len(next(csv.reader(lines, delimiter=mark))))
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    names = [name.strip() if header else f"column {i}" for i, name in enumerate(rows[0], 1)]
    rows = rows[header:]
    for number, row in enumerate(rows):
        if len(row) != len(names):
            raise ValueError(f"{path}, row {number} has {len(row)} cells; expected {len(names)}")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    decimals = re.compile(r"\s*[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?\s*", re.ASCII)
    points = re.compile(r"\s*[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
    if delimiter != "," and not any(points.fullmatch(cell) for row in rows for cell in row):
        return {
            name: [c.replace(",", ".") if decimals.fullmatch(c) else c for c in column]
            for name, column in columns.items()
        }
    return columns


def read_arrays(path: Path, inputs: dict[str, str]) -> dict[str, Any]:
    """The array of each input: a .npz holds them by either of its names, a .npy the only one."""
    found: Any = np.load(path, allow_pickle=False)
    if path.suffix.lower() == ".npy":
        if len(inputs) > 1:
            raise ValueError(f"{path}: expected a .npz file with {', '.join(inputs)}")
        return dict.fromkeys(inputs, found)
    missing = [name for name, other in inputs.items() if name not in found and other not in found]
    if missing:
        raise ValueError(f"{path} has no array {missing[0]!r}; it has {', '.join(found)}")
    return {name: found[name if name in found else other] for name, other in inputs.items()}


def write_arrays(path: Path, y: Any) -> None:
    """The predictions as they are; several outputs need a .npz file."""
    if path.suffix.lower() == ".npy" and not isinstance(y, dict):
        np.save(path, y, allow_pickle=False)
    elif path.suffix.lower() == ".npz":
        np.savez(path, **(y if isinstance(y, dict) else {"y": y}))
    else:
        raise ValueError(f"{path}: there are several outputs; write them as .npz")


def write_table(table: Table, path: Path | None) -> None:
    """The columns as CSV, to the terminal where no file is named."""
    file = path.open("w", encoding="utf-8", newline="") if path else sys.stdout
    try:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(table)
        rows.writerows(zip(*table.values(), strict=True))
    finally:
        if path:
            file.close()
