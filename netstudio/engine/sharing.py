"""How long items take, and what of a step is worth a second thread."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from netstudio.engine.ops.step import LOAD
from netstudio.engine.schedule import Item

PARALLEL_NS = 10_000  # an instruction that takes less is not worth the meeting of threads
SHORT_STEP = 60  # of those: a shorter step runs on one thread, which has all it needs in its own cache
AHEAD_NS = 1_000  # preparing that takes less is not worth a second thread


def nanoseconds(item: Item) -> float:
    """About how long an item takes on one thread, where its inputs are in the cache."""
    moved = sum(v.size for v in (*item.outputs, *item.inputs))
    if item.chain:
        return 0.06 * moved + 0.05 * prod(item.shape) * len(item.made)
    value = item.values[0]
    return value.op.pace(value) * moved + value.op.multiply_adds(value) / 50.0


def is_long(items: Sequence[Item]) -> bool:
    """Whether a step is worth sharing."""
    return sum(map(nanoseconds, items)) > SHORT_STEP * PARALLEL_NS


def is_worth_preparing(first: Sequence[Item], items: Sequence[Item]) -> bool:
    """Whether the `first` of a step's items, which load and change samples, are worth doing a step ahead."""
    worked = sum(nanoseconds(item) for item in first if item.made[0].op is not LOAD)
    return worked > AHEAD_NS and not is_long(items)
