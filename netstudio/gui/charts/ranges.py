"""What an axis spans while its curves grow. It changes seldom: painting an axis anew costs more than all the curves.

Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from netstudio.gui.charts.curves import Curve, Floats

Span = tuple[float, float]
MARGIN = 0.06  # of the span, above and below the values
ROOM = 1.25  # how far an axis of steps reaches beyond its last one when it must grow
TINY = 1e-6  # of a value: curves that differ by less are drawn as level
HUGE = 1e100  # a value beyond is not drawn: it would leave nothing of the others to see
LOOSE = 2.0  # an axis that spans this many times what is needed is fitted anew


def across(curves: Iterable[Curve], old: Span | None) -> Span:
    """The span of the steps or epochs: it starts at 0 and grows by a quarter whenever a curve reaches its end."""
    last = max((float(c.x[-1]) for c in curves if len(c.x)), default=1.0)
    if old is not None and last <= old[1] <= LOOSE * last:
        return old
    return 0.0, last if old is None else ROOM * last


def up(curves: Iterable[Curve], log: bool, old: Span | None) -> Span:
    """The span of the values, of their decimal logarithms if `log`; `old` stays as long as it fits them well."""
    need = _extent([_heights(c, log) for c in curves])
    if need is None:
        return old or (0.0, 1.0)
    size = _size(*need)
    if old is not None and old[0] <= need[0] and need[1] <= old[1] and old[1] - old[0] <= LOOSE * size:
        return old
    return need[0] - MARGIN * size, need[1] + MARGIN * size


def _size(low: float, high: float) -> float:
    size, far = high - low, max(abs(low), abs(high))
    return size if size > TINY * far and size > 1 / HUGE else far if far > 1 / HUGE else 1.0


def _heights(curve: Curve, log: bool) -> Floats:
    return np.log10(curve.y[curve.y > 0]) if log else curve.y


def _extent(values: Iterable[Floats]) -> Span | None:
    shown = [kept for v in values if len(kept := v[np.abs(v) < HUGE])]
    return (min(float(v.min()) for v in shown), max(float(v.max()) for v in shown)) if shown else None
