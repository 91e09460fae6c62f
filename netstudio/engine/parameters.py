"""All the weights of a model in one array, those that are trained first, so that an optimizer is one pass over it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.engine.memory import ALIGNMENT
from netstudio.engine.weight_ops import Place, laid_out
from netstudio.errors import ModelFileError
from netstudio.graph.facts import Analysis
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import Shape

Array = NDArray[Any]


@dataclass(frozen=True)
class Parameter:
    """One weight: `name` is "node/weight"; `offset` its place in the flat array, in elements."""

    name: str
    spec: WeightSpec
    trained: bool
    offset: int
    learning_rate_factor: float = 1.0

    @property
    def node(self) -> str:
        return self.name.partition("/")[0]


class Parameters:
    """The weights of an analysed graph, with their gradients and an optimizer's slots, each one flat array."""

    def __init__(self, analysis: Analysis, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)
        self.all = _laid_out(analysis, ALIGNMENT // self.dtype.itemsize)
        self.by_name = {p.name: p for p in self.all}
        self.trained = [p for p in self.all if p.trained]
        step = ALIGNMENT // self.dtype.itemsize
        self.trained_size = _end(self.trained, step)
        self.size = _end(self.all, step)
        self.flat = aligned_zeros(self.size, self.dtype)
        self.gradients = aligned_zeros(self.trained_size, self.dtype)
        self.factors = self._factors()
        self.slots: dict[str, Array] = {}
        self.slot_places: dict[str, Sequence[Place]] = {}

    @staticmethod
    def bytes_needed(analysis: Analysis, dtype: Any, slots: int) -> int:
        """The memory that weights, gradients and `slots` slots will take."""
        total = sum(f.parameters for f in analysis.nodes.values())
        return int(total * np.dtype(dtype).itemsize * (2 + slots))

    def _factors(self) -> Array | None:
        """What the learning rate is multiplied by, for each element; None where that is 1 for all."""
        if all(p.learning_rate_factor == 1.0 for p in self.trained):
            return None
        factors = aligned_zeros(self.trained_size, self.dtype)
        factors[...] = 1.0
        for p in self.trained:
            self.view(p, factors)[...] = p.learning_rate_factor
        return factors

    def initialize(self, seed: int) -> None:
        """Draw every weight anew; a weight depends on the seed and its own name alone."""
        for p in self.all:
            rng = np.random.default_rng([seed, zlib.crc32(p.name.encode())])
            self.view(p)[...] = p.spec.initializer.sample(rng, p.spec.shape)

    @property
    def unit(self) -> int:
        """Every weight begins at a multiple of so many elements."""
        return int(ALIGNMENT // self.dtype.itemsize)

    @property
    def places(self) -> list[Place]:
        """Where the trained weights lie in the flat array."""
        return [(p.offset, p.spec.shape) for p in self.trained]

    def reset_slots(self, values: Mapping[str, float], shape: Callable[[str, str, Shape], Shape] | None = None) -> None:
        """Give an optimizer the slots it names, each starting at its value.

        `shape(slot, weight, its shape)` gives the shape of a weight's part; it is the weight's own where left out.
        """
        self.slots, self.slot_places = {}, {}
        for name, value in values.items():
            shapes = [shape(name, p.name, p.spec.shape) if shape else p.spec.shape for p in self.trained]
            self.slot_places[name], size = laid_out(shapes, self.unit)
            self.slots[name] = aligned_zeros(size, self.dtype)
            self.slots[name][...] = value

    def view(self, p: Parameter, flat: Array | None = None) -> Array:
        """The weight's part of the flat array (of `flat`, where another of the same layout is given)."""
        source = self.flat if flat is None else flat
        return source[p.offset : p.offset + p.spec.size].reshape(p.spec.shape)

    def snapshot(self, into: Sequence[Array] = ()) -> Sequence[Array]:
        """Copies of all weights and slots, for `restore`; in the place of `into`, an earlier snapshot, where given."""
        if not into:
            return [self.flat.copy(), *(slot.copy() for slot in self.slots.values())]
        for array, place in zip((self.flat, *self.slots.values()), into, strict=True):
            np.copyto(place, array)
        return into

    def restore(self, snapshot: Sequence[Array]) -> None:
        for array, before in zip((self.flat, *self.slots.values()), snapshot, strict=True):
            array[...] = before

    def copies(self) -> dict[str, Array]:
        return {p.name: self.view(p).copy() for p in self.all}

    def load(self, values: Mapping[str, Any]) -> None:
        """Set every weight; names and shapes must be the model's, else ModelFileError and nothing is changed."""
        self.require(values)
        for p in self.all:
            self.view(p)[...] = values[p.name]

    def require(self, values: Mapping[str, Any]) -> None:
        """ModelFileError unless the names and shapes are the model's."""
        missing = [n for n in self.by_name if n not in values]
        unknown = [n for n in values if n not in self.by_name]
        if missing or unknown:
            parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(
                unknown
            )
            raise ModelFileError(f"the weights are not those of this graph; {'; '.join(parts)}")
        for p in self.all:
            if np.shape(values[p.name]) != p.spec.shape:
                raise ModelFileError(
                    f"the weight {p.name} has the shape {np.shape(values[p.name])}; this graph expects {p.spec.shape}"
                )


def aligned_zeros(size: int, dtype: Any) -> Array:
    """Zeros that begin at a cache line."""
    itemsize = np.dtype(dtype).itemsize
    raw = np.zeros(size * itemsize + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size * itemsize].view(dtype)


def _laid_out(analysis: Analysis, step: int) -> list[Parameter]:
    found: list[tuple[str, WeightSpec, bool, float]] = []
    for node_id in analysis.order:
        facts = analysis.nodes[node_id]
        for name, spec in facts.weights.items():
            factor = spec.learning_rate_factor * facts.node.learning_rate_factor
            found.append((f"{node_id}/{name}", spec, spec.trainable and not facts.node.frozen, factor))
    offset, made = 0, []
    for name, spec, trained, factor in sorted(found, key=lambda f: not f[2]):
        made.append(Parameter(name, spec, trained, offset, factor))
        offset += -(-spec.size // step) * step
    return made


def _end(parameters: Sequence[Parameter], step: int) -> int:
    if not parameters:
        return 0
    last = parameters[-1]
    return last.offset + -(-last.spec.size // step) * step
