"""Initializers whose spread follows the fans of the weight, so that signals keep their size from layer to layer."""

from math import sqrt
from typing import ClassVar

import numpy as np

from netstudio.graph.params import Choice, Float
from netstudio.initializers.base import Array, Initializer, fans
from netstudio.initializers.distributions import truncated_normal

# The deviation of a standard normal variable that is cut off at two deviations.
TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(Initializer):
    """Draws with a spread set by how many values come in or go out: the general form of Glorot's, He's and LeCun's.

    Variance scale / n, where n is the fan in, the fan out or the mean of both: evenly from ±sqrt(3 · variance), or from
    the normal distribution, cut off at two deviations or not. As keras.initializers.VarianceScaling.
    """

    aliases = ("variance_scaling",)

    scale = Float(1.0, above=0.0, doc="A factor on the variance.")
    mode = Choice(("fan_in", "fan_out", "fan_avg"), "fan_in", doc="What the variance is divided by.")
    distribution = Choice(
        ("truncated_normal", "untruncated_normal", "uniform"), "truncated_normal", doc="What is drawn from."
    )

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return scaled(rng, shape, self.scale, self.mode, self.distribution)


def scaled(rng: np.random.Generator, shape: tuple[int, ...], scale: float, mode: str, distribution: str) -> Array:
    """Values of variance scale / n, with n at least 1."""
    fan_in, fan_out = fans(shape)
    n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[mode]
    deviation = sqrt(scale / max(1.0, n))
    if distribution == "uniform":
        return sqrt(3.0) * deviation * (2.0 * rng.random(shape) - 1.0)
    if distribution == "untruncated_normal":
        return deviation * np.asarray(rng.standard_normal(shape))
    return deviation / TRUNCATED_STDDEV * truncated_normal(rng, shape)


class _Named(Initializer, abstract=True):
    scale: ClassVar[float] = 1.0
    mode: ClassVar[str]
    distribution: ClassVar[str]

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return scaled(rng, shape, self.scale, self.mode, self.distribution)


class _Uniform(_Named, abstract=True):
    distribution = "uniform"


class _Normal(_Named, abstract=True):
    distribution = "truncated_normal"


class GlorotUniform(_Uniform):
    """Draws evenly, with a spread set by both fans: for linear, sigmoid and tanh layers.

    From ±sqrt(6 / (fan in + fan out)). Glorot and Bengio, 2010.
    """

    aliases = ("glorot_uniform",)
    mode = "fan_avg"


class GlorotNormal(_Normal):
    """Draws from a cut normal distribution with a spread set by both fans.

    Variance 2 / (fan in + fan out). Glorot and Bengio, 2010.
    """

    aliases = ("glorot_normal",)
    mode = "fan_avg"


class HeUniform(_Uniform):
    """Draws evenly, with a spread set by the fan in: for layers before a ReLU.

    From ±sqrt(6 / fan in). He et al., 2015.
    """

    aliases = ("he_uniform",)
    scale = 2.0
    mode = "fan_in"


class HeNormal(_Normal):
    """Draws from a cut normal distribution with a spread set by the fan in: for layers before a ReLU.

    Variance 2 / fan in. He et al., 2015.
    """

    aliases = ("he_normal",)
    scale = 2.0
    mode = "fan_in"


class LecunUniform(_Uniform):
    """Draws evenly, with a spread set by the fan in.

    From ±sqrt(3 / fan in). LeCun et al., "Efficient BackProp", 1998.
    """

    aliases = ("lecun_uniform",)
    mode = "fan_in"


class LecunNormal(_Normal):
    """Draws from a cut normal distribution with a spread set by the fan in.

    Variance 1 / fan in. LeCun et al., "Efficient BackProp", 1998.
    """

    aliases = ("lecun_normal",)
    mode = "fan_in"
