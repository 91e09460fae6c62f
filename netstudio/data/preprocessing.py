"""Scaling that is fitted on training samples, kept with the model, and undone on what it predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netstudio.data.dataset import Array
from netstudio.data.settings import PREPROCESSING
from netstudio.errors import DataError


@dataclass(frozen=True)
class Scaling:
    """(value - shift) / scale, a shift and a scale for each place on the last axis (one for a scalar)."""

    kind: str
    shift: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(cls, kind: str, values: Array) -> Scaling:
        """Fitted on (rows, ..., channels); a channel that never varies is only shifted."""
        flat = values.reshape(-1, values.shape[-1] if values.ndim > 1 else 1).astype(np.float64)
        if kind == "standardize":
            shift, scale = flat.mean(axis=0), flat.std(axis=0)
        else:
            shift, scale = flat.min(axis=0), np.ptp(flat, axis=0)
        return cls(kind, tuple(shift.tolist()), tuple(np.where(scale > 0, scale, 1.0).tolist()))

    def apply(self, values: Array) -> Array:
        """The scaled values, float32."""
        shift, scale = self._arrays(values)
        return ((values - shift) / scale).astype(np.float32)

    def invert(self, values: Array) -> Array:
        """What `apply` would have made these values of, float32."""
        shift, scale = self._arrays(values)
        return (values * scale + shift).astype(np.float32)

    def _arrays(self, values: Array) -> tuple[Array, Array]:
        channels = values.shape[-1] if values.ndim > 1 else 1
        if len(self.shift) not in (1, channels):
            raise DataError(f"values of {channels} columns can't be scaled as {len(self.shift)} were in training")
        return np.array(self.shift), np.array(self.scale)


@dataclass(frozen=True)
class Preprocessing:
    """What a model's inputs went through, by node id: the scaling, and the columns of a table they came from."""

    steps: Mapping[str, Scaling] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def fit(
        cls, asked: Mapping[str, str], arrays: Mapping[str, Array], columns: Mapping[str, tuple[str, ...]]
    ) -> Preprocessing:
        """Fitted on training arrays by node id; DataError where a node takes no floats, or is not there."""
        steps = {}
        for node, kind in asked.items():
            if node not in arrays:
                raise DataError(
                    f'"preprocess" names {node!r}, which is no Input and no Target; there are {list(arrays)}'
                )
            if kind != "none" and arrays[node].dtype.kind != "f":
                raise DataError(f'"preprocess" of {node!r} is {kind!r}, and it holds class numbers; take it out')
            if kind != "none":
                steps[node] = Scaling.fit(kind, arrays[node])
        return cls(steps, dict(columns))

    def apply(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The arrays by node id, scaled as in training."""
        return {node: self.steps[node].apply(v) if node in self.steps else v for node, v in arrays.items()}

    def invert(self, node: str, values: Array) -> Array:
        """From what a model predicts for the Target `node` back to the data's own units."""
        return self.steps[node].invert(values) if node in self.steps else values

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        steps = {n: {"kind": s.kind, "shift": list(s.shift), "scale": list(s.scale)} for n, s in self.steps.items()}
        return {"steps": steps, "columns": {n: list(names) for n, names in self.columns.items()}}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Preprocessing:
        """From what `to_json` gave; DataError where it is something else."""
        try:
            steps = {n: _scaling(s) for n, s in value.get("steps", {}).items()}
            columns = {n: tuple(map(str, names)) for n, names in value.get("columns", {}).items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"the preprocessing kept with the model is damaged ({error}); train the model again"
            ) from None
        return cls(steps, columns)


def _scaling(value: Mapping[str, Any]) -> Scaling:
    shift, scale = (tuple(float(v) for v in value[key]) for key in ("shift", "scale"))
    if value["kind"] not in PREPROCESSING or len(shift) != len(scale) or not all(np.isfinite([*shift, *scale])):
        raise ValueError(str(value)[:80])
    if any(v == 0 for v in scale):
        raise ValueError("a scale of 0")
    return Scaling(value["kind"], shift, scale)
