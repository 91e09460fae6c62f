"""An optimizer's view of the trained weights: one vector for all, and each by itself where a rule needs that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from netstudio.engine.ir import Builder, Shape, Value
from netstudio.engine.ops.join import JOIN

Place = tuple[int, Shape]  # where a weight's part of a vector begins, in elements, and its shape


class WeightOps:
    """The builder's operations, and `each`. `names` are the weights'; `places` those of the parts of each vector."""

    def __init__(
        self,
        builder: Builder,
        names: Sequence[str],
        places: Sequence[Place],
        slots: Mapping[Value, Sequence[Place]],
        unit: int,
    ) -> None:
        self._builder, self._names, self._places, self._unit = builder, names, places, unit
        self._own = dict(slots)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._builder, name)

    def each(self, function: Callable[..., Sequence[Value]], *vectors: Value) -> tuple[Value, ...]:
        """See `optimizers.base.WeightOps`."""
        rows = [self._applied(function, number, vectors) for number in range(len(self._names))]
        return tuple(self._joined(column) for column in zip(*rows, strict=True))

    def _applied(
        self, function: Callable[..., Sequence[Value]], number: int, vectors: Sequence[Value]
    ) -> Sequence[Value]:
        parts = []
        for vector in vectors:
            offset, shape = self._own.get(vector, self._places)[number]
            parts.append(self._builder.part(vector, offset, shape))
        with self._builder.at(self._names[number].partition("/")[0]):
            return function(self._names[number], *parts)

    def _joined(self, parts: Sequence[Value]) -> Value:
        places, size = laid_out([part.shape for part in parts], self._unit)
        vector = self._builder.make(JOIN, *parts, offsets=tuple(offset for offset, _ in places), size=size)
        self._own[vector] = places
        return vector


def laid_out(shapes: Sequence[Shape], unit: int) -> tuple[list[Place], int]:
    """Tensors one after another in a vector, each from a multiple of `unit` elements on; and the vector's size."""
    places, offset = [], 0
    for shape in shapes:
        places.append((offset, shape))
        offset += -(-prod(shape) // unit) * unit
    return places, offset
