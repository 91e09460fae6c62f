"""SinePositionEncoding: waves that tell where in a sequence something stands."""

from __future__ import annotations

import numpy as np

from netstudio.layers.positions import Positions, angles, max_wavelength_param
from netstudio.ops import Ops, Value


class SinePositionEncoding(Positions):
    """Tells each place of a sequence by waves of different lengths, which are added to what stands there.

    Nothing is learnt. y[t, 2 i] = sin(t · w) and y[t, 2 i + 1] = cos(t · w) with w = max_wavelength^(-2 i / features),
    whatever the input holds: (steps, features) gives (steps, features). Wire the input and this into an Add. As
    keras_hub.layers.SinePositionEncoding; Vaswani et al., "Attention Is All You Need", 2017.
    """

    keywords = ("positional encoding", "sinusoidal", "sine", "cosine", "transformer", "order", "waves")
    without = {
        "keras": "KerasHub has it, under this name",
        "torch": "it is a buffer that is added there",
        "onnx": "it is a constant there",
    }

    max_wavelength = max_wavelength_param()

    def caption(self) -> str:
        return "" if self.max_wavelength == 10000.0 else f"{self.max_wavelength:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        _, steps, features = x.shape
        turned = angles(steps, features, self.max_wavelength)
        waves = np.stack([np.sin(turned), np.cos(turned)], -1).reshape(steps, -1)[:, :features]
        return ops.broadcast_to(ops.constant(waves[None]), x.shape)
