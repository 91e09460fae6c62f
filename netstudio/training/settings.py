"""What a document's "training" block may say."""

from __future__ import annotations

from typing import Any

from netstudio.errors import ParamError
from netstudio.graph.declared import Declared, Object, Objects
from netstudio.graph.params import Bool, Int
from netstudio.metrics import METRICS, make
from netstudio.metrics.base import Metric
from netstudio.optimizers import OPTIMIZERS
from netstudio.training.callbacks import CALLBACKS

ACCURACY = ("accuracy", "acc")  # names of the accuracy that suits the loss, whichever it is


class Metrics(Objects[Metric]):
    """A list of metrics, in which "accuracy" stays the text it is: what it means depends on the loss."""

    def _expected(self) -> str:
        return f"a list of accuracy, {', '.join(self.family.members)}"

    def _check(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise TypeError
        try:
            return tuple(self._member(v) for v in value)
        except ParamError as error:
            raise ParamError(f"{self.name}: {error}", self.name) from None

    def _member(self, value: Any) -> Any:
        if isinstance(value, Metric) or (isinstance(value, str) and value in ACCURACY):
            return value
        return make(value)


class TrainingSettings(Declared):
    """How a graph is trained."""

    name = "this block"

    optimizer = Object(OPTIMIZERS, "Adam", doc="How the weights follow their gradients.")
    batch_size = Int(32, minimum=1, doc="How many samples make one step.")
    epochs = Int(10, minimum=1, doc="How often the training goes over the data.")
    seed = Int(0, minimum=0, doc="The same seed gives the same run: split, first weights, order, dropout.")
    shuffle = Bool(True, doc="Take the samples in a new order in each epoch.")
    metrics = Metrics(METRICS, (), doc='Figures to follow beside the loss; "accuracy" is the one that suits the loss.')
    callbacks = Objects(CALLBACKS, (), doc="What watches the run: stops it early, changes the learning rate, ...")
