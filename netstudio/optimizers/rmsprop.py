"""RMSprop: steps divided by the recent size of the gradient."""

from collections.abc import Mapping

from netstudio.graph.params import Bool, Float
from netstudio.ops import Value
from netstudio.optimizers.base import Optimizer, WeightOps


class RMSprop(Optimizer):
    """Divides each weight's step by the recent size of its gradient.

    v = rho · v + (1 - rho) · g²; s = rate · g / sqrt(v + epsilon), where centered with v less the square of the
    gradient's own average; w -= s, or with momentum m = momentum · m + s; w -= m. As keras.optimizers.RMSprop; Hinton,
    2012, and Graves, 2013.
    """

    aliases = ("rmsprop",)
    slots = {"velocity": 0.0, "momentum": 0.0, "average_gradient": 0.0}

    rho = Float(0.9, minimum=0.0, maximum=1.0, doc="How slowly the averages move.")
    momentum = Float(0.0, minimum=0.0, maximum=1.0, doc="How much of the last step is kept.")
    epsilon = Float(1e-7, above=0.0, doc="Keeps the step finite.")
    centered = Bool(False, doc="Divide by the gradient's deviation rather than by its size.")

    def active_slots(self) -> Mapping[str, float]:
        unused = {"momentum": not self.momentum, "average_gradient": not self.centered}
        return {name: start for name, start in self.slots.items() if not unused.get(name)}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        new = {"velocity": slots["velocity"] * self.rho + ops.square(gradient) * (1.0 - self.rho)}
        size = new["velocity"]
        if self.centered:
            average = slots["average_gradient"] * self.rho + gradient * (1.0 - self.rho)
            new["average_gradient"] = average
            size = size - ops.square(average)
        step = gradient * scalars["rate"] / ops.sqrt(size + self.epsilon)
        if self.momentum:
            step = slots["momentum"] * self.momentum + step
            new["momentum"] = step
        return weight - step, new
