"""What an item turns into: its kernel calls, and the workspace that they need."""

from __future__ import annotations

from typing import Any

import numpy as np

from netstudio.engine import chains
from netstudio.engine.emit import Emitter, Instruction
from netstudio.engine.kernels import elementwise
from netstudio.engine.schedule import Item


def instructions(e: Emitter, item: Item, watch: elementwise.Watch | None = None) -> list[Instruction]:
    """The calls that compute an item; `watch` looks at what must stay finite as a chain goes."""
    if item.chain:
        return chains.instructions(e, item, watch)
    return item.values[0].op.instructions(e, item.values[0])


def scratch(item: Item, workers: int, dtype: np.dtype[Any]) -> int:
    """How many elements of workspace an item needs."""
    if item.chain:
        return chains.scratch(item, workers)
    return item.values[0].op.scratch(item.values[0], workers, dtype)
