"""The base of every optimizer: what all of them can do, around the rule of each.

A step is the rule (`update`) with what a document may ask for around it: the gradient clipped, weights that decay,
gradients gathered over several steps, an average of the weights. All names and meanings are Keras's.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from netstudio.errors import ParamError
from netstudio.graph.declared import Declared, NumberOr
from netstudio.graph.params import Bool, Float, Int
from netstudio.graph.tensor import Shape
from netstudio.ops import Ops, Value
from netstudio.schedules import SCHEDULES
from netstudio.schedules.base import rate_at

AVERAGE, GATHERED = "average", "gradient_accumulator"  # slots that any optimizer may have, under Keras's names
SHARED = (
    "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum", "ema_overwrite_frequency",
    "gradient_accumulation_steps",
)  # fmt: skip


class WeightOps(Ops, Protocol):
    """The operations, over all trained weights in one vector; and a way to each weight by itself."""

    def each(self, function: Callable[..., Sequence[Value]], *vectors: Value) -> tuple[Value, ...]:
        """Apply `function(name, *tensors)` to each weight's part of the vectors; its results, as vectors again.

        The name is "node/weight", a tensor has its weight's own shape (or a slot's). It takes another pass over memory,
        so that a rule which treats all values alike should do without.
        """


def rate_param(default: float = 0.001) -> NumberOr[Any]:
    return NumberOr(SCHEDULES, default, doc="How far a step goes: a number, or a schedule by the step.")


class Optimizer(Declared, abstract=True):
    """How weights follow their gradients.

    The update is built from operations, elementwise over all trained weights at once. `slots` names the arrays, of the
    weights' size, that the optimizer keeps between steps, with the value each starts at. `scalars(step, rate)` gives
    the numbers that differ from step to step, computed in double precision outside of the program.
    """

    slots: ClassVar[Mapping[str, float]] = {}

    learning_rate = rate_param()
    weight_decay = Float(None, minimum=0.0, doc="How much weights shrink at each step, times the learning rate.")
    clipnorm = Float(None, above=0.0, doc="The greatest length of each weight's gradient.")
    clipvalue = Float(None, above=0.0, doc="The greatest size of each value of a gradient.")
    global_clipnorm = Float(None, above=0.0, doc="The greatest length of the gradient of all weights together.")
    use_ema = Bool(False, doc="Keep a moving average of the weights, which takes their place when training ends.")
    ema_momentum = Float(0.99, minimum=0.0, maximum=1.0, doc="How slowly that average moves.")
    ema_overwrite_frequency = Int(
        None, minimum=1, doc="After how many steps each the average takes the weights' place; none: at the end alone."
    )
    gradient_accumulation_steps = Int(
        None, minimum=2, doc="How many steps' mean gradient makes one update; as if the batch were so much larger."
    )

    def __init_subclass__(cls, abstract: bool = False, **more: Any) -> None:
        super().__init_subclass__(abstract, **more)
        own = [key for key in cls.declared if key not in SHARED]
        cls.declared = {key: cls.declared[key] for key in (*own, *SHARED)}

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        clips = [key for key in ("clipnorm", "clipvalue", "global_clipnorm") if self.__dict__[key] is not None]
        around = (self.weight_decay, self.gradient_accumulation_steps, self.use_ema or None)
        self.__dict__["_is_bare"] = all(asked is None for asked in around)
        if len(clips) > 1:
            raise ParamError(f"{self.name} has {' and '.join(clips)}; expected one of them at most", clips[1])

    # ---------------------------------------------------------------------------------------------- the rule

    def active_slots(self) -> Mapping[str, float]:
        """The slots that the rule needs with these parameters."""
        return self.slots

    def slot_shape(self, slot: str, weight: str, shape: Shape) -> Shape:
        """The shape of a slot's part for the weight "node/weight" of that shape."""
        return shape

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        """The numbers of update `step`, which counts from 1, at learning rate `rate`."""
        return {"rate": rate}

    @abstractmethod
    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        """The new weight and the new slots."""

    # ---------------------------------------------------------------------------------------------- around it

    def all_slots(self) -> dict[str, float]:
        """Every slot and the value it starts at: the rule's, and those of what stands around it."""
        besides = {AVERAGE: self.use_ema, GATHERED: self.gradient_accumulation_steps is not None}
        return {**self.active_slots(), **{name: 0.0 for name, used in besides.items() if used}}

    def rate(self, step: int) -> float:
        """The learning rate of step `step`, which counts from 1, as the document says."""
        return rate_at(self.learning_rate, step - 1)

    def numbers(self, step: int, rate: float) -> Mapping[str, float]:
        """The numbers of step `step`, which counts from 1: the rule's, and those of what stands around it."""
        if self.__dict__["_is_bare"]:  # asked for at every step of a run
            return self.scalars(step, rate)
        gathers = self.gradient_accumulation_steps or 1
        done = (step - 1) // gathers  # updates before this step
        found = dict(self.scalars(done + 1, rate))
        if self.weight_decay is not None:
            found["decay"] = rate * self.weight_decay
        if gathers > 1:
            found["turn"] = float(step % gathers == 0)
        if self.use_ema:
            found["ema"] = self.ema_momentum if done else 0.0
            if self.ema_overwrite_frequency is not None:
                found["overwrite"] = float((done + 1) % self.ema_overwrite_frequency == 0)
        return found

    def step(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
        factors: Value | None = None,
    ) -> tuple[Value, dict[str, Value]]:
        """The new weight and all new slots: the rule, and what stands around it.

        With `factors`, of the weight's shape, each value goes so many times as far as the rule would have it.
        """
        gathered = gradient
        if self.gradient_accumulation_steps is not None:
            gathered = slots[GATHERED] + gradient
            gradient = gathered * (1.0 / self.gradient_accumulation_steps)
        own = {name: slots[name] for name in self.active_slots()}
        new, changed = self.update(ops, self.decayed(ops, weight, scalars), self._clipped(ops, gradient), own, scalars)
        if factors is not None:  # a factor of 1 leaves the rule's value as it is, to the bit
            new = ops.where(ops.equal(factors, 1.0), new, weight + (new - weight) * factors)
        after = dict(changed)
        if self.gradient_accumulation_steps is not None:
            turn = scalars["turn"]
            new = ops.where(turn, new, weight)
            after = {name: ops.where(turn, value, own[name]) for name, value in after.items()}
            after[GATHERED] = ops.where(turn, 0.0, gathered)
        if self.use_ema:
            average = after[AVERAGE] = new + (slots[AVERAGE] - new) * scalars["ema"]
            if self.ema_overwrite_frequency is not None:
                new = ops.where(scalars["overwrite"], average, new)
        return new, after

    def decayed(self, ops: WeightOps, weight: Value, scalars: Mapping[str, Value]) -> Value:
        """The weight a little smaller, where it decays."""
        return weight if self.weight_decay is None else weight - weight * scalars["decay"]

    def _clipped(self, ops: WeightOps, gradient: Value) -> Value:
        if self.clipvalue is not None:
            return ops.clip(gradient, -self.clipvalue, self.clipvalue)
        if self.global_clipnorm is not None:
            return shortened(ops, gradient, self.global_clipnorm)
        if self.clipnorm is not None:
            (gradient,) = ops.each(lambda name, g: [shortened(ops, g, self.clipnorm)], gradient)
        return gradient


def length(ops: Ops, x: Value) -> Value:
    """The root of the sum of squares."""
    return ops.sqrt(ops.sum(ops.square(x)))


def shortened(ops: Ops, x: Value, longest: float) -> Value:
    """`x` of the length `longest` at most."""
    return x * (longest / ops.maximum(length(ops, x), longest))
