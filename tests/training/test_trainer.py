"""Pause, step, resume and stop from another thread: within one step, and without a trace in the result."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.engine.kernels import state as places
from netstudio.graph import Graph
from netstudio.training.model import Model
from netstudio.training.progress import Progress
from netstudio.training.trainer import Trainer
from tests.graphs import cnn, regression
from tests.training.examples import assert_same_weights, images, numbers

SOON = 10.0  # seconds; more is a hang


def trainer(made: Graph, x: Any, y: Any, threads: int = 1, **how: Any) -> Trainer:
    model = ns.compile(made, seed=1, threads=threads)
    return Trainer(model, model.arrays(x, y), {}, **{"epochs": 3, "batch_size": 1, **how})


class Running:
    """A trainer that runs on a thread of its own; what it tells is in `told`."""

    def __init__(self, trainer: Trainer, paused: bool = False) -> None:
        self.trainer, self.told, self._paused = trainer, list[Progress](), paused
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        for progress in self.trainer.run(self._paused):
            self.told.append(progress)

    def __enter__(self) -> Running:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.trainer.stop()
        self.join()

    def join(self) -> None:
        self.thread.join(SOON)
        assert not self.thread.is_alive(), "the run does not end"

    @property
    def steps(self) -> int:
        return self.trainer.model.steps_done


def wait_for(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not happens():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.001)


def settled(running: Running) -> int:
    """The steps done once the count stands still."""
    before = -1
    while (now := running.steps) != before:
        before = now
        time.sleep(0.08)  # longer than the engine runs without telling
    return now


def uninterrupted(made: Graph, x: Any, y: Any, **how: Any) -> Trainer:
    whole = trainer(made, x, y, **how)
    for _ in whole.run():
        pass
    return whole


X, Y = numbers(4000)


def test_pause_step_and_resume_leave_no_trace() -> None:
    whole = uninterrupted(regression(), X, Y)
    run = trainer(regression(), X, Y)
    with Running(run) as running:
        for _ in range(3):
            wait_for(lambda: running.steps > 20)
            run.pause()
            done = settled(running)
            for single in (1, 2):
                run.step_once()
                wait_for(lambda n=done + single: running.steps >= n)  # type: ignore[misc]
                assert settled(running) == done + single
            run.resume()
        running.join()
    assert run.model.steps_done == whole.model.steps_done == 12000
    assert run.history.history == whole.history.history
    assert_same_weights(run.model, whole.model)


def test_a_pause_stops_within_a_step() -> None:
    """However many steps the engine was asked for, it looks before each."""
    run = trainer(regression(), X, Y, epochs=1000)
    with Running(run) as running:
        wait_for(lambda: running.steps > 2000)
        state = run.model.executor.state("train")
        run.pause()
        done = state[places.GLOBAL_STEP]
        assert done <= settled(running) <= done + 1
        assert run.paused


def test_a_run_can_begin_paused() -> None:
    run = trainer(regression(), X[:100], Y[:100])
    with Running(run, paused=True) as running:
        time.sleep(0.05)
        assert running.steps == 0
        assert not running.told
        run.step_once()
        wait_for(lambda: running.steps == 1)
        run.resume()
        running.join()
    assert run.model.steps_done == 300


@pytest.mark.parametrize("paused", [False, True])
def test_stop_keeps_the_weights_of_the_steps_done(paused: bool) -> None:
    run = trainer(regression(), X, Y, shuffle=False)
    with Running(run) as running:
        wait_for(lambda: running.steps > 30)
        if paused:
            run.pause()
            settled(running)
        run.stop()
        running.join()
    assert run.stopped
    done = run.model.steps_done
    assert 30 < done < 12000
    twin = ns.compile(regression(), seed=1, threads=1)
    state = run.model.executor.state("train")
    steps = done % 4000
    losses = [twin.train_on_batch(X[i % 4000][None], Y[i % 4000][None])["loss"] for i in range(done)]
    assert_same_weights(run.model, twin)
    np.testing.assert_allclose(state.losses[:steps], losses[len(losses) - steps :], rtol=1e-6)


def test_stop_before_the_start_ends_at_once() -> None:
    run = trainer(regression(), X, Y)
    run.stop()
    assert list(run.run()) == []
    assert run.model.steps_done == 0


def test_progress_tells_every_step_once() -> None:
    x, y = images(50)
    run = trainer(cnn(), x, y, batch_size=8)
    told = list(run.run())
    for epoch in (1, 2, 3):
        of_epoch = [p for p in told if p.epoch == epoch]
        steps, end = of_epoch[:-1], of_epoch[-1]
        assert [p.event for p in of_epoch] == ["steps"] * len(steps) + ["epoch"]
        losses = [loss for p in steps for loss in p.step_losses]
        assert len(losses) == 7
        assert end.logs["loss"] == pytest.approx(np.average(losses, weights=[8] * 6 + [2]), rel=1e-6)
        assert steps[-1].step == steps[-1].steps == 7
        assert steps[-1].logs["loss"] == pytest.approx(end.logs["loss"])
    assert run.seconds > 0.0


def test_an_abandoned_run_can_be_followed_by_another() -> None:
    """A consumer that loses interest closes the generator; the model is fit to use."""
    run = trainer(regression(), X, Y)
    told: Iterator[Progress] = run.run()
    next(told)
    told.close()  # type: ignore[attr-defined]
    run.model.fit(X[:20], Y[:20])
    assert all(np.isfinite(v).all() for v in run.model.weights.values())


@pytest.mark.parametrize("threads", [1, 2])
def test_others_may_predict_while_it_trains(threads: int) -> None:
    """And evaluate, from several threads: no crash, finite numbers, and the training as if alone."""
    x, y = images(200)
    whole = uninterrupted(cnn(), x, y, batch_size=8, epochs=5)
    run = trainer(cnn(), x, y, batch_size=8, epochs=5, threads=threads)
    failures: list[BaseException] = []
    over = threading.Event()

    def use(rows: int) -> None:
        try:
            while not over.is_set():
                assert np.isfinite(run.model.predict(x[:rows])).all()
                assert np.isfinite(run.model.evaluate(x[:rows], y[:rows])["loss"])
        except BaseException as failure:
            failures.append(failure)

    users = [threading.Thread(target=use, args=(rows,)) for rows in (10, 37)]
    for user in users:
        user.start()
    with Running(run) as running:
        running.join()
    over.set()
    for user in users:
        user.join(SOON)
    assert not failures
    assert_same_weights(run.model, whole.model)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_thousand_steps_and_predictions_at_once_are_those_made_one_after_another(threads: int) -> None:
    """Two models of one graph share nothing: one trains, the other predicts, each as if alone."""
    rounds, (x, y) = 1000, numbers(40)

    def made() -> Model:
        return ns.compile(regression(), seed=1, threads=threads)

    def train(model: Model) -> list[float]:
        return [model.train_on_batch(x, y)["loss"] for _ in range(rounds)]

    alone, other = made(), made()
    losses, expected = train(alone), [other.predict(x[: 1 + i % 40]) for i in range(rounds)]
    trained, found = made(), list[Any]()
    predicting = threading.Thread(target=lambda: found.extend(other.predict(x[: 1 + i % 40]) for i in range(rounds)))
    predicting.start()
    assert train(trained) == losses
    predicting.join(SOON)
    assert len(found) == rounds
    assert all(np.array_equal(a, b) for a, b in zip(found, expected))
    assert_same_weights(trained, alone)


def test_threads_that_predict_at_once_do_not_mix() -> None:
    x, _ = images(300)
    model: Model = ns.compile(cnn(), seed=1, threads=1)
    expected = {n: model.predict(x[:n]) for n in (1, 100, 290)}
    wrong: list[int] = []

    def use(n: int) -> None:
        for _ in range(50):
            if not np.array_equal(model.predict(x[:n]), expected[n]):
                wrong.append(n)

    users = [threading.Thread(target=use, args=(n,)) for n in expected for _ in range(2)]
    for user in users:
        user.start()
    for user in users:
        user.join(SOON)
    assert not wrong


def test_thousands_of_short_epochs() -> None:
    """Each takes less time than the engine runs before it tells, so that it is asked for ever more steps at once."""
    x, y = numbers(20)
    model = ns.compile(regression(), seed=0, threads=1)
    history = model.fit(x, y, epochs=2100, batch_size=10)
    assert len(history.epoch) == 2100
    assert history.history["loss"][-1] < history.history["loss"][0]
