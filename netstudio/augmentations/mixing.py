"""Augmentations that mix each sample with another of its batch.

A mixed sample has the losses of both, each counted by how much of its sample there is: for cross-entropy that is the
loss of a mixed one-hot target, and class numbers need no change.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import numpy as np

from netstudio.augmentations import boxes
from netstudio.augmentations.base import Augmentation, Batch, beside, is_image
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value

QUANTILES = 1024
GRID = 1 << 14


class Mixing(Augmentation, abstract=True):
    """Mixes each sample with one that stands further on in the batch; its own share is a half at least."""

    alpha = Float(
        0.2, above=0.0, maximum=100.0, doc="The share is drawn from Beta(alpha, alpha): a small one mixes little."
    )

    @abstractmethod
    def mixed(self, ops: Ops, batch: Batch, given: Value, shift: int) -> tuple[dict[str, Value], Value]:
        """The Inputs with `given`, (batch,), of the sample `shift` further on; and how much of that was taken."""

    def apply(self, ops: Ops, batch: Batch) -> Batch:
        """The batch mixed, and its mixture."""
        shift = max(len(batch.mixture), 1)  # no two take the same partner
        given = given_share(ops, self.alpha, batch.rows)
        happens = self.happens(ops, batch.rows)
        inputs, given = self.mixed(ops, batch, given if happens is None else given * happens, shift)
        before = batch.mixture or {0: ops.broadcast_to(ops.constant(1.0), (batch.rows,))}
        kept = {place: share * (1.0 - given) for place, share in before.items()}
        taken = {place + shift: rolled(ops, share, shift) * given for place, share in before.items()}
        return replace(batch.changed(inputs), mixture={**kept, **taken})


class MixUp(Mixing):
    """Blends each sample with another, and their losses in the same proportion.

    Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
    """

    of = "quantities, not class numbers"

    @classmethod
    def suits(cls, spec: TensorSpec) -> bool:
        return spec.dtype == "float"

    def mixed(self, ops: Ops, batch: Batch, given: Value, shift: int) -> tuple[dict[str, Value], Value]:
        return {id: x + (rolled(ops, x, shift) - x) * beside(ops, given, x) for id, x in batch.inputs.items()}, given


class CutMix(Mixing):
    """Pastes a box of another image into each image, and mixes their losses by the areas.

    Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019.
    """

    alpha = Float(
        1.0, above=0.0, maximum=100.0, doc="The area is drawn from Beta(alpha, alpha): a small one pastes little."
    )

    @classmethod
    def suits(cls, spec: TensorSpec) -> bool:
        return is_image(spec)

    def mixed(self, ops: Ops, batch: Batch, given: Value, shift: int) -> tuple[dict[str, Value], Value]:
        ((id, x),) = batch.inputs.items()
        height, width = x.shape[1:3]
        side = ops.sqrt(given)
        box = boxes.draw(ops, (side, side), height, width)
        return {id: box.covered(ops, x, rolled(ops, x, shift))}, box.rows * box.columns * (1.0 / (height * width))


def rolled(ops: Ops, x: Value, shift: int) -> Value:
    """(batch, ...) in which each sample stands `shift` places earlier, the first ones at the end."""
    rows = x.shape[0]
    shift %= rows
    if shift == 0:
        return x
    return ops.concatenate([ops.slice(x, 0, shift, rows), ops.slice(x, 0, 0, shift)], 0)


def given_share(ops: Ops, alpha: float, rows: int) -> Value:
    """How much each sample takes of another, (rows,): the smaller of two shares drawn from Beta(alpha, alpha)."""
    table = ops.constant(beta_quantiles(alpha)[:, None])
    numbers = ops.elementwise("floor", ops.random_uniform((rows,)) * float(QUANTILES))
    return ops.reshape(ops.gather(table, numbers), (rows,))


def beta_quantiles(alpha: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The quantiles of the lower half of Beta(alpha, alpha), in the middle of QUANTILES equal steps.

    With x = v^(1/power) the density of v is v^(alpha/power - 1) · (1 - x)^(alpha - 1): smooth from 0 to where x is 1/2.
    """
    power = min(alpha, 1.0)
    v = np.linspace(0.0, 0.5**power, GRID)
    density = v ** (alpha / power - 1.0) * (1.0 - v ** (1.0 / power)) ** (alpha - 1.0)
    below = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    wanted = (np.arange(QUANTILES) + 0.5) / QUANTILES * below[-1]
    return np.asarray(np.interp(wanted, below, v) ** (1.0 / power))
