"""From a document to a run: data, model, settings and perhaps a checkpoint put together."""

from __future__ import annotations

from pathlib import Path

from netstudio.data.prepare import prepare
from netstudio.errors import TrainingError
from netstudio.graph.document import Graph
from netstudio.training.model import Model
from netstudio.training.storage import restore
from netstudio.training.trainer import Trainer


def assemble(
    graph: Graph,
    folder: str | Path | None,
    source: str | None,
    threads: int | None,
    checkpoint: str | Path | None,
    resume: str | Path | None,
) -> Trainer:
    """See `Trainer.from_graph`."""
    model = Model(graph, threads=threads)
    if not model.executor.losses:
        raise TrainingError("the graph has no loss, so it can't be trained; add a loss and a Target")
    data = prepare(graph, folder, source)
    model.classes = data.classes
    model.preprocessing = data.preprocessing.to_json()
    model.info = {"data": data.source, "data_hash": data.hash}
    first_epoch = restore(model, resume) if resume is not None else 0
    arrays = model.arrays(data.inputs, data.targets)
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
    )
