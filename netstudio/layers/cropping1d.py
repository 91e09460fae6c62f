"""Cropping1D: a sequence without its ends."""

from netstudio.layers.cropping import Cropping
from netstudio.layers.margins import margins1d_param


class Cropping1D(Cropping):
    """Takes steps away from the start and the end of a sequence.

    Input (steps, features) gives (steps - before - after, features).
    """

    keywords = ("crop", "trim", "cut", "slice", "sequence")
    keras, torch, onnx = "Cropping1D", "narrow", "Slice"

    cropping = margins1d_param((1, 1), "How many steps go at the start and at the end.")
