"""From a run's figures to the points of its curves. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netstudio.gui.runs import Run

Floats = NDArray[np.float64]
SMOOTH_POINTS = 1000  # a smoothed curve has at most this many: more can't be told apart in a chart


@dataclass(frozen=True)
class Curve:
    """Points to draw; `dashed` marks validation, `faint` the raw curve under a smoothed one."""

    name: str
    x: Floats
    y: Floats
    dashed: bool = False
    faint: bool = False


def figures_of(runs: list[Run]) -> list[str]:
    """The names that can be drawn, "loss" first, without their validation twins."""
    names = dict.fromkeys(n for run in runs for n in run.epochs if not n.startswith("val_"))
    return ["loss", *(n for n in names if n != "loss")]


def curves_of(run: Run, name: str, by_step: bool, smoothing: float) -> list[Curve]:
    """The curves of one figure of one run. `smoothing` is 0 (none) to below 1; the raw curve stays beside it.

    By step, the loss has a point a step and the rest one at the end of each epoch; by epoch, all have one an epoch.
    Only the steps' losses are smoothed: an epoch's figure is a mean already.
    """
    scale = run.last.steps if by_step and run.last is not None else 1
    curves = []
    if by_step and name == "loss" and run.step_losses:
        y = np.array(run.step_losses)
        curves += _with_smooth("loss", np.arange(1.0, len(y) + 1), y, smoothing)
    elif name in run.epochs:
        x, y = _points(run, name, scale)
        curves.append(Curve(name, x, y))
    if f"val_{name}" in run.epochs:
        curves.append(Curve(f"val_{name}", *_points(run, f"val_{name}", scale), dashed=True))
    return curves


def smoothed(y: Floats, weight: float) -> Floats:
    """The exponential moving average with bias correction (Kingma and Ba 2015, section 3); `weight` is in [0, 1)."""
    result = np.empty_like(y)
    total = 0.0
    for i, value in enumerate(y):
        total = weight * total + (1 - weight) * value
        result[i] = total / (1 - weight ** (i + 1))
    return result


def nearest(curve: Curve, x: float) -> tuple[float, float] | None:
    """The point of the curve that is nearest to `x` across."""
    if not len(curve.x):
        return None
    at = int(np.abs(curve.x - x).argmin())
    return float(curve.x[at]), float(curve.y[at])


def _points(run: Run, name: str, scale: int) -> tuple[Floats, Floats]:
    numbers, values = run.epochs[name]
    return np.array(numbers) * scale, np.array(values)


def _with_smooth(name: str, x: Floats, y: Floats, smoothing: float) -> list[Curve]:
    if smoothing <= 0 or len(y) < 3:
        return [Curve(name, x, y)]
    few_x, few_y = _thinned(x, y)
    return [Curve(name, x, y, faint=True), Curve(name, few_x, smoothed(few_y, smoothing))]


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Means of stretches of equal length, few enough to smooth point by point."""
    size = -(-len(y) // SMOOTH_POINTS)
    if size == 1:
        return x, y
    starts = np.arange(0, len(y), size)
    counts = np.diff(np.append(starts, len(y)))
    return np.add.reduceat(x, starts) / counts, np.add.reduceat(y, starts) / counts
