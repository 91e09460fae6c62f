"""Augmentations of sequences, and of rows of a table: vectors of quantities, one or one for each step."""

from __future__ import annotations

from typing import ClassVar

from netstudio.augmentations.base import Addition, is_series
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value


class Series(Addition, abstract=True):
    """A change of the values of sequences."""

    of: ClassVar[str] = "sequences (steps, features) or rows (features)"

    stddev = Float(0.1, minimum=0.0, doc="The standard deviation of the numbers.")

    @classmethod
    def suits(cls, spec: TensorSpec) -> bool:
        return is_series(spec)

    @property
    def rests(self) -> bool:
        return super().rests or self.stddev == 0.0


class Jitter(Series):
    """Adds a random number to each value, from the normal distribution.

    Padding is no exception: a Masking would find no step of zeros any more. Um et al., "Data augmentation of wearable
    sensor data for Parkinson's disease monitoring", ICMI 2017.
    """

    def change(self, ops: Ops, x: Value) -> Value:
        return ops.random_normal(x.shape) * self.stddev


class Scaling(Series):
    """Multiplies each feature by a number about 1, the same at all steps of a sample.

    Um et al., "Data augmentation of wearable sensor data for Parkinson's disease monitoring", ICMI 2017.
    """

    def change(self, ops: Ops, x: Value) -> Value:
        return x * (ops.random_normal((x.shape[0], *(1,) * (x.ndim - 2), x.shape[-1])) * self.stddev)
