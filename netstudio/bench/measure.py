"""A workload on the bare tape, as `fit` runs it: what a step takes, computes and occupies."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.bench.peer.timing import best_step
from netstudio.catalogue import CATALOGUE
from netstudio.engine.lower import predicted
from netstudio.graph import Graph, analyse
from netstudio.training.model import Model
from netstudio.training.trainer import raise_if_failed

Array = NDArray[Any]
BATCHES = 8  # of data, gone over again and again


class Runner:
    """A document compiled, with its data in place and its first step done.

    Raises GraphError where the document has errors, NonFiniteError where a step fails.
    """

    def __init__(self, graph: Graph, threads: int, x: Array, y: Array) -> None:
        self.model = Model(graph, threads=threads)
        self.batch = self.model.settings.batch_size
        self._arrays = self.model.arrays(x, y)
        self._rows = len(x)
        self.program = self.model.executor.program("train", self.batch)
        self.program.state.feed([self._arrays.get(i) for i in self.model.executor.feeds])
        self._scalars = np.zeros((0, 0))
        self.run(1)

    def begin(self, steps: int) -> None:
        """Be ready to run that many steps."""
        executor = self.model.executor
        if len(self._scalars) < steps:
            self._scalars = executor.scalars(1, steps, self.model.settings.optimizer.learning_rate)
        order = np.arange(steps * self.batch) % self._rows
        self.program.state.begin(order, self.batch, steps, self._scalars)

    def run(self, steps: int) -> float:
        """Train for that many steps; the seconds that the tape took."""
        self.begin(steps)
        began = time.perf_counter()
        self.program.tape.run(steps)
        took = time.perf_counter() - began
        raise_if_failed(self.model, self.program)
        return took

    def best_step(self, seconds: float) -> float:
        """Seconds a step, the best of the runs that fit in `seconds`."""
        return best_step(self.run, seconds)

    @property
    def flops(self) -> int:
        """Floating-point operations of a step's products, gradients included; a multiply-add counts as two."""
        return 2 * sum(v.op.multiply_adds(v) for item in self.program.layout.items for v in item.values)

    @property
    def memory_bytes(self) -> int:
        """What training takes: weights, gradients, the optimizer's slots, the arena and the workspace."""
        p = self.model.executor.parameters
        held = (p.flat, p.gradients, *p.slots.values())
        return self.program.layout.bytes + sum(array.nbytes for array in held)


@dataclass(frozen=True)
class Figures:
    """What was measured of one workload; `seconds` is one step's."""

    seconds: float
    batch: int
    flops: int
    memory_bytes: int
    first_step: float

    def to_json(self, peak: float) -> dict[str, Any]:
        """As `netstudio bench --json` tells it; `peak` in GFLOP/s."""
        gflops = self.flops / self.seconds / 1e9
        return {
            "us_per_step": self.seconds * 1e6,
            "samples_per_s": self.batch / self.seconds,
            "gflops": gflops,
            "share_of_peak": gflops / peak,
            "memory_bytes": self.memory_bytes,
            "first_step_s": self.first_step,
        }


def start(graph: Graph, threads: int) -> tuple[Runner, float]:
    """A runner, and the seconds from the document to the first step done, with every kernel compiled and loaded."""
    x, y = data(graph)
    Runner(graph, threads, x, y)
    began = time.perf_counter()
    runner = Runner(graph, threads, x, y)
    return runner, time.perf_counter() - began


def data(graph: Graph) -> tuple[Array, Array]:
    """Samples drawn from a normal distribution, with classes drawn at random, for a graph of one input and target."""
    rng = np.random.default_rng(0)
    analysis = analyse(graph, CATALOGUE)
    rows = BATCHES * int(graph.training["batch_size"])
    shapes = {f.node.type: f.outputs[0].shape for f in analysis.nodes.values() if f.outputs}
    (prediction,) = predicted(analysis)
    classes = max(2, (analysis.nodes[prediction].outputs or ())[0].shape[-1])
    x = rng.standard_normal((rows, *shapes["Input"]), np.float32)
    return x, rng.integers(0, classes, (rows, *shapes["Target"]))
