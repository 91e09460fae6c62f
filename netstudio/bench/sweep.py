"""Matrix products of many sizes: `python -m netstudio.bench.sweep [--out FOLDER]` writes gemm.csv and gemm.png.

A kernel that is fast at multiples of its tile may be slow between them: the curves show it.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netstudio.bench.peak import peak_gflops
from netstudio.bench.peer.timing import best_step
from netstudio.bench.run import pinned
from netstudio.bench.sweep_chart import draw
from netstudio.engine.emit import Instruction
from netstudio.engine.kernels import gemm
from netstudio.engine.parameters import aligned_zeros
from netstudio.engine.state import State
from netstudio.engine.tape import Tape
from netstudio.files.atomic import replacing, write_text

LONGEST = 130  # past two vectors' multiples up to 128
FIXED = 64  # the size of the axes that stay
ODD = ((1, 1, 1), (7, 13, 29), (33, 65, 127), (32, 10, 1600), (100, 300, 17), (129, 511, 83), (784, 64, 32))


class Size(NamedTuple):
    """Y (m, n) = X (m, k) W (k, n)."""

    m: int
    n: int
    k: int


CURVES: Mapping[str, Callable[[int], Size]] = {
    "m, with n = k = 64": lambda i: Size(i, FIXED, FIXED),
    "n, with m = k = 64": lambda i: Size(FIXED, i, FIXED),
    "k, with m = n = 64": lambda i: Size(FIXED, FIXED, i),
    "m = n = k": lambda i: Size(i, i, i),
}


def gflops(size: Size, seconds: float) -> float:
    """GFLOP/s of one product on one thread in float32, the best of the runs that fit in `seconds`."""
    m, n, k = size
    dtype = np.dtype(np.float32)
    rng = np.random.default_rng(0)
    x, w, y = (aligned_zeros(count, dtype) for count in (m * k, k * n, m * n))
    for array in (x, w):
        array[:] = rng.standard_normal(array.size)
    workspace = aligned_zeros(gemm.scratch(m, n, k, (k, 1), (n, 1), 1, dtype) + 16, dtype)
    addresses = [int(array.ctypes.data) for array in (x, w, y)]
    calls = gemm.instructions(
        *addresses, m=m, n=n, k=k, x_strides=(k, 1), w_strides=(n, 1), y_stride=n, dtype=dtype,
        scratch=int(workspace.ctypes.data),
    )  # fmt: skip
    state = State(0, 0)
    tape = Tape([Instruction(*call) for call in calls], dtype, state, 1, (x, w, y, workspace))
    state.begin(np.zeros(0, np.int64), 1, 1, np.zeros(0))
    return 2.0 * m * n * k / best_step(tape.run, seconds) / 1e9


def sweep(seconds: float) -> Iterator[tuple[str, Size, float]]:
    """(curve, size, GFLOP/s) for every point, and for the odd sizes; each point takes about `seconds`."""
    for name, size_at in CURVES.items():
        for i in range(1, LONGEST + 1):
            yield name, size_at(i), gflops(size_at(i), seconds)
    for odd in ODD:
        yield "odd", Size(*odd), gflops(Size(*odd), seconds)


def best_of(passes: Sequence[Sequence[tuple[str, Size, float]]]) -> list[tuple[str, Size, float]]:
    """Each point at its fastest: a neighbour of the machine's slows some points of a pass, seldom one in all passes."""
    return [(name, size, max(same[2] for same in points)) for points in zip(*passes) for name, size, _ in points[:1]]


def as_csv(points: Sequence[tuple[str, Size, float]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["curve", *Size._fields, "gflops"])
    table.writerows([name, *size, f"{speed:.2f}"] for name, size, speed in points)
    return text.getvalue()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="netstudio.bench.sweep", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where to write; here, left out")
    parser.add_argument("--seconds", type=float, default=0.0, help="for each point; three runs at least")
    parser.add_argument("--passes", type=int, default=1, help="how often to go over all points; the best one counts")
    asked = parser.parse_args(arguments)
    with pinned(1):
        passes = [(peak_gflops(1), list(sweep(asked.seconds))) for _ in range(max(1, asked.passes))]
    peak, points = max(found for found, _ in passes), best_of([found for _, found in passes])
    asked.out.mkdir(parents=True, exist_ok=True)
    write_text(asked.out / "gemm.csv", as_csv(points))
    curves = {name: [speed for curve, _, speed in points if curve == name] for name in CURVES}
    with replacing(asked.out / "gemm.png") as handle:
        draw(curves, peak).save(handle, "PNG")


if __name__ == "__main__":
    main(sys.argv[1:])
