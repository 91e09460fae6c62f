"""Augmentations of the values of images. Amounts are in the units of the values as the network sees them."""

from __future__ import annotations

from netstudio.augmentations.base import Addition, around_zero, beside, is_image
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value


class Light(Addition, abstract=True):
    """A change of the values of images."""

    @classmethod
    def suits(cls, spec: TensorSpec) -> bool:
        return is_image(spec)


class Brightness(Light):
    """Makes images brighter or darker: adds one number to all values of an image."""

    amount = Float(0.2, minimum=0.0, doc="The most that is added or taken away; images have values from 0 to 1.")

    @property
    def rests(self) -> bool:
        return super().rests or self.amount == 0.0

    def change(self, ops: Ops, x: Value) -> Value:
        return beside(ops, around_zero(ops, x.shape[0], self.amount), x)


class Contrast(Light):
    """Strengthens or weakens the contrast: multiplies the distance of all values from the image's mean."""

    amount = Float(0.2, minimum=0.0, maximum=1.0, doc="The factor is from 1 less this to 1 and this.")

    @property
    def rests(self) -> bool:
        return super().rests or self.amount == 0.0

    def change(self, ops: Ops, x: Value) -> Value:
        mean = ops.mean(x, tuple(range(1, x.ndim)), keepdims=True)
        return (x - mean) * beside(ops, around_zero(ops, x.shape[0], self.amount), x)


class Noise(Light):
    """Adds a random number to each value, from the normal distribution."""

    stddev = Float(0.05, minimum=0.0, doc="The standard deviation of the numbers.")

    @property
    def rests(self) -> bool:
        return super().rests or self.stddev == 0.0

    def change(self, ops: Ops, x: Value) -> Value:
        return ops.random_normal(x.shape) * self.stddev
