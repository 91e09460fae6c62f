"""A compiled graph: weights that can be trained, judged, used and saved."""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from netstudio.augmentations import AUGMENTATIONS
from netstudio.augmentations.base import Augmentation
from netstudio.augmentations.pipeline import require_suited
from netstudio.catalogue import CATALOGUE
from netstudio.data.settings import DataSettings
from netstudio.engine.executor import SAMPLE_WEIGHT, Estimate, Executor, Watched, estimate
from netstudio.engine.kernels import state as places
from netstudio.engine.ops import step as checks
from netstudio.engine.program import Program
from netstudio.errors import DataError, GraphError, NonFiniteError, ParamError, TrainingError
from netstudio.graph.document import Graph
from netstudio.graph.effective import effective
from netstudio.graph.facts import Analysis
from netstudio.graph.infer import analyse
from netstudio.losses.base import Loss
from netstudio.metrics import for_loss
from netstudio.optimizers.base import AVERAGE
from netstudio.schedules.base import Schedule, rate_at
from netstudio.training.arrays import Given, by_node, chosen, input_specs, node_ids, ready, rows_of
from netstudio.training.asked import element_type, whole
from netstudio.training.predictor import WORTH_THREADS, BatchPredictor, Predictor, ShortPredictor, predictor
from netstudio.training.prefetch import reading_ahead
from netstudio.training.progress import History
from netstudio.training.settings import TrainingSettings
from netstudio.training.standing import Standing
from netstudio.training.weighing import sample_weights

Array = NDArray[Any]
EVALUATE_BATCH = 256
PREDICT_BATCHES = 16, 512  # the fewest and the most rows that a thread predicts at a time, where nobody says
NEAR_MEMORY = 1 << 20  # bytes of activations that stay in a core's own cache
MOST_PREDICTORS = 16  # numbers of rows that stay prepared


@dataclass(frozen=True)
class Snapshot:
    """Where a model's training stands."""

    arrays: Sequence[Array]
    steps_done: int
    rate: float | Schedule


