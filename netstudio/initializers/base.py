"""The base of every initializer."""

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.graph.declared import Declared

Array = NDArray[Any]


class Initializer(Declared, abstract=True):
    """How a weight starts."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Float64 values of that shape."""


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """(fan in, fan out) as Keras counts them: a kernel's last two axes, times the window before them."""
    if not shape:
        return 1.0, 1.0
    if len(shape) == 1:
        return float(shape[0]), float(shape[0])
    window = float(np.prod(shape[:-2]))
    return shape[-2] * window, shape[-1] * window
