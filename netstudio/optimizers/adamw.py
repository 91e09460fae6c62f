"""AdamW: Adam with weights that decay."""

from collections.abc import Mapping

from netstudio.graph.params import Float
from netstudio.ops import Ops, Value
from netstudio.optimizers.adam import Adam


class AdamW(Adam):
    """Adam with weights that shrink a little at every step.

    Before Adam's step, w -= w · weight_decay · learning_rate, for every weight that is trained. As
    keras.optimizers.AdamW; Loshchilov and Hutter, 2019.
    """

    aliases = ("adamw",)

    weight_decay = Float(0.004, minimum=0.0, doc="How much weights shrink, times the learning rate.")

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        return {**super().scalars(step, rate), "decay": rate * self.weight_decay}

    def update(
        self, ops: Ops, weight: Value, gradient: Value, slots: Mapping[str, Value], scalars: Mapping[str, Value]
    ) -> tuple[Value, Mapping[str, Value]]:
        return super().update(ops, weight - weight * scalars["decay"], gradient, slots, scalars)