class Model:
    """A compiled graph.

    Args:
        graph: the document; it is never changed.
        seed: of the first weights, the order of samples and dropout; the document's where None.
        threads: how many the engine uses; all cores where None. Results do not depend on it.
        dtype: "float32", or "float64" for checking.

    Raises GraphError where the graph has errors, MemoryLimitError where it would not fit in memory, ParamError where
    an argument is none of these.
    """

    def __init__(
        self, graph: Graph, seed: int | None = None, threads: int | None = None, dtype: str = "float32"
    ) -> None:
        self.graph = graph
        self.analysis = checked(graph)
        self.settings = settings_of(graph)
        self.seed = self.settings.seed if seed is None else whole("seed", seed, 0)
        cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
        self.threads = cores if threads is None else whole("threads", threads)
        self.dtype = element_type(dtype)
        watched = watched_metrics(self.analysis, self.settings)
        self.executor = Executor(self.analysis, self.settings.optimizer, watched, self.dtype, self.threads)
        self.executor.parameters.initialize(self.seed)
        self.history = History()
        self.standings: Sequence[Standing] = ()  # of the callbacks in the checkpoint that it comes from
        self.classes: Mapping[str, Sequence[str]] = {}
        self.preprocessing: dict[str, Any] = {}
        self.info: dict[str, Any] = {}
        self.steps_done = 0
        self.rate: float | Schedule = self.settings.optimizer.learning_rate
        self._before_step: Sequence[Array] = ()  # what a step by hand goes back to; kept, as fresh memory is slow
        self._sweeping = threading.Lock()
        self._predictors: dict[int, Predictor | ShortPredictor] = {}
        self._batches: BatchPredictor | None = None
        self._only_input, self._input_shape = _plain_input(self.analysis)

    # ---------------------------------------------------------------------------------------------- weights

    @property
    def weights(self) -> dict[str, Array]:
        """Copies of the weights, by "node/weight"."""
        return self.executor.parameters.copies()

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Set every weight. ModelFileError, and nothing changed, unless names and shapes are the model's."""
        self.executor.parameters.load(weights)

    def require_weights(self, weights: Mapping[str, Any]) -> None:
        """ModelFileError unless names and shapes are the model's."""
        self.executor.parameters.require(weights)

    def snapshot(self) -> Snapshot:
        """Copies of the weights and of the optimizer's state."""
        return Snapshot(self.executor.parameters.snapshot(), self.steps_done, self.rate)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to what `snapshot` gave."""
        self.executor.parameters.restore(snapshot.arrays)
        self.steps_done, self.rate = snapshot.steps_done, snapshot.rate

    # ---------------------------------------------------------------------------------------------- training

    @property
    def learning_rate(self) -> float:
        """That of the next step; setting it takes the place of the document's, unless that is a schedule."""
        return rate_at(self.rate, self.steps_done)

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if isinstance(self.rate, Schedule):
            raise TrainingError(
                f"the learning rate follows {self.rate.name}, so that nothing else can set it; give the optimizer a "
                "number, or leave out what sets it (such as ReduceLROnPlateau)"
            )
        self.rate = rate

    def average_weights(self) -> None:
        """Put the moving average that the optimizer keeps, where it does, in the place of the trained weights."""
        parameters = self.executor.parameters
        if AVERAGE in parameters.slots and self.steps_done:
            parameters.flat[: parameters.trained_size] = parameters.slots[AVERAGE]

    def fit(
        self,
        x: Given,
        y: Given = None,
        epochs: int = 1,
        batch_size: int = 32,
        validation_data: tuple[Given, Given] | None = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        callbacks: Sequence[Any] = (),
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        augment: Sequence[Any] = (),
    ) -> History:
        """Train; arrays, or dicts of arrays by node id, rows first. `validation_split` takes the last part, as Keras.

        `class_weight` says by class number how much the samples of a class count, `sample_weight` how much each does
        (rows,), in the losses that have no weights wired in; validation is not weighed. `augment` lists changes to the
        samples that are trained on, as a document does: ["Flip", {"type": "Rotate", "params": {"degrees": 10}}].

        Raises DataError where the arrays do not suit the graph, NonFiniteError where training breaks down.
        """
        from netstudio.training.trainer import Trainer

        arrays = self._weighed(self.arrays(x, y), class_weight, sample_weight)
        held: dict[str, Array] = {}
        if validation_data is not None:
            held = self.arrays(*validation_data)
        elif validation_split:
            arrays, held = _parted(arrays, validation_split)
        trainer = Trainer(
            self, arrays, held, epochs=epochs, batch_size=batch_size, shuffle=shuffle, callbacks=callbacks,
            augment=[a if isinstance(a, Augmentation) else AUGMENTATIONS.make(a) for a in augment],
        )  # fmt: skip
        for _ in trainer.run():
            pass
        return trainer.history

    def train_on_batch(
        self,
        x: Given,
        y: Given = None,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
    ) -> dict[str, float]:
        """One optimizer step on one batch; the loss and metrics of that batch, before the step. See `fit`.

        Raises NonFiniteError where a number became NaN or infinite; the model, its optimizer too, is then as it was.
        """
        arrays = self._weighed(self.arrays(x, y), class_weight, sample_weight)
        program = self._set_out("train", arrays, self.executor.scalars(self.steps_done + 1, 1, self.rate))
        if program.careful is not None:
            program.careful.run()
        if program.careful is None or program.state[places.FAILED] == checks.WEIGHTS_FAILED:
            self._step_or_go_back(program)
        else:
            self._raise_if_failed(program)
        self.steps_done += 1
        return self.executor.figures("train")

    def _step_or_go_back(self, program: Program) -> None:
        """Take the step that the program is set out for; where it fails, the weights are as they were."""
        self._before_step = self.executor.parameters.snapshot(self._before_step)
        program.state[places.FAILED] = 0
        program.tape.run()
        try:
            self._raise_if_failed(program)
        except NonFiniteError:
            self.executor.parameters.restore(self._before_step)
            raise

    def _weighed(
        self, arrays: dict[str, Array], class_weight: Mapping[int, float] | None, sample_weight: Any
    ) -> dict[str, Array]:
        """The arrays, with the samples' weights where there are such."""
        weighed = class_weight is not None or sample_weight is not None
        if weighed:
            targets = {i: arrays[i] for i in node_ids(self.analysis, "Target")}
            arrays = {**arrays, SAMPLE_WEIGHT: sample_weights(arrays, targets, class_weight, sample_weight)}
        with self._sweeping:
            self.executor.weigh(weighed)
            self.executor.augment(())
        return arrays

    def gradients(self, x: Given, y: Given = None) -> dict[str, Array]:
        """The gradient of the total loss, regularizers included, for each trained weight; no step is taken."""
        program = self._set_out("gradients", self.arrays(x, y), np.zeros((1, 0)))
        program.tape.run()
        self._raise_if_failed(program)
        p = self.executor.parameters
        return {w.name: p.view(w, p.gradients).copy() for w in p.trained}

    def _set_out(self, mode: Any, arrays: Mapping[str, Array], scalars: Array) -> Program:
        """The program for a step on all of the arrays, ready to run."""
        rows = rows_of(arrays)
        program = self.executor.program(mode, rows)
        state = program.state
        state.feed([arrays.get(i) for i in self.executor.feeds])
        state.begin(np.arange(rows), rows, 1, scalars)
        state[places.SEED], state[places.GLOBAL_STEP] = self.seed, self.steps_done
        return program

    def _raise_if_failed(self, program: Program) -> None:
        from netstudio.training.trainer import raise_if_failed

        raise_if_failed(self, program)

    # ---------------------------------------------------------------------------------------------- use

    def evaluate(self, x: Given, y: Given = None, batch_size: int = EVALUATE_BATCH) -> dict[str, float]:
        """The loss and the metrics, in inference mode."""
        return self.evaluate_arrays(self.arrays(x, y), whole("batch_size", batch_size))

    def evaluate_arrays(
        self, arrays: Mapping[str, Array], batch_size: int, rows: NDArray[np.int64] | None = None
    ) -> dict[str, float]:
        """As `evaluate`, of arrays that `arrays` gave, or of those rows of them."""
        order = chosen(arrays, rows)
        with self._sweeping:
            self._evaluate(arrays, order, batch_size)
            return self.executor.figures("evaluate")

    def predict(self, x: Given, batch_size: int | None = None) -> Any:
        """What the model predicts, rows first: an array, or a dict by node id where it predicts several things.

        Without `batch_size` so many rows are taken at a time as stay in the processor's cache.
        """
        batch_size = self._near_batch if batch_size is None else whole("batch_size", batch_size)
        arrays = {self._only_input: x} if self._is_ready(x) else self._inputs(x)
        rows = rows_of(arrays)
        with self._sweeping:
            found = self._predictor(rows)(arrays) if rows <= batch_size else self._in_batches(batch_size)(arrays, rows)
        if not found:
            raise GraphError(
                "the graph predicts nothing: no loss of it takes a prediction; wire what it gives to an Output"
            )
        return next(iter(found.values())) if len(found) == 1 else found

    @cached_property
    def _near_batch(self) -> int:
        each = max(self.executor.layout("predict", 1).plan.size, 1)
        fewest, most = PREDICT_BATCHES
        return min(max(1 << (NEAR_MEMORY // each).bit_length() - 1, fewest), most) if each <= NEAR_MEMORY else fewest

    def _is_ready(self, x: Given) -> bool:
        """Whether `x` is just what the engine reads, for the graph's only feed that counts."""
        return (
            type(x) is np.ndarray
            and x.dtype == self.dtype
            and x.shape[1:] == self._input_shape
            and len(x) > 0
            and x.flags.c_contiguous
        )

    def _predictor(self, rows: int) -> Predictor | ShortPredictor:
        if rows not in self._predictors:
            if len(self._predictors) >= MOST_PREDICTORS:
                self._predictors.clear()
            self._predictors[rows] = predictor(self.executor, rows)
        return self._predictors[rows]

    def _in_batches(self, batch: int) -> BatchPredictor:
        if self._batches is None or self._batches.batch != batch:
            self._batches = BatchPredictor(self.executor, batch)
        return self._batches

    def _evaluate(self, arrays: Mapping[str, Array], order: NDArray[np.int64], batch: int) -> None:
        """Run over the rows in `order`. Programs are one thread's at a time."""
        rows = len(order)
        batch = min(batch, rows)
        full, rest = divmod(rows, batch)
        program = self.executor.program("evaluate", batch)
        state = program.state
        feeds = [arrays.get(i) for i in self.executor.feeds]
        state.feed(feeds)
        state.begin(order, batch, full + 1, np.zeros((0, 0)))
        workers = None if program.nanoseconds * full > WORTH_THREADS else 1
        with reading_ahead(feeds, order, lambda: state[places.STEP] * batch):
            program.tape.run(full, workers)
            if rest:
                self.executor.program("evaluate", rest).tape.run(1, workers)

    # ---------------------------------------------------------------------------------------------- arrays

    def arrays(self, x: Given, y: Given) -> dict[str, Array]:
        """x and y as the engine reads them, by node id; DataError where they do not suit the graph."""
        given = by_node(x, node_ids(self.analysis, "Input"), "x")
        given |= by_node(y, node_ids(self.analysis, "Target"), "y")
        made = ready(given, self.analysis, self.dtype)
        if rows_of(made) == 0:
            raise DataError("there are no rows to work on")
        return made

    def _inputs(self, x: Given) -> dict[str, Array]:
        made = ready(by_node(x, node_ids(self.analysis, "Input"), "x"), self.analysis, self.dtype)
        if rows_of(made) == 0:
            raise DataError("there are no rows to predict for")
        return made

    # ---------------------------------------------------------------------------------------------- files and words

    def summary(self) -> str:
        """A table of the nodes: type, output shape, parameters."""
        rows = [("node", "type", "output", "parameters")]
        for node_id in self.analysis.order:
            facts = self.analysis.nodes[node_id]
            shape = facts.outputs[0].shape if facts.outputs else ()
            rows.append((node_id, facts.node.type, str(shape), f"{facts.parameters:,}"))
        widths = [max(len(r[i]) for r in rows) for i in range(4)]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)).rstrip() for r in rows]
        lines.insert(1, "─" * (sum(widths) + 2 * (len(widths) - 1)))
        return "\n".join([*lines, "", f"{self.analysis.parameters:,} parameters"])

    def save(self, path: str | Path) -> None:
        """Write the whole model to one `.npz` file, atomically. FileError where that can't be done."""
        from netstudio.training.storage import save_model

        save_model(self, path)

    def export(self, path: str | Path, to: str | None = None) -> tuple[Path, ...]:
        """Write the model in another form, by suffix or by name; the files that were written.

        ExportError where there is no such form or it can't express the model; ExportWarning where it leaves things out.
        """
        from netstudio.training.storage import export_model

        return export_model(self, path, to)


