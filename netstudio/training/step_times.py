"""What each node costs in a training step, measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from netstudio.data.binding import bind_data
from netstudio.data.sources import generated
from netstudio.engine.profile import Row, profile
from netstudio.graph.document import Graph
from netstudio.training.model import Model


@dataclass(frozen=True)
class StepTimes:
    """Microseconds of a step on one thread: by node, there and back, and the `rest`, mostly the weights' update."""

    nodes: Mapping[str, float]
    rest: float
    batch: int

    @property
    def total(self) -> float:
        return sum(self.nodes.values()) + self.rest


def step_times(graph: Graph, seconds: float = 0.5) -> StepTimes:
    """Train made-up samples for about `seconds` and tell where the time of a step goes; a block counts as one node.

    The model is made for this alone. Raises GraphError, DataError, MemoryLimitError.
    """
    rows, batch = step_rows(graph, seconds)
    spent: dict[str | None, float] = {}
    for row in rows:
        node = _outer(row.node, graph)
        spent[node] = spent.get(node, 0.0) + row.microseconds
    rest = spent.pop(None, 0.0)
    return StepTimes({node: taken for node, taken in spent.items() if node is not None}, rest, batch)


def step_rows(graph: Graph, seconds: float = 0.5) -> tuple[list[Row], int]:
    """A step's items as they run on one thread, and its batch size; see `step_times`."""
    model = Model(graph, threads=1)
    batch = model.settings.batch_size
    x, y = bind_data(replace(graph, data={}), generated.make(str(batch), graph, 0))
    executor, arrays = model.executor, model.arrays(x, y)
    program = executor.program("train", batch)
    program.state.feed([arrays.get(feed) for feed in executor.feeds])
    program.state.begin(np.arange(batch), batch, 1, executor.scalars(1, 1, model.rate))
    return profile(program, seconds), batch


def _outer(node: str | None, graph: Graph) -> str | None:
    """The node of the document that something belongs to: of what is in a block, the block."""
    while node is not None and node not in graph.nodes:
        node = node.rpartition(".")[0] or None
    return node
