"""Initializers that start every value alike."""

import numpy as np

from netstudio.graph.params import Float
from netstudio.initializers.base import Array, Initializer


class Zeros(Initializer):
    """Starts every value at 0."""

    aliases = ("zeros", "zero")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.zeros(shape)


class Ones(Initializer):
    """Starts every value at 1."""

    aliases = ("ones", "one")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.ones(shape)


class Constant(Initializer):
    """Starts every value at `value`."""

    aliases = ("constant",)

    value = Float(0.0, doc="The value.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.full(shape, self.value)