def checked(graph: Graph) -> Analysis:
    """The analysis of what of the graph computes; GraphError, with every problem, where it has errors."""
    analysis = analyse(graph, CATALOGUE)
    errors = [p for p in analysis.problems if p.severity == "error"]
    if errors:
        summary = errors[0].message if len(errors) == 1 else f"the graph has {len(errors)} errors"
        raise GraphError(summary, errors)
    if not graph.nodes:
        raise GraphError("the graph is empty; add an Input")
    computing = effective(graph, CATALOGUE)
    return analysis if computing is graph else analyse(computing, CATALOGUE, analysis)


def _plain_input(analysis: Analysis) -> tuple[str, tuple[int, ...] | None]:
    """The graph's only Input and its shape; None where there are several, or where it takes integers."""
    ids = node_ids(analysis, "Input")
    outputs = [analysis.nodes[i].outputs for i in ids]
    if len(ids) != 1 or outputs[0] is None or outputs[0][0].dtype != "float":
        return "", None
    return ids[0], outputs[0][0].shape


def settings_of(graph: Graph) -> TrainingSettings:
    """The document's training settings; GraphError where they are wrong."""
    try:
        return TrainingSettings(**graph.training)
    except ParamError as error:
        raise GraphError(f"training: {error}") from None


def watched_metrics(analysis: Analysis, settings: TrainingSettings) -> list[Watched]:
    """The settings' metrics for each loss that they suit; GraphError where one suits none."""
    losses = {i: f.type for i, f in analysis.nodes.items() if isinstance(f.type, Loss)}
    watched: list[Watched] = []
    for asked in settings.metrics:
        refusals = []
        for node, loss in losses.items():
            assert isinstance(loss, Loss)
            try:
                metric = for_loss(asked, loss)
            except ParamError as error:
                refusals.append(str(error))
                continue
            key = metric.key if len(losses) == 1 else f"{node}_{metric.key}"
            watched.append(Watched(_unused(key, {w.key for w in watched}), metric, node))
        if losses and len(refusals) == len(losses):
            raise GraphError(f"training: metrics: {refusals[0]}")
    return watched


