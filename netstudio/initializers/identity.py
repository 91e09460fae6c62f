"""Identity: a matrix that changes nothing."""

import numpy as np

from netstudio.errors import ParamError
from netstudio.graph.params import Float
from netstudio.initializers.base import Array, Initializer


class Identity(Initializer):
    """Starts as the identity matrix: ones where row and column number agree, zeros elsewhere.

    For weights of two axes; ParamError for others. As keras.initializers.Identity.
    """

    aliases = ("identity",)

    gain = Float(1.0, doc="A factor on the matrix.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        if len(shape) != 2:
            raise ParamError(
                f"Identity can't start a weight of the shape {shape}; expected two axes: choose another initializer, "
                "such as orthogonal"
            )
        return self.gain * np.eye(*shape)
