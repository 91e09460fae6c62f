"""Orthogonal: a matrix that keeps lengths."""

from math import prod

import numpy as np

from netstudio.errors import ParamError
from netstudio.graph.params import Float
from netstudio.initializers.base import Array, Initializer


class Orthogonal(Initializer):
    """Starts as a random matrix with orthogonal rows or columns, which keeps the length of what it is applied to.

    The Q of a QR decomposition of normal values, signed so that it is spread evenly; all axes but the last count as
    rows. For weights of two axes or more; ParamError for others. Saxe et al., 2013.
    """

    aliases = ("orthogonal",)

    gain = Float(1.0, doc="A factor on the matrix.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        if len(shape) < 2:
            raise ParamError(
                f"Orthogonal can't start a weight of the shape {shape}; expected two axes or more: choose another "
                "initializer, such as zeros"
            )
        rows, columns = prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)
