"""PiecewiseConstantDecay: rates that hold for some steps each."""

from typing import Any

from netstudio.errors import ParamError
from netstudio.graph.params import Floats, Ints
from netstudio.schedules.base import Schedule


class PiecewiseConstantDecay(Schedule):
    """Keeps each rate until its boundary, then takes the next.

    values[i], where i is the number of boundaries that the step is beyond. There is one value more than there are
    boundaries, which rise; ParamError otherwise. As keras.optimizers.schedules.PiecewiseConstantDecay.
    """

    aliases = ("piecewise_constant_decay",)

    boundaries = Ints(None, (1000,), minimum=0, single=True, doc="The last step of each rate but the last.")
    values = Floats((0.001, 0.0001), minimum=0.0, doc="The learning rates.")

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        if len(self.values) != len(self.boundaries) + 1:
            raise ParamError(
                f"values has {len(self.values)} numbers and boundaries {len(self.boundaries)}; expected one value more "
                "than there are boundaries",
                "values",
            )
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise ParamError(f"boundaries is {list(self.boundaries)}; expected numbers that rise", "boundaries")

    def at(self, step: int) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]
