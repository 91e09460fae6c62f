"""The base of every augmentation, and what they share: random numbers, one for each sample of a batch.

An augmentation is written in the operations that layers are written in, so that it runs in the training step itself:
its numbers come from the run's seed, the step and the place in the batch, and depend on nothing else.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from netstudio.graph.declared import Declared
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value


@dataclass(frozen=True)
class Batch:
    """A step's samples: values with the batch axis by the ids of Inputs and Targets, and their specs.

    `mixture` tells what each sample has become where samples were mixed: by the number of places further on in the
    batch, how much of the sample there is in this one, (batch,). It is empty where none were.
    """

    inputs: Mapping[str, Value]
    targets: Mapping[str, Value]
    specs: Mapping[str, TensorSpec]
    mixture: Mapping[int, Value]

    @property
    def rows(self) -> int:
        return next(iter(self.inputs.values())).shape[0]

    def changed(self, inputs: Mapping[str, Value], targets: Mapping[str, Value] | None = None) -> Batch:
        """With other values for some of the Inputs and Targets."""
        return replace(self, inputs={**self.inputs, **inputs}, targets={**self.targets, **(targets or {})})


class Augmentation(Declared, abstract=True):
    """A change to the training samples, drawn anew for each of them at each step."""

    own_first = True  # what it does stands before how often
    of: ClassVar[str] = "images (height, width, channels)"  # what it changes, in words

    chance = Float(1.0, minimum=0.0, maximum=1.0, doc="The share of the samples that it changes.")

    @classmethod
    @abstractmethod
    def suits(cls, spec: TensorSpec) -> bool:
        """Whether it can change what an Input of that spec takes."""

    @property
    def rests(self) -> bool:
        """Whether it changes nothing at all, as its parameters stand."""
        return self.chance == 0.0

    def happens(self, ops: Ops, rows: int) -> Value | None:
        """1 for the samples that are changed, else 0, (rows,); None where all are."""
        return None if self.chance == 1.0 else ops.elementwise("lt", ops.random_uniform((rows,)), self.chance)


class Change(Augmentation, abstract=True):
    """An augmentation of what one Input takes, without regard to anything else."""

    @abstractmethod
    def changed(self, ops: Ops, x: Value) -> Value:
        """Samples, (batch, ...), of which some are changed."""

    def apply(self, ops: Ops, batch: Batch) -> Batch:
        """The batch with every Input changed that it suits."""
        return batch.changed(
            {id: self.changed(ops, x) for id, x in batch.inputs.items() if self.suits(batch.specs[id])}
        )


class Addition(Change, abstract=True):
    """A change by what is added to the samples."""

    @abstractmethod
    def change(self, ops: Ops, x: Value) -> Value:
        """What is added to (batch, ...) samples to change all of them."""

    def changed(self, ops: Ops, x: Value) -> Value:
        happens = self.happens(ops, x.shape[0])
        difference = self.change(ops, x)
        return x + (difference if happens is None else difference * beside(ops, happens, x))


def is_image(spec: TensorSpec) -> bool:
    """Whether a sample is an image (height, width, channels) of quantities."""
    return spec.dtype == "float" and len(spec.shape) == 3


def is_series(spec: TensorSpec) -> bool:
    """Whether a sample is a vector of quantities, or one for each step of a sequence."""
    return spec.dtype == "float" and len(spec.shape) in (1, 2)


def beside(ops: Ops, each: Value, x: Value) -> Value:
    """A number for each sample, (batch,), in a shape that multiplies (batch, ...)."""
    return ops.reshape(each, (each.shape[0], *(1,) * (x.ndim - 1)))


def around_zero(ops: Ops, rows: int, amount: float) -> Value:
    """A number for each sample from -amount to amount, all alike likely, (rows,)."""
    return ops.random_uniform((rows,)) * (2.0 * amount) - amount
