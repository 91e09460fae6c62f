"""ZeroPadding1D: zeros before and after a sequence."""

from netstudio.layers.margins import margins1d_param
from netstudio.layers.zero_padding import ZeroPadding


class ZeroPadding1D(ZeroPadding):
    """Adds steps of zeros before and after a sequence.

    Input (steps, features) gives (before + steps + after, features).
    """

    keywords = ("pad", "padding", "border", "constant pad", "causal", "sequence")
    keras, torch, onnx = "ZeroPadding1D", "ConstantPad1d", "Pad"

    padding = margins1d_param(1, "How many steps of zeros before and after.")
