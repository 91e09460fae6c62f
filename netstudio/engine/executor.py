"""An analysed graph made ready to run: its weights, its state, and a program for each mode and batch size."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import psutil
from numpy.typing import NDArray

from netstudio.augmentations.base import Augmentation
from netstudio.engine import autodiff
from netstudio.engine.ir import Value
from netstudio.engine.layout import Layout, Recipe, lay_out
from netstudio.engine.lower import Lowered, feed_ids, lower, multiply_adds, predicted
from netstudio.engine.ops import sources, step
from netstudio.engine.parameters import Parameters, aligned_zeros
from netstudio.engine.program import Program
from netstudio.engine.state import State
from netstudio.engine.weight_ops import WeightOps
from netstudio.errors import GraphError, MemoryLimitError
from netstudio.graph.document import Endpoint
from netstudio.graph.facts import Analysis
from netstudio.losses.base import Objective
from netstudio.metrics.base import Metric
from netstudio.optimizers.base import Optimizer
from netstudio.schedules.base import Schedule

Array = NDArray[Any]
Mode = Literal["train", "gradients", "evaluate", "predict"]
SAMPLE_WEIGHT = "sample weight"  # a feed that no node can be named like


@dataclass(frozen=True)
class Watched:
    """A metric of one loss, under its key in the history."""

    key: str
    metric: Metric
    loss: str


@dataclass(frozen=True)
class Estimate:
    """What training will take: bytes in all, and each node's multiply-adds for one sample."""

    memory_bytes: int
    multiply_adds: Mapping[str, int]


