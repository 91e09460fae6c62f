"""Erasing: a box of each image is covered."""

from __future__ import annotations

import math

from netstudio.augmentations import boxes
from netstudio.augmentations.base import Change, around_zero, is_image
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value

STRETCH = math.log(3.3) / 2  # the sides of a box differ by the factor 3.3 at most


class Erasing(Change):
    """Covers a box of the image with one value, so that the network does not lean on a single part.

    Zhong et al., "Random Erasing Data Augmentation", AAAI 2020.
    """

    smallest = Float(0.02, minimum=0.0, maximum=1.0, doc="The smallest box, as a share of the area.")
    largest = Float(0.2, minimum=0.0, maximum=1.0, doc="The largest box.")
    value = Float(0.0, doc="What stands in the box.")
    chance = Float(0.5, minimum=0.0, maximum=1.0, doc="The share of the samples of which a part is covered.")

    @property
    def rests(self) -> bool:
        return super().rests or self.smallest == self.largest == 0.0

    @classmethod
    def suits(cls, spec: TensorSpec) -> bool:
        return is_image(spec)

    def changed(self, ops: Ops, x: Value) -> Value:
        rows, height, width, _ = x.shape
        happens = self.happens(ops, rows)
        area = ops.random_uniform((rows,)) * (self.largest - self.smallest) + self.smallest
        side, stretch = ops.sqrt(area), ops.exp(around_zero(ops, rows, STRETCH))
        box = boxes.draw(ops, (side * stretch, side / stretch), height, width)
        if happens is not None:
            box = box._replace(rows=box.rows * happens)
        return box.covered(ops, x, ops.constant(self.value))
