"""Training: epochs of steps, told as they go, that can be paused, stepped and stopped from another thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netstudio.augmentations.base import Augmentation
from netstudio.augmentations.pipeline import require_suited
from netstudio.engine.kernels import state as places
from netstudio.engine.ops import step as checks
from netstudio.engine.program import Program
from netstudio.errors import NonFiniteError, TrainingError
from netstudio.graph.document import Graph
from netstudio.losses.base import Objective
from netstudio.training.arrays import chosen, input_specs
from netstudio.training.callbacks.base import Callback
from netstudio.training.prefetch import reading_ahead
from netstudio.training.progress import History, Progress
from netstudio.training.standing import go_on, standings

if TYPE_CHECKING:
    from netstudio.training.model import Model

Array = NDArray[Any]
CHUNK_SECONDS = 0.03  # how long the engine runs before it tells
SHUFFLE_STREAM = 0x0D0


class Trainer:
    """One run over arrays that `Model.arrays` gave; `held` are those to validate on.

    `rows` and `held_rows` number the rows of each that are meant, where it is not all; `arrays` and `held` may be the
    same arrays, so that a split copies nothing. `augment` changes the samples that are trained on, anew at each step.
    DataError where an array has no such row, TrainingError where there is nothing to train or to augment.

    `run()` yields Progress and ends when the epochs are done or someone stopped. The model holds the weights all along.
    """

    def __init__(
        self,
        model: Model,
        arrays: Mapping[str, Array],
        held: Mapping[str, Array],
        *,
        epochs: int,
        batch_size: int,
        shuffle: bool = True,
        callbacks: Sequence[Callback] = (),
        checkpoint: str | Path | None = None,
        first_epoch: int = 0,
        rows: NDArray[np.int64] | None = None,
        held_rows: NDArray[np.int64] | None = None,
        augment: Sequence[Augmentation] = (),
    ) -> None:
        if epochs < 1 or batch_size < 1:
            raise TrainingError(f"epochs is {epochs} and batch_size {batch_size}; expected 1 or more of each")
        if not model.executor.parameters.trained:
            raise TrainingError("the graph has no weights to train: add a layer that has some, or unfreeze one")
        self.model, self.epochs, self.shuffle, self.callbacks = model, epochs, shuffle, tuple(callbacks)
        self._arrays, self._held, self._checkpoint, self._first = dict(arrays), dict(held), checkpoint, first_epoch
        self._rows, self._held_rows = chosen(self._arrays, rows), chosen(self._held, held_rows)
        self.rows = len(self._rows)
        self.batch_size = min(batch_size, self.rows)
        self.steps = -(-self.rows // self.batch_size)
        self.history = model.history if first_epoch else History()
        model.history = self.history
        self.compile_seconds = 0.0
        self.seconds = 0.0
        require_suited(augment, input_specs(model.analysis))
        model.executor.augment(augment)
        self._state = model.executor.state("train")
        self._control = threading.Condition()
        self._paused = self._stopped = False
        self._single = 0
        self._chunk = 1

    @classmethod
    def from_graph(
        cls,
        graph: Graph,
        folder: str | Path | None = None,
        source: str | None = None,
        threads: int | None = None,
        checkpoint: str | Path | None = None,
        resume: str | Path | None = None,
    ) -> Trainer:
        """Load the document's data (or `source`), compile the graph, and be ready to run as its settings say.

        Raises GraphError, DataError, FileError, MemoryLimitError.
        """
        from netstudio.training.assembly import assemble

        return assemble(graph, folder, source, threads, checkpoint, resume)

    # ---------------------------------------------------------------------------------------------- control

    def pause(self) -> None:
        """Stop within one step and wait for `resume`, `step_once` or `stop`."""
        with self._control:
            self._paused = True
            self._interrupt()

    def resume(self) -> None:
        with self._control:
            self._paused = False
            self._control.notify_all()

    def step_once(self) -> None:
        """While paused: do one batch."""
        with self._control:
            self._single += 1
            self._control.notify_all()

    def stop(self) -> None:
        """End within one step; the weights stay as they are then."""
        with self._control:
            self._stopped = True
            self._interrupt()
            self._control.notify_all()

    @property
    def learning_rate(self) -> float:
        """The model's, which callbacks change from the next epoch on."""
        return self.model.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self.model.learning_rate = rate

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def stopped(self) -> bool:
        return self._stopped

    def _interrupt(self) -> None:
        self._state[places.STOP] = 1

    def _may_run(self, wanted: int) -> int:
        """How many steps to run now: waits while paused; 0 where the run was stopped."""
        with self._control:
            self._control.wait_for(lambda: self._stopped or not self._paused or self._single > 0)
            if self._stopped:
                return 0
            self._state[places.STOP] = 0
            if not self._paused:
                return wanted
            self._single -= 1
            return 1

    # ---------------------------------------------------------------------------------------------- the run

    def run(self, paused: bool = False) -> Iterator[Progress]:
        """Train; yields where it stands some thirty times a second and at the end of each epoch.

        Raises NonFiniteError where a number became NaN or infinite; the model, its optimizer too, is then as it was
        after the last epoch that ended well.
        """
        self._paused = self._paused or paused
        began = time.perf_counter()
        self.model.executor.program("train", self.batch_size)
        self.compile_seconds = time.perf_counter() - began
        good = self.model.snapshot()
        for callback in self.callbacks:
            callback.begin(self)
        if self._first:
            go_on(self, self.callbacks, self.model.standings)
        try:
            for epoch in range(self._first, self.epochs):
                yield from self._epoch(epoch, began)
                if self._stopped:
                    break
                good = self.model.snapshot()
                yield self._finished(epoch, began)
                if self._stopped:
                    break
            self.model.average_weights()
        except NonFiniteError:
            self.model.restore(good)
            raise
        finally:
            self.seconds = time.perf_counter() - began
            for callback in self.callbacks:
                callback.end(self)

    def _epoch(self, epoch: int, began: float) -> Iterator[Progress]:
        executor, state = self.model.executor, self._state
        feeds, order = [self._arrays.get(i) for i in executor.feeds], self._order(epoch)
        state.feed(feeds)
        first = self.model.steps_done
        state.begin(order, self.batch_size, self.steps, executor.scalars(first + 1, self.steps, self.model.rate))
        state[places.SEED], state[places.GLOBAL_STEP] = self.model.seed, first
        with reading_ahead(feeds, order, lambda: state[places.STEP] * self.batch_size):
            yield from self._steps(epoch, first, began)

    def _steps(self, epoch: int, first: int, began: float) -> Iterator[Progress]:
        state, told = self._state, 0
        while told < self.steps:
            allowed = self._may_run(min(self._chunk, self.steps - told))
            if not allowed:
                return
            start = time.perf_counter()
            self._run_steps(allowed)
            took = time.perf_counter() - start
            done = state[places.STEP]
            self.model.steps_done = first + done
            if done > told:
                wanted = int(self._chunk * min(2.0, CHUNK_SECONDS / max(took, 1e-6)))
                self._chunk = min(max(wanted, 1), self.steps)
                yield self._progress("steps", epoch, told, done, took, began)
            told = done

    def _run_steps(self, count: int) -> None:
        """Run `count` steps, the last and shorter one of the epoch by a program of its own."""
        executor, state = self.model.executor, self._state
        rest = self.rows % self.batch_size
        full = min(count, self.rows // self.batch_size - state[places.STEP])
        program = executor.program("train", self.batch_size if full > 0 else rest)
        program.tape.run(full if full > 0 else 1)
        raise_if_failed(self.model, program)

    def _order(self, epoch: int) -> NDArray[np.int64]:
        if not self.shuffle:
            return self._rows
        return self._rows[np.random.default_rng([self.model.seed, SHUFFLE_STREAM, epoch]).permutation(self.rows)]

    def _progress(self, event: Any, epoch: int, before: int, done: int, took: float, began: float) -> Progress:
        losses, logs = self._state.losses[before:done], self.model.executor.figures("train")
        rows = min(done * self.batch_size, self.rows) - before * self.batch_size
        return Progress(
            event, epoch + 1, self.epochs, done, self.steps, logs, tuple(map(float, losses)),
            rows / max(took, 1e-9), time.perf_counter() - began,
        )  # fmt: skip

    def _finished(self, epoch: int, began: float) -> Progress:
        logs = self.model.executor.figures("train")
        if self._held:
            held = self.model.evaluate_arrays(self._held, self.batch_size, self._held_rows)
            logs |= {f"val_{k}": v for k, v in held.items()}
        self.history.add(epoch, logs)
        for callback in self.callbacks:
            callback.epoch_end(self, epoch, logs)
        if self._checkpoint is not None:
            from netstudio.training.storage import save_model

            save_model(self.model, self._checkpoint, epoch + 1, standings(self.callbacks))
        return Progress(
            "epoch", epoch + 1, self.epochs, self.steps, self.steps, logs, (), 0.0, time.perf_counter() - began
        )


def raise_if_failed(model: Model, program: Program) -> None:
    """NonFiniteError where the program's last step met a number that is not finite, with the node where it began."""
    failed = program.state[places.FAILED]
    if not failed:
        return
    step = program.state[places.GLOBAL_STEP]
    parameters = model.executor.parameters
    if failed == checks.LOSS_FAILED:
        node = program.first_non_finite() or model.executor.losses[0]
        is_data = model.graph.nodes[node].type in ("Input", "Target")
        what = (
            f"the data for {node} holds NaN or infinity" if is_data else f"the output of {node} became NaN or infinite"
        )
    else:
        bad = [p for p in parameters.trained if not np.isfinite(parameters.view(p)).all()]
        node = bad[0].node if bad else model.executor.losses[0]
        what = f"the weight {bad[0].name if bad else node} became NaN or infinite"
    mend = getattr(model.analysis.nodes[node].type, "mend", Objective.mend)
    if failed == checks.LOSS_FAILED and "data" in what:
        mend = "clean the data"
    raise NonFiniteError(f"training stopped at step {step + 1}: {what}; {mend}", node, step)
