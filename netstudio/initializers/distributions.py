"""Initializers that draw from a distribution which does not depend on the weight's shape."""

import numpy as np

from netstudio.graph.params import Float
from netstudio.initializers.base import Array, Initializer


class RandomNormal(Initializer):
    """Draws from the normal distribution."""

    aliases = ("random_normal", "normal")

    mean = Float(0.0, doc="The mean.")
    stddev = Float(0.05, minimum=0.0, doc="The standard deviation.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.normal(self.mean, self.stddev, shape)


class RandomUniform(Initializer):
    """Draws evenly from a range."""

    aliases = ("random_uniform", "uniform")

    minval = Float(-0.05, doc="The lower end.")
    maxval = Float(0.05, doc="The upper end.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return self.minval + (self.maxval - self.minval) * rng.random(shape)


class TruncatedNormal(Initializer):
    """Draws from the normal distribution, again where a value is more than two deviations from the mean."""

    aliases = ("truncated_normal",)

    mean = Float(0.0, doc="The mean.")
    stddev = Float(0.05, minimum=0.0, doc="The standard deviation before values are left out.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return self.mean + self.stddev * truncated_normal(rng, shape)


def truncated_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Standard normal values, drawn again until all are within (-2, 2); their deviation is 0.8796..."""
    values = np.asarray(rng.standard_normal(shape))
    while (out := np.abs(values) > 2.0).any():
        values[out] = rng.standard_normal(int(out.sum()))
    return values
