"""SGD: down the gradient, with momentum where wanted."""

from collections.abc import Mapping

from netstudio.graph.params import Bool, Float
from netstudio.ops import Value
from netstudio.optimizers.base import Optimizer, WeightOps, rate_param


class SGD(Optimizer):
    """Goes a step down the gradient, with momentum where wanted.

    w += v, with v = momentum · v - rate · g; with Nesterov's form w += momentum · v - rate · g after v has moved.
    As keras.optimizers.SGD; Sutskever et al., 2013.
    """

    aliases = ("sgd",)
    slots = {"momentum": 0.0}

    learning_rate = rate_param(0.01)
    momentum = Float(0.0, minimum=0.0, maximum=1.0, doc="How much of the last step is kept.")
    nesterov = Bool(False, doc="Look ahead along the momentum (has no effect without momentum).")

    def active_slots(self) -> Mapping[str, float]:
        return self.slots if self.momentum else {}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        step = gradient * scalars["rate"]
        if not self.momentum:
            return weight - step, {}
        velocity = slots["momentum"] * self.momentum - step
        move = velocity * self.momentum - step if self.nesterov else velocity
        return weight + move, {"momentum": velocity}
