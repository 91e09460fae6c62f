"""A small catalogue and a trainer without an engine, for tests of the window."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from netstudio.errors import NonFiniteError, ShapeError
from netstudio.graph import Catalogue, Endpoint, Graph, Node, NodeType, Port, TensorSpec, WeightSpec, Wire
from netstudio.graph.params import Bool, Choice, Float, Int, Ints, Text
from netstudio.graph.problems import InsertBefore
from netstudio.gui.app import create_window
from netstudio.gui.session import Session
from netstudio.gui.window import MainWindow
from netstudio.training.progress import History, Progress


def real_window(qtbot: QtBot, width: int, height: int) -> MainWindow:
    """The app's own window, with all that it can do, shown in that size."""
    made = create_window()
    assert isinstance(made, MainWindow)
    qtbot.addWidget(made)
    made.resize(width, height)
    made.show()
    return made


class Input(NodeType):
    """Where data enters."""

    category, icon, inputs = "data", "input", ()
    shape = Ints(None, initial=(8,), doc="The shape of one sample.")

    def infer(self) -> TensorSpec:
        return TensorSpec(self.shape)


class Target(NodeType):
    """What the prediction should be."""

    category, icon, inputs = "data", "target", ()
    shape = Ints(None, initial=(1,), doc="The shape of one sample.")

    def infer(self) -> TensorSpec:
        return TensorSpec(self.shape)


class Dense(NodeType):
    """A fully connected layer.

    More about it.
    """

    category, icon = "core", "dense"
    keywords = ("linear", "perceptron")
    units = Int(minimum=1, initial=4, doc="How many output features.")
    rate = Float(0.5, minimum=0.0, below=1.0, doc="How often.")
    use_bias = Bool(True, doc="Add a bias.")
    mode = Choice(("valid", "same"), "valid", doc="Which mode.")
    size = Ints(2, (3, 3), doc="The size of the window.", axes=("height", "width"))
    note = Text("", doc="Any text.")
    seed = Int(None, doc="A seed.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        if len(x.shape) != 1:
            raise ShapeError(
                f"the input has the shape {x.shape}; expected (features,)", "in", (InsertBefore("Flatten"),)
            )
        return TensorSpec((self.units,))

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return {"kernel": WeightSpec((x.shape[-1], self.units), None)}

    def caption(self) -> str:
        return str(self.units)


class Flatten(NodeType):
    """One axis out of many."""

    category, icon = "merge", "flatten"

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec((math.prod(x.shape),))


class MeanSquaredError(NodeType):
    """The mean of the squared differences."""

    category, icon = "loss", "loss"
    inputs = (Port("pred"), Port("target"))

    def infer(self, pred: TensorSpec, target: TensorSpec) -> TensorSpec:
        return TensorSpec(())


CATALOGUE = Catalogue("node type", [Input, Target, Dense, Flatten, MeanSquaredError])

MakeSession = Callable[..., Session]
MakeWindow = Callable[..., MainWindow]


def wire(source: str, target: str) -> Wire:
    return Wire(Endpoint.parse(source), Endpoint.parse(target))


def regression(input_shape: tuple[int, ...] = (8,)) -> Graph:
    """Input → Dense → loss, and a Target; with `input_shape` of two axes Dense complains."""
    nodes = [
        Node("x", "Input", {"shape": list(input_shape)}, (0, 0)),
        Node("dense", "Dense", {"units": 1}, (200, 0)),
        Node("y", "Target", {"shape": [1]}, (200, 150)),
        Node("loss", "MeanSquaredError", {}, (400, 0)),
    ]
    wires = (wire("x.out", "dense.in"), wire("dense.out", "loss.pred"), wire("y.out", "loss.target"))
    return Graph("toy", {n.id: n for n in nodes}, wires)


class FakeTrainer:
    """Trains nothing, at the pace of `pace` seconds a step; its losses fall as 1/step."""

    def __init__(self, epochs: int = 3, steps: int = 4, pace: float = 0.005, nan_at: int | None = None) -> None:
        self.epochs, self.steps, self.pace, self.nan_at = epochs, steps, pace, nan_at
        self.model: Any = None
        self.history = History()
        self.done = 0
        self._go = threading.Event()
        self._go.set()
        self._stopped = threading.Event()
        self._single = 0

    def __call__(self, graph: Graph, folder: Path | None, tell: Callable[[str], None]) -> FakeTrainer:
        tell("matmul")
        return self

    def run(self, paused: bool = False) -> Iterator[Progress]:
        if paused:
            self._go.clear()
        for epoch in range(1, self.epochs + 1):
            for step in range(1, self.steps + 1):
                self._wait_for_turn()
                if self._stopped.is_set():
                    return
                self.done += 1
                if self.done == self.nan_at:
                    raise NonFiniteError("dense: the output became NaN; lower the learning rate", "dense", self.done)
                loss = 1.0 / self.done
                yield Progress("steps", epoch, self.epochs, step, self.steps, {"loss": loss}, (loss,), 1000.0, 0.1)
            logs = {"loss": loss, "accuracy": 1 - loss, "val_loss": loss * 1.1, "val_accuracy": 0.9 - loss}
            self.history.add(epoch - 1, logs)
            yield Progress("epoch", epoch, self.epochs, self.steps, self.steps, logs, (), 1000.0, 0.1)
        self.model = object()

    def _wait_for_turn(self) -> None:
        self._stopped.wait(self.pace)
        while not self._go.wait(0.002) and not self._stopped.is_set():
            if self._single > 0:
                self._single -= 1
                return

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def stop(self) -> None:
        self._stopped.set()

    def step_once(self) -> None:
        self._single += 1
