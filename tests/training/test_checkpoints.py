"""A run that is cut off and goes on from its checkpoint is the run that was not cut off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import ModelFileError, TrainingError
from netstudio.files.models import read_model, write_model
from netstudio.graph import Graph
from netstudio.training.callbacks import CALLBACKS
from netstudio.training.storage import restore
from netstudio.training.trainer import Trainer
from tests.graphs import cnn, regression
from tests.training.examples import assert_same_weights, images, numbers

OPTIMIZERS: list[dict[str, Any]] = [
    {"type": "SGD", "params": {"momentum": 0.9}},
    {"type": "Adam", "params": {"amsgrad": True}},
    {"type": "RMSprop", "params": {"centered": True, "momentum": 0.5}},
    {"type": "Adagrad", "params": {}},
    {"type": "Nadam", "params": {}},
    {"type": "Adafactor", "params": {"learning_rate": 0.1}},
    {"type": "Muon", "params": {"weight_decay": None}},
    {
        "type": "Adam",
        "params": {
            "learning_rate": {"type": "CosineDecay", "params": {"initial_learning_rate": 0.01, "decay_steps": 15}},
            "use_ema": True,
            "gradient_accumulation_steps": 3,
            "clipnorm": 1.0,
        },
    },
]


def run(made: Graph, epochs: int, checkpoint: Path | None = None, resume: Path | None = None, **how: Any) -> Trainer:
    x, y = images(50)
    model = ns.compile(made, threads=1)
    first = restore(model, resume) if resume else 0
    arrays, held = model.arrays(x[:40], y[:40]), model.arrays(x[40:], y[40:])
    trainer = Trainer(
        model, arrays, held, epochs=epochs, batch_size=12, checkpoint=checkpoint, first_epoch=first, **how
    )
    for _ in trainer.run():
        pass
    return trainer


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o["type"])
def test_resuming_is_as_never_stopping(optimizer: dict[str, Any], tmp_path: Path) -> None:
    """Weights, moving averages, dropout, order and history: bit for bit."""
    made = cnn(optimizer=optimizer, seed=3)
    whole = run(made, 5)
    run(made, 2, checkpoint=tmp_path / "c.npz")
    resumed = run(made, 5, resume=tmp_path / "c.npz", checkpoint=tmp_path / "d.npz")
    assert_same_weights(resumed.model, whole.model)
    assert resumed.history.history == whole.history.history
    assert resumed.history.epoch == whole.history.epoch == [0, 1, 2, 3, 4]
    assert resumed.model.steps_done == whole.model.steps_done == 20
    for name, slot in whole.model.executor.parameters.slots.items():
        np.testing.assert_array_equal(resumed.model.executor.parameters.slots[name], slot)


def test_the_learning_rate_is_kept(tmp_path: Path) -> None:
    """What a callback has made of it counts after a resume as before."""
    plateau = {"monitor": "loss", "patience": 1, "factor": 0.1, "min_delta": 1e6}

    def callbacks() -> Any:
        return [CALLBACKS["ReduceLROnPlateau"](**plateau)]

    stopped = run(cnn(), 3, checkpoint=tmp_path / "c.npz", callbacks=callbacks())
    assert stopped.learning_rate < 0.001
    resumed = run(cnn(), 3 + 1, resume=tmp_path / "c.npz")
    assert resumed.learning_rate == stopped.learning_rate


STOPPING = {"monitor": "loss", "patience": 3, "min_delta": 0.03, "restore_best_weights": True}
PLATEAU = {"patience": 3, "factor": 0.5}


def watching(**stopping: Any) -> Any:
    return [CALLBACKS["EarlyStopping"](**(STOPPING | stopping)), CALLBACKS["ReduceLROnPlateau"](**PLATEAU)]


@pytest.mark.parametrize("cut", [1, 3, 5, 6])
def test_callbacks_go_on_with_what_they_have_seen(cut: int, tmp_path: Path) -> None:
    """The run ends at the same epoch, at the same rate and with the same best weights, wherever it was cut off."""
    whole = run(cnn(), 30, callbacks=watching())
    ended = len(whole.history.epoch)
    assert cut < ended < 30
    assert whole.learning_rate < 0.001
    run(cnn(), cut, checkpoint=tmp_path / "c.npz", callbacks=watching())
    resumed = run(cnn(), 30, resume=tmp_path / "c.npz", callbacks=watching())
    assert resumed.history.history == whole.history.history
    assert resumed.learning_rate == whole.learning_rate
    assert_same_weights(resumed.model, whole.model)


def test_a_run_that_had_stopped_early_is_over(tmp_path: Path) -> None:
    whole = run(cnn(), 30, checkpoint=tmp_path / "c.npz", callbacks=watching())
    again = run(cnn(), 30, resume=tmp_path / "c.npz", callbacks=watching())
    assert again.history.history == whole.history.history
    assert_same_weights(again.model, whole.model)
    patient = run(cnn(), 30, resume=tmp_path / "c.npz", callbacks=watching(patience=5))
    assert len(patient.history.epoch) > len(whole.history.epoch)


def test_a_callback_that_watches_something_else_begins_anew(tmp_path: Path) -> None:
    run(cnn(), 30, checkpoint=tmp_path / "c.npz", callbacks=watching())
    first = len(run(cnn(), 30, resume=tmp_path / "c.npz", callbacks=watching()).history.epoch)
    other = run(cnn(), first + 2, resume=tmp_path / "c.npz", callbacks=watching(monitor="val_loss"))
    assert len(other.history.epoch) == first + 2


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"callbacks": 3}, "are no list of states"),
        ({"callbacks": [{"of": "EarlyStopping loss auto", "best": "x"}]}, "where EarlyStopping stood"),
    ],
)
def test_a_state_that_is_none(state: dict[str, Any], message: str, tmp_path: Path) -> None:
    run(cnn(), 1, checkpoint=tmp_path / "c.npz")
    file = read_model(tmp_path / "c.npz")
    write_model(tmp_path / "d.npz", replace(file, state_info={**file.state_info, **state}))
    with pytest.raises(ModelFileError, match=message):
        run(cnn(), 2, resume=tmp_path / "d.npz", callbacks=watching())


def test_best_weights_of_another_graph(tmp_path: Path) -> None:
    run(cnn(), 1, checkpoint=tmp_path / "c.npz", callbacks=watching())
    file = read_model(tmp_path / "c.npz")
    assert file.state is not None
    best = {name: a for name, a in file.state.items() if "/weights/" in name}
    assert len(best) == len(file.weights)
    write_model(tmp_path / "d.npz", replace(file, state={**file.state, **{n: a[:1] for n, a in best.items()}}))
    with pytest.raises(ModelFileError, match="has the shape"):
        run(cnn(), 2, resume=tmp_path / "d.npz", callbacks=watching())


def test_a_schedule_goes_on(tmp_path: Path) -> None:
    """It depends on the number of steps alone; a rate that the document now asks for instead takes its place."""
    decay = {"type": "ExponentialDecay", "params": {"initial_learning_rate": 0.01, "decay_steps": 4, "decay_rate": 0.5}}

    def made(rate: Any) -> Graph:
        return cnn(optimizer={"type": "SGD", "params": {"learning_rate": rate}})

    stopped = run(made(decay), 2, checkpoint=tmp_path / "c.npz")
    assert stopped.learning_rate == pytest.approx(0.01 * 0.5**2)
    resumed = run(made(decay), 3, resume=tmp_path / "c.npz")
    assert resumed.learning_rate == pytest.approx(0.01 * 0.5**3)
    assert run(made(0.7), 3, resume=tmp_path / "c.npz").learning_rate == 0.7


def test_nothing_else_sets_a_rate_that_follows_a_schedule() -> None:
    plateau = CALLBACKS["ReduceLROnPlateau"](monitor="loss", patience=0, min_delta=1e6)
    made = cnn(optimizer={"type": "SGD", "params": {"learning_rate": "cosine_decay"}})
    with pytest.raises(TrainingError, match="follows CosineDecay, so that nothing else can set it"):
        run(made, 2, callbacks=[plateau])


def test_a_checkpoint_is_a_model(tmp_path: Path) -> None:
    trained = run(cnn(), 2, checkpoint=tmp_path / "c.npz")
    assert_same_weights(ns.load_model(tmp_path / "c.npz"), trained.model)


def test_nothing_left_to_do(tmp_path: Path) -> None:
    made = run(cnn(), 2, checkpoint=tmp_path / "c.npz")
    again = run(cnn(), 2, resume=tmp_path / "c.npz")
    assert_same_weights(made.model, again.model)
    assert len(again.history.history["loss"]) == 2


def test_a_model_is_no_checkpoint(tmp_path: Path) -> None:
    ns.compile(cnn(), threads=1).save(tmp_path / "m.npz")
    with pytest.raises(ModelFileError, match=r"m\.npz is a model, not a checkpoint: it has no optimizer state"):
        run(cnn(), 2, resume=tmp_path / "m.npz")


def test_a_checkpoint_of_another_optimizer_or_graph(tmp_path: Path) -> None:
    run(cnn(), 1, checkpoint=tmp_path / "c.npz")
    with pytest.raises(ModelFileError, match="the checkpoint is of another optimizer or graph"):
        run(cnn(optimizer="Adagrad"), 2, resume=tmp_path / "c.npz")
    x, y = numbers(8)
    other = ns.compile(regression(), threads=1)
    before = other.weights
    with pytest.raises(ModelFileError, match="the checkpoint is of another optimizer or graph"):
        restore(other, tmp_path / "c.npz")
    assert_same_weights(other.weights, before)
    other.fit(x, y)