class Executor:
    """Holds the weights and makes programs. A mode's programs share one state, so that batches of two sizes add up."""

    def __init__(
        self, analysis: Analysis, optimizer: Optimizer, metrics: Sequence[Watched], dtype: Any, threads: int
    ) -> None:
        self.analysis, self.optimizer, self.metrics = analysis, optimizer, metrics
        self.dtype, self.threads = np.dtype(dtype), threads
        self.feeds = feed_ids(analysis)
        self.weighed = False
        self.augmentations: tuple[Augmentation, ...] = ()
        self.losses = [i for i in analysis.order if isinstance(analysis.nodes[i].type, Objective)]
        _require_memory(Parameters.bytes_needed(analysis, dtype, len(optimizer.all_slots())))
        self.parameters = Parameters(analysis, dtype)
        self.parameters.reset_slots(optimizer.all_slots(), optimizer.slot_shape)
        self._scalar_names = tuple(optimizer.numbers(1, optimizer.rate(1)))
        self._scalars = aligned_zeros(len(self._scalar_names) + 16, self.dtype)
        self._programs: dict[tuple[Mode, int], Program] = {}
        self._states: dict[Mode, State] = {}
        self._sum_places: dict[str, list[tuple[int, tuple[int, ...]]]] = {}

    # ---------------------------------------------------------------------------------------------- programs

    def program(self, mode: Mode, batch: int) -> Program:
        """The program for that mode and batch size, made at its first use.

        Raises MemoryLimitError, before anything is taken, where it would not fit.
        """
        key = (mode, batch)
        if key not in self._programs:
            layout = self.layout(mode, batch)
            _require_memory(layout.bytes)
            self._programs[key] = Program(layout, self.state(mode))
        return self._programs[key]

    def weigh(self, weighed: bool) -> None:
        """From now on, train with a weight for each sample, which the feed SAMPLE_WEIGHT holds, or without."""
        if weighed != self.weighed:
            self.weighed = weighed
            self.feeds = (*feed_ids(self.analysis), *[SAMPLE_WEIGHT] * weighed)
            self._forget()

    def augment(self, augmentations: Sequence[Augmentation]) -> None:
        """From now on, train on samples that these have changed."""
        if tuple(augmentations) != self.augmentations:
            self.augmentations = tuple(augmentations)
            self._forget()

    def _forget(self) -> None:
        self._programs.clear()
        self._states.clear()

    def state(self, mode: Mode) -> State:
        """The state that the mode's programs share."""
        if mode not in self._states:
            self._measure_sums()
            self._states[mode] = State(len(self.feeds) + len(predicted(self.analysis)), self._sums_size)
        return self._states[mode]

    def apart(self, batch: int, count: int) -> list[Program]:
        """Programs that each predict for `batch` rows on one thread, with memory and a state of their own.

        Raises MemoryLimitError where they would not fit.
        """
        layout = self.layout("predict", batch, threads=1)
        _require_memory(count * layout.bytes)
        places = len(self.feeds) + len(layout.recipe.shown)
        return [Program(layout, State(places, 0)) for _ in range(count)]

    def layout(self, mode: Mode, batch: int, threads: int | None = None) -> Layout:
        """The program's order and memory plan, nothing taken yet; for at most `threads`, all where None."""
        threads = threads or self.threads
        is_step = mode == "train"
        augmentations = self.augmentations if is_step else ()
        lowered = lower(self.analysis, batch, is_step or mode == "gradients", self.weighed and is_step, augmentations)
        recipe = Recipe(lowered.builder, self.pinned())
        if mode == "predict":
            recipe.shown = {i: lowered.outputs[e] for i, e in predicted(self.analysis).items()}
            recipe.results, recipe.in_order = len(self.feeds), True
            return lay_out(recipe, self.dtype, threads)
        if not self.losses:
            raise GraphError("the graph has no loss; add one (MeanSquaredError, say) and a Target to train or evaluate")
        recipe.loss = lowered.total
        if mode != "gradients":
            recipe.sums = self._sums(lowered, batch)
        if mode in ("train", "gradients"):
            self._add_gradients(recipe, lowered)
        if mode == "train":
            self._add_updates(recipe, lowered)
        return lay_out(recipe, self.dtype, threads)

    def pinned(self) -> dict[Any, int]:
        """The addresses of weights, slots and step numbers, by the place of their PINNED values."""
        p, itemsize = self.parameters, self.dtype.itemsize
        start = int(p.flat.ctypes.data)
        places: dict[Any, int] = {("weight", w.name): start + w.offset * itemsize for w in p.all}
        places["trained"] = start
        if p.factors is not None:
            places["factors"] = int(p.factors.ctypes.data)
        places.update({("slot", name): int(array.ctypes.data) for name, array in p.slots.items()})
        scalars = int(self._scalars.ctypes.data)
        places.update({("scalar", name): scalars + i * itemsize for i, name in enumerate(self._scalar_names)})
        return places

    def _add_gradients(self, recipe: Recipe, lowered: Lowered) -> None:
        trained, b = self.parameters.trained, lowered.builder
        wrt = [lowered.weights[p.name] for p in trained]
        found = autodiff.gradients(b, lowered.total, wrt)
        known = [(g, p.offset) for g, p in zip(found, trained, strict=True) if g is not None]
        recipe.gradients = b.make(
            step.GRADIENTS, lowered.total, *(g for g, _ in known),
            offsets=tuple(o for _, o in known), size=self.parameters.trained_size,
        )  # fmt: skip
        recipe.placed.append((recipe.gradients, int(self.parameters.gradients.ctypes.data)))

    def _add_updates(self, recipe: Recipe, lowered: Lowered) -> None:
        b, p = lowered.builder, self.parameters
        size = (p.trained_size,)
        assert recipe.gradients is not None
        if p.trained_size:
            weight = b.make(sources.PINNED, place="trained", shape=size)
            slots = {n: b.make(sources.PINNED, place=("slot", n), shape=a.shape) for n, a in p.slots.items()}
            scalars: dict[str, Any] = {n: b.make(sources.PINNED, place=("scalar", n)) for n in self._scalar_names}
            places = {slots[n]: where for n, where in p.slot_places.items()}
            ops: Any = WeightOps(b, [w.name for w in p.trained], p.places, places, p.unit)
            factors: Any = None if p.factors is None else b.make(sources.PINNED, place="factors", shape=size)
            new: Any
            new, new_slots = self.optimizer.step(ops, weight, recipe.gradients, slots, scalars, factors)
            pinned = recipe.pinned
            after: dict[Any, Any] = {("slot", n): v for n, v in new_slots.items()}
            after["trained"] = self._constrained(ops, new)
            recipe.placed += [(v, pinned[place]) for place, v in after.items()]
            recipe.scalars = (int(self._scalars.ctypes.data), len(self._scalar_names))
            recipe.watched = (int(p.flat.ctypes.data), p.trained_size)
        recipe.placed += [(v, recipe.pinned["weight", name]) for name, v in lowered.updates.items()]

    def _constrained(self, ops: Any, weight: Value) -> Value:
        """The weights as their constraints want them."""
        wanted = {p.name: p.spec.constraint for p in self.parameters.trained if p.spec.constraint is not None}
        if not wanted:
            return weight
        (weight,) = ops.each(lambda name, w: [wanted[name].apply(ops, w) if name in wanted else w], weight)
        return weight

    # ---------------------------------------------------------------------------------------------- sums

    def _totals(self, lowered: Lowered) -> dict[str, list[Value]]:
        """What the metrics add up, by key."""
        totals: dict[str, list[Value]] = {}
        for watched in self.metrics:
            loss = self.analysis.nodes[watched.loss]
            (_, predicted_at), (_, target_at) = loss.wiring[:2]  # sample weights may follow
            pred, target = lowered.outputs[predicted_at], lowered.outputs[target_at]
            from_logits = bool(getattr(loss.type, "from_logits", False))
            ops = lowered.ops_of(loss, (lowered.masks.get(predicted_at), None))
            with lowered.builder.at(watched.loss):
                made: Any = watched.metric.totals(ops, pred, target, from_logits)
            totals[watched.key] = list(made)
        return totals

    def _sums(self, lowered: Lowered, batch: int) -> list[tuple[Value, int, float]]:
        """Samples, loss times samples, each loss times samples, then the metrics' totals."""
        one = lowered.builder.constant(1.0)
        losses = [lowered.total, *lowered.losses.values()]
        sums = [(one, 0, float(batch))] + [(v, i + 1, float(batch)) for i, v in enumerate(losses)]
        place = len(sums)
        for key, values in self._totals(lowered).items():
            self._sum_places[key] = []
            for v in values:
                self._sum_places[key].append((place, v.shape))
                sums.append((v, place, 1.0))
                place += v.size
        self._sums_size = place
        return sums

    def _measure_sums(self) -> None:
        if self.losses:
            self._sums(lower(self.analysis, 1, training=False), 1)
        else:
            self._sums_size = 0

    def figures(self, mode: Mode) -> dict[str, float]:
        """The loss and the metrics over all samples since the run began its pass."""
        sums = self.state(mode).sums.copy()
        samples = max(sums[0], 1.0)
        logs = {"loss": sums[1] / samples}
        if len(self.losses) > 1:
            logs.update({f"{i}_loss": sums[2 + n] / samples for n, i in enumerate(self.losses)})
        for watched in self.metrics:
            totals = [
                sums[place : place + int(np.prod(shape, dtype=np.int64))].reshape(shape)
                for place, shape in self._sum_places[watched.key]
            ]
            logs[watched.key] = float(watched.metric.result(totals))
        return {k: float(v) for k, v in logs.items()}

    # ---------------------------------------------------------------------------------------------- step numbers

    def scalars(self, first: int, count: int, rate: float | Schedule) -> NDArray[np.float64]:
        """The optimizer's numbers for `count` steps from step `first` (from 1) on, a row a step."""
        steps, numbers = range(first, first + count), self.optimizer.numbers
        rates = (rate.at(step - 1) for step in steps) if isinstance(rate, Schedule) else itertools.repeat(rate)
        rows = [list(numbers(step, now).values()) for step, now in zip(steps, rates)]
        return np.array(rows, np.float64).reshape(count, len(self._scalar_names))


