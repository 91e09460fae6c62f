"""Initializers whose spread follows the fans of the weight, so that signals keep their size from layer to layer.

Each draws with variance scale / n, where n is the fan in or the mean of both fans (Keras's VarianceScaling): evenly
from ±sqrt(3 · variance), or from the normal distribution cut off at two deviations.
"""

from math import sqrt
from typing import ClassVar, Literal

import numpy as np

from netstudio.initializers.base import Array, Initializer, fans
from netstudio.initializers.distributions import truncated_normal

# The deviation of a standard normal variable that is cut off at two deviations.
TRUNCATED_STDDEV = 0.87962566103423978


class _Scaled(Initializer, abstract=True):
    scale: ClassVar[float] = 1.0
    mode: ClassVar[Literal["fan_in", "fan_avg"]]

    def variance(self, shape: tuple[int, ...]) -> float:
        fan_in, fan_out = fans(shape)
        n = fan_in if self.mode == "fan_in" else (fan_in + fan_out) / 2.0
        return self.scale / max(1.0, n)


class _ScaledUniform(_Scaled, abstract=True):
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        limit = sqrt(3.0 * self.variance(shape))
        return limit * (2.0 * rng.random(shape) - 1.0)


class _ScaledNormal(_Scaled, abstract=True):
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return sqrt(self.variance(shape)) / TRUNCATED_STDDEV * truncated_normal(rng, shape)


class GlorotUniform(_ScaledUniform):
    """Draws evenly, with a spread set by both fans: for linear, sigmoid and tanh layers.

    From ±sqrt(6 / (fan in + fan out)). Glorot and Bengio, 2010.
    """

    aliases = ("glorot_uniform",)
    mode = "fan_avg"


class GlorotNormal(_ScaledNormal):
    """Draws from a cut normal distribution with a spread set by both fans.

    Variance 2 / (fan in + fan out). Glorot and Bengio, 2010.
    """

    aliases = ("glorot_normal",)
    mode = "fan_avg"


class HeUniform(_ScaledUniform):
    """Draws evenly, with a spread set by the fan in: for layers before a ReLU.

    From ±sqrt(6 / fan in). He et al., 2015.
    """

    aliases = ("he_uniform",)
    scale = 2.0
    mode = "fan_in"


class HeNormal(_ScaledNormal):
    """Draws from a cut normal distribution with a spread set by the fan in: for layers before a ReLU.

    Variance 2 / fan in. He et al., 2015.
    """

    aliases = ("he_normal",)
    scale = 2.0
    mode = "fan_in"


class LecunUniform(_ScaledUniform):
    """Draws evenly, with a spread set by the fan in.

    From ±sqrt(3 / fan in). LeCun et al., "Efficient BackProp", 1998.
    """

    aliases = ("lecun_uniform",)
    mode = "fan_in"


class LecunNormal(_ScaledNormal):
    """Draws from a cut normal distribution with a spread set by the fan in.

    Variance 1 / fan in. LeCun et al., "Efficient BackProp", 1998.
    """

    aliases = ("lecun_normal",)
    mode = "fan_in"
