"""What a model's samples went through: fitted on training samples, kept with the model, undone on what it predicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array
from netstudio.data.recipe import Recipe
from netstudio.data.recipe.numbers import LOG, ROBUST, divisor
from netstudio.data.settings import PREPROCESSING
from netstudio.errors import DataError


@dataclass(frozen=True)
class Scaling:
    """(value - shift) / scale, a shift and a scale for each place on the last axis (one for a scalar)."""

    kind: str
    shift: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(cls, kind: str, values: Array, rows: Array | None = None) -> Scaling:
        """Fitted on (rows, ..., channels), on `rows` of them alone; a channel that never varies is only shifted.

        The deviation comes from a second pass, as in `numpy.std`: one that sums squares loses the digits. "robust" is
        by median and quartiles, and "log" takes the logarithm of 1 + x.
        """
        parts = _Parts(values, rows)
        if kind == LOG:
            shift, scale = np.zeros(parts.channels), np.ones(parts.channels)
        elif kind == ROBUST:
            low, shift, high = parts.quartiles()
            scale = high - low
        elif kind == "standardize":
            shift = parts.sum(lambda part: part) / parts.count
            scale = np.sqrt(parts.sum(lambda part: (part - shift) ** 2) / parts.count)
        else:
            shift, high = parts.extremes()
            scale = high - shift
        return cls(kind, tuple(shift.tolist()), tuple(divisor(scale, shift).tolist()))

    def apply(self, values: Array) -> Array:
        """The scaled values, float32."""
        shift, scale = self._arrays(values)
        change: Callable[[Array], Array] = lambda part: (part - shift) / scale  # noqa: E731
        if self.kind == LOG:
            place = spool.first_row(values, lambda part: part <= -1)
            if place is not None:
                raise DataError(f"the logarithm of 1 + x takes numbers above -1; sample {place} is not, from 0")
            change = np.log1p
        return spool.transformed(values, change, values.shape[1:], np.float32)

    def invert(self, values: Array) -> Array:
        """What `apply` would have made these values of, float32."""
        shift, scale = self._arrays(values)
        if self.kind == LOG:
            return np.expm1(values).astype(np.float32)
        return (values * scale + shift).astype(np.float32)

    def _arrays(self, values: Array) -> tuple[Array, Array]:
        channels = values.shape[-1] if values.ndim > 1 else 1
        if len(self.shift) not in (1, channels):
            raise DataError(f"values of {channels} columns can't be scaled as {len(self.shift)} were in training")
        return np.array(self.shift), np.array(self.scale)


@dataclass(frozen=True)
class Preprocessing:
    """What a model's inputs went through, by node id: the scaling, and the columns of a table they came from.

    `recipe` is what those columns went through before that, where the document says anything of columns.
    """

    steps: Mapping[str, Scaling] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recipe: Recipe | None = None

    @classmethod
    def fit(
        cls,
        asked: Mapping[str, str],
        arrays: Mapping[str, Array],
        columns: Mapping[str, tuple[str, ...]],
        rows: Array | None = None,
        recipe: Recipe | None = None,
    ) -> Preprocessing:
        """Fitted on the training `rows` of arrays by node id.

        DataError where a node takes no floats, or is not there.
        """
        steps = {}
        for node, kind in asked.items():
            if node not in arrays:
                raise DataError(
                    f'"preprocess" names {node!r}, which is no Input and no Target; there are {list(arrays)}'
                )
            if kind != "none" and arrays[node].dtype.kind != "f":
                raise DataError(f'"preprocess" of {node!r} is {kind!r}, and it holds class numbers; take it out')
            if kind != "none":
                steps[node] = Scaling.fit(kind, arrays[node], rows)
        return cls(steps, dict(columns), recipe)

    def apply(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The arrays by node id, scaled as in training."""
        return {node: self.steps[node].apply(v) if node in self.steps else v for node, v in arrays.items()}

    def invert(self, node: str, values: Array) -> Array:
        """From what a model predicts for the Target `node` back to the data's own units."""
        return self.steps[node].invert(values) if node in self.steps else values

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        steps = {n: {"kind": s.kind, "shift": list(s.shift), "scale": list(s.scale)} for n, s in self.steps.items()}
        told: dict[str, Any] = {"steps": steps, "columns": {n: list(names) for n, names in self.columns.items()}}
        return told if self.recipe is None else {**told, "recipe": self.recipe.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Preprocessing:
        """From what `to_json` gave; DataError where it is something else."""
        try:
            steps = {n: _scaling(s) for n, s in value.get("steps", {}).items()}
            columns = {n: tuple(map(str, names)) for n, names in value.get("columns", {}).items()}
            recipe = Recipe.from_json(value["recipe"]) if "recipe" in value else None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"the preprocessing kept with the model is damaged ({error}); train the model again"
            ) from None
        return cls(steps, columns, recipe)


class _Parts:
    """The rows of (rows, ..., channels) values as float64 (places, channels), a chunk at a time."""

    def __init__(self, values: Array, rows: Array | None) -> None:
        self._values = values
        self._rows = np.arange(len(values)) if rows is None else rows
        self._slices = list(spool.chunks(values[: len(self._rows)]))
        if len(self._slices) > 1:
            self._rows = np.sort(self._rows)  # in the order in which they lie in the file
        self.channels = values.shape[-1] if values.ndim > 1 else 1
        self.count = len(self._rows) * (values[:1].size // self.channels)

    def sum(self, change: Callable[[Array], Array]) -> Array:
        """The sum over all places of what `change` makes of them, (channels,)."""
        total: Array = sum((change(part).sum(axis=0) for part in self._each()), np.zeros(()))
        return total

    def extremes(self) -> tuple[Array, Array]:
        """The smallest and the largest value of each channel."""
        found = [(part.min(axis=0), part.max(axis=0)) for part in self._each()]
        return np.min([low for low, _ in found], axis=0), np.max([high for _, high in found], axis=0)

    def quartiles(self) -> Array:
        """(3, channels): a quarter, a half and three quarters of the values are below."""
        found: Array = np.quantile(np.concatenate(list(self._each())), (0.25, 0.5, 0.75), axis=0)
        return found

    def _each(self) -> Iterator[Array]:
        for part in self._slices:
            yield self._values[self._rows[part]].reshape(-1, self.channels).astype(np.float64)


def _scaling(value: Mapping[str, Any]) -> Scaling:
    shift, scale = (tuple(float(v) for v in value[key]) for key in ("shift", "scale"))
    if (
        value["kind"] not in (*PREPROCESSING, LOG, ROBUST)
        or len(shift) != len(scale)
        or not all(np.isfinite([*shift, *scale]))
    ):
        raise ValueError(str(value)[:80])
    if any(v == 0 for v in scale):
        raise ValueError("a scale of 0")
    return Scaling(value["kind"], shift, scale)