def estimate(
    analysis: Analysis,
    optimizer: Optimizer,
    batch: int,
    dtype: Any = "float32",
    augmentations: Sequence[Augmentation] = (),
) -> Estimate:
    """What training the graph, on samples that are changed so, would take; nothing is taken for it."""
    lowered = lower(analysis, 1, training=False)
    counts = multiply_adds(autodiff.ancestors(lowered.outputs.values()))
    fixed = Parameters.bytes_needed(analysis, dtype, len(optimizer.all_slots()))
    return Estimate(fixed + _activations(analysis, batch, np.dtype(dtype), augmentations), counts)


def _activations(analysis: Analysis, batch: int, dtype: np.dtype[Any], augmentations: Sequence[Augmentation]) -> int:
    """The arena that a training step needs (of a prediction, where there is nothing to train on)."""
    training = any(isinstance(f.type, Objective) and f.outputs is not None for f in analysis.nodes.values())
    lowered = lower(analysis, batch, training=training, augmentations=augmentations if training else ())
    recipe = Recipe(lowered.builder, {})
    if training and lowered.losses:
        weights = list(lowered.weights.values())
        found = [g for g in autodiff.gradients(lowered.builder, lowered.total, weights) if g is not None]
        recipe.loss, recipe.shown = lowered.total, {str(i): g for i, g in enumerate(found)}
        kept = sum(g.size for g in found) * dtype.itemsize  # these stand in the gradients' own array
    else:
        recipe.shown = {str(e): v for e, v in lowered.outputs.items() if _is_end(analysis, e)}
        kept = 0
    return max(lay_out(recipe, dtype, 1).plan.size - kept, 0)


def _is_end(analysis: Analysis, endpoint: Endpoint) -> bool:
    return not analysis.graph.wires_from(endpoint.node, endpoint.port)


def _require_memory(needed: int) -> None:
    available = int(psutil.virtual_memory().available)
    if needed > 0.9 * available:
        raise MemoryLimitError(
            f"this graph needs about {_size(needed)} of memory and {_size(available)} are free; make the batch or the "
            "layers smaller",
            needed,
            available,
        )


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
