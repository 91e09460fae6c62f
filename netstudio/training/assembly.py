"""From a document to a run: data, model, settings and perhaps a checkpoint put together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netstudio.data.prepare import PreparedData, prepare
from netstudio.data.settings import DataSettings
from netstudio.engine.executor import SAMPLE_WEIGHT
from netstudio.errors import TrainingError
from netstudio.graph.document import Graph
from netstudio.training.model import Model
from netstudio.training.storage import restore
from netstudio.training.trainer import Trainer
from netstudio.training.weighing import document_weights


def assemble(
    graph: Graph,
    folder: str | Path | None,
    source: str | None,
    threads: int | None,
    checkpoint: str | Path | None,
    resume: str | Path | None,
) -> Trainer:
    """See `Trainer.from_graph`."""
    model = trainable(graph, threads)
    data = prepare(graph, folder, source)
    first_epoch = restore(model, resume) if resume is not None else 0
    trainer = trainer_on(model, data, checkpoint, first_epoch)
    model.info["data_folder"] = str(Path(folder or ".").resolve())  # where the path of the data starts
    return trainer


def trainable(graph: Graph, threads: int | None) -> Model:
    """The graph compiled; TrainingError where it has no loss."""
    model = Model(graph, threads=threads)
    if not model.executor.losses:
        raise TrainingError("the graph has no loss, so it can't be trained; add a loss and a Target")
    return model


def trainer_on(model: Model, data: PreparedData, checkpoint: str | Path | None = None, first_epoch: int = 0) -> Trainer:
    """A run over the data as the model's document asks for it, weights and augmentations included."""
    model.classes = data.classes
    model.preprocessing = data.preprocessing.to_json()
    model.info = {"data": data.source, "data_hash": data.hash}
    if data.unused:
        model.info["unused_columns"] = list(data.unused)
    asked = DataSettings(**model.graph.data)
    arrays = model.arrays(data.inputs, data.targets)
    weights = document_weights(data, asked.class_weight)
    if weights is not None:
        arrays[SAMPLE_WEIGHT] = np.ascontiguousarray(weights, model.dtype)
        model.executor.weigh(True)
    settings = model.settings
    return Trainer(
        model,
        arrays,
        arrays if data.validation_rows else {},
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        shuffle=settings.shuffle,
        callbacks=settings.callbacks,
        checkpoint=checkpoint,
        first_epoch=first_epoch,
        rows=data.train_rows,
        held_rows=data.held_rows if data.validation_rows else None,
        augment=asked.augment,
    )