def _unused(key: str, used: Collection[str]) -> str:
    """The key, with a number where it is taken, as Keras numbers names: auc, auc_1, auc_2."""
    return key if key not in used else next(k for n in itertools.count(1) if (k := f"{key}_{n}") not in used)


def estimate_graph(graph: Graph, batch_size: int | None = None) -> Estimate:
    """The memory that training the document would take, and each node's multiply-adds for one sample.

    Raises GraphError where the training settings are wrong, ParamError where those of the data are, TrainingError where
    an augmentation suits no Input.
    """
    settings, augment = settings_of(graph), DataSettings(**graph.data).augment
    analysis = analyse(effective(graph, CATALOGUE), CATALOGUE)
    require_suited(augment, input_specs(analysis))
    return estimate(analysis, settings.optimizer, batch_size or settings.batch_size, augmentations=augment)


def _parted(arrays: Mapping[str, Array], fraction: float) -> tuple[dict[str, Array], dict[str, Array]]:
    rows = rows_of(arrays)
    if not 0.0 < fraction < 1.0:
        raise DataError(f"validation_split is {fraction}; expected a number above 0 and below 1")
    kept = min(max(rows - math.floor(rows * (1.0 - fraction)), 1), rows - 1)
    if kept < 1:
        raise TrainingError(f"{rows} row can't be split into training and validation")
    return {i: a[:-kept] for i, a in arrays.items()}, {i: a[-kept:] for i, a in arrays.items()}
