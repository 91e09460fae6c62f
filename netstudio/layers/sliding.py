"""What all convolutions share: kernels that slide over a sequence, an image or a volume."""

from __future__ import annotations

from netstudio.graph.params import Choice, Int, Ints
from netstudio.layers.base import times
from netstudio.layers.kernel import KernelLayer
from netstudio.layers.window import Window


def filters_param() -> Int:
    return Int(minimum=1, initial=32, doc="How many output channels.")


def depth_multiplier_param() -> Int:
    return Int(1, minimum=1, doc="How many kernels, and so outputs, each input channel has.")


class SlidingLayer(KernelLayer, abstract=True):
    """A layer whose kernel slides; each kind declares the parameters named here, in Keras's order.

    They are declared for images, and by the layers of sequences and volumes anew where there is a number for each axis.
    """

    category = "convolution"
    icon = "conv"

    kernel_size: Ints
    strides: Ints
    padding: Choice
    dilation_rate: Ints

    @property
    def window(self) -> Window:
        return Window(self.kernel_size, self.strides, self.dilation_rate, self.padding)

    def caption(self) -> str:
        moves = f"/{times(self.strides)}" if max(self.strides) > 1 else ""
        parts = [getattr(self, "filters", None), f"{times(self.kernel_size)}{moves}", self.padding, self.activation]
        return " · ".join(str(part) for part in parts if part)
