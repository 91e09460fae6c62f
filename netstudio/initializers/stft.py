"""STFT: waves of every frequency, so that a convolution gives a spectrum."""

import numpy as np

from netstudio.errors import ParamError
from netstudio.graph.params import Bool, Choice
from netstudio.initializers.base import Array, Initializer

WINDOWS = {"hann": np.hanning, "hamming": np.hamming, "blackman": np.blackman, "bartlett": np.bartlett}


class STFT(Initializer):
    """Starts a convolution over sound as a short-time Fourier transform: each filter is a wave of one frequency.

    A kernel (steps, 1, bins) holds w[t] · cos(-pi · t · f / (bins - 1)) for bin f, or the sine of it, where w is a
    window over the steps, divided by the root of its sum of squares ("density") or by its sum ("spectrum"). For the
    kernel of a Conv1D over one feature; ParamError for others. As keras.initializers.STFT.
    """

    aliases = ("stft",)

    side = Choice(("real", "imag"), "real", doc="The real part of the transform (cosines) or the imaginary (sines).")
    window = Choice(
        tuple(WINDOWS), "hann", optional=True, doc="How the ends of a window of steps fade; none: not at all."
    )
    scaling = Choice(
        ("density", "spectrum"), "density", optional=True, doc="What the window is divided by, where there is one."
    )
    periodic = Bool(False, doc="Let the window begin again where it ends, in place of ending as it began.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        if len(shape) != 3 or shape[1] != 1:
            raise ParamError(
                f"STFT can't start a weight of the shape {shape}; expected (steps, 1, bins), the kernel of a Conv1D "
                "over one feature: choose another initializer"
            )
        steps, _, bins = shape
        angle = -np.pi * np.arange(steps)[:, None, None] * np.arange(bins) / max(bins - 1, 1)
        waves = np.cos(angle) if self.side == "real" else np.sin(angle)
        return waves * self._window(steps)[:, None, None]

    def _window(self, steps: int) -> Array:
        if self.window is None:
            return np.ones(steps)
        window = WINDOWS[self.window](steps + self.periodic)[:steps]
        sizes = {"density": np.sqrt(np.sum(window**2)), "spectrum": np.sum(np.abs(window)), None: 1.0}
        return window / max(float(sizes[self.scaling]), 1e-300)  # a window of two steps may be all zeros
