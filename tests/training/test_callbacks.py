"""Callbacks: what Keras's do, on made-up figures and in real runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import TrainingError
from netstudio.training.callbacks import CALLBACKS
from tests.graphs import classifier, regression
from tests.training.examples import assert_same_weights, classes, moved, numbers


class FakeRun:
    """A run whose weights are its epoch's number."""

    def __init__(self) -> None:
        self.learning_rate, self.stopped, self.model = 1.0, False, self
        self.weights: Any = None

    def set_weights(self, weights: Any) -> None:
        self.weights = weights

    def stop(self) -> None:
        self.stopped = True


def play(callback: Any, figures: list[float], name: str = "val_loss") -> tuple[FakeRun, int]:
    """Epochs with those figures until the callback stops the run; the run, and how many epochs there were."""
    run = FakeRun()
    callback.begin(run)
    for epoch, value in enumerate(figures):
        run.weights = epoch
        callback.epoch_end(run, epoch, {name: value})
        if run.stopped:
            break
    callback.end(run)
    return run, epoch + 1


FALLING = [5.0, 4.0, 3.0, 3.5, 3.4, 3.3, 2.0, 1.0]


@pytest.mark.parametrize(("patience", "epochs"), [(0, 4), (1, 4), (2, 5), (3, 6), (4, 8)])
def test_early_stopping_waits(patience: int, epochs: int) -> None:
    assert play(CALLBACKS["EarlyStopping"](patience=patience), FALLING)[1] == epochs


def test_early_stopping_goes_back_to_the_best_epoch() -> None:
    assert play(CALLBACKS["EarlyStopping"](patience=2), FALLING)[0].weights == 4
    assert play(CALLBACKS["EarlyStopping"](patience=2, restore_best_weights=True), FALLING)[0].weights == 2
    assert play(CALLBACKS["EarlyStopping"](patience=9, restore_best_weights=True), FALLING)[0].weights == 7


def test_early_stopping_counts_what_is_better() -> None:
    rising = [0.5, 0.6, 0.7, 0.65, 0.6]
    made = CALLBACKS["EarlyStopping"]
    assert play(made(monitor="val_accuracy", patience=2), rising, "val_accuracy")[1] == 5
    assert play(made(monitor="val_accuracy", patience=2, mode="min"), rising, "val_accuracy")[1] == 3
    assert play(made(monitor="score", patience=1, mode="max"), rising, "score")[1] == 4
    assert play(made(patience=1, min_delta=1.5), [5.0, 4.0, 3.0, 2.0])[1] == 2
    assert play(made(patience=1, start_from_epoch=3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])[1] == 5


def test_a_callback_forgets_the_run_before() -> None:
    stopping = CALLBACKS["EarlyStopping"](patience=2, restore_best_weights=True)
    assert play(stopping, FALLING)[1] == 5
    assert play(stopping, [9.0, 8.0, 7.0, 7.5, 7.4])[0].weights == 2


def test_a_figure_that_is_not_there() -> None:
    with pytest.raises(TrainingError, match="EarlyStopping watches 'val_loss', which is not in the history"):
        ns.compile(regression(), threads=1).fit(*numbers(), callbacks=[CALLBACKS["EarlyStopping"]()])


def test_the_learning_rate_falls_on_a_plateau() -> None:
    reduce = CALLBACKS["ReduceLROnPlateau"](patience=2, factor=0.5, min_lr=0.2)
    assert play(reduce, [3.0] * 3)[0].learning_rate == 0.5
    assert play(reduce, [3.0] * 5)[0].learning_rate == 0.25
    assert play(reduce, [3.0] * 7)[0].learning_rate == 0.2
    assert play(reduce, FALLING)[0].learning_rate == 0.5


# ---------------------------------------------------------------------------------------------------- real runs


class Witness:
    """Keeps every epoch's weights, figures and learning rate."""

    def __init__(self) -> None:
        self.weights: list[Any] = []
        self.rates: list[float] = []

    def begin(self, run: Any) -> None:
        self.weights, self.rates = [], []

    def epoch_end(self, run: Any, epoch: int, logs: Any) -> None:
        self.weights.append(run.model.weights)
        self.rates.append(run.learning_rate)

    def end(self, run: Any) -> None: ...


def test_a_real_run_ends_with_its_best_weights() -> None:
    """30 rows are learnt by heart, so that the held rows soon get worse."""
    x, y = classes(60)
    adam = {"type": "Adam", "params": {"learning_rate": 0.05}}
    model, witness = ns.compile(classifier(units=64, optimizer=adam), threads=1), Witness()
    stopping = CALLBACKS["EarlyStopping"](patience=4, restore_best_weights=True)
    rng = np.random.default_rng(0)
    noisy = np.where(rng.random(60) < 0.4, rng.integers(0, 4, 60), y)
    history = model.fit(x, noisy, epochs=200, validation_split=0.5, callbacks=[witness, stopping]).history["val_loss"]
    best = int(np.argmin(history))
    assert len(history) == best + 1 + 4 < 200
    assert_same_weights(model.weights, witness.weights[best])
    assert moved(model, witness.weights[-1])


def test_a_lower_rate_takes_smaller_steps() -> None:
    x, y = numbers()
    sgd = {"type": "SGD", "params": {"learning_rate": 0.1}}
    model, witness = ns.compile(regression(optimizer=sgd), threads=1, dtype="float64"), Witness()
    plateau = CALLBACKS["ReduceLROnPlateau"](monitor="loss", patience=1, factor=1e-3, min_delta=1e9)
    model.fit(x, y, epochs=3, batch_size=40, callbacks=[plateau, witness])
    assert witness.rates == pytest.approx([0.1, 1e-4, 1e-7])
    twin = ns.compile(regression(optimizer=sgd), threads=1, dtype="float64")
    twin.set_weights(witness.weights[1])
    gradient = twin.gradients(x, y)
    for name, value in model.weights.items():
        np.testing.assert_allclose(value, witness.weights[1][name] - 1e-4 * gradient[name], rtol=1e-10)


def test_callbacks_of_the_document() -> None:
    made = regression(callbacks=[{"type": "EarlyStopping", "params": {"monitor": "loss", "patience": 1}}])
    (stopping,) = ns.compile(made, threads=1).settings.callbacks
    assert stopping == CALLBACKS["EarlyStopping"](monitor="loss", patience=1)
