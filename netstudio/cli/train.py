"""`netstudio train`: train a graph, save the model."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netstudio.cli.guard import say, status_of
from netstudio.cli.output import DataSpec, GraphPath, JsonFlag, ending, figures, print_json, resolved_source
from netstudio.cli.progress import Display, tell_when_compiling
from netstudio.errors import FileError

if TYPE_CHECKING:
    from netstudio.graph import Graph
    from netstudio.training.trainer import Trainer

Epochs = Annotated[int | None, typer.Option("--epochs", min=1, help="How often to go over the data, in all.")]
BatchSize = Annotated[int | None, typer.Option("--batch-size", min=1, help="How many samples make one step.")]
Rate = Annotated[float | None, typer.Option("--learning-rate", help="The optimizer's.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="The same seed gives the same run.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="How many threads compute; left out, all cores.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="MODEL.npz", help="Where to save the model.", callback=ending(".npz", "model file")),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="FILE.npz",
        help="Write what is needed to go on, each epoch.",
        callback=ending(".npz", "checkpoint"),
    ),
]
Resume = Annotated[Path | None, typer.Option("--resume", metavar="FILE.npz", help="Go on from a checkpoint.")]
HistoryFile = Annotated[
    Path | None,
    typer.Option("--history", metavar="FILE.csv", help="Write the figures as CSV.", callback=ending(".csv", "table")),
]


def train(
    graph: GraphPath,
    data: DataSpec = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    learning_rate: Rate = None,
    seed: Seed = None,
    threads: Threads = None,
    out: Out = None,
    checkpoint: Checkpoint = None,
    resume: Resume = None,
    history: HistoryFile = None,
    json: JsonFlag = False,
) -> None:
    """Train a graph on its data. Options take the place of what the document says."""
    from netstudio import Trainer, load_graph

    document = load_graph(graph)
    settings = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
    document = changed(document, {k: v for k, v in settings.items() if v is not None}, learning_rate)
    for path in (out, checkpoint, history):
        _require_folder(path)
    if out is not None and checkpoint is not None and out.resolve() == checkpoint.resolve():
        raise FileError(f"--out and --checkpoint both name {out}, and one would replace the other; name two files")
    tell_when_compiling()
    trainer = Trainer.from_graph(
        document,
        folder=graph.parent,
        source=resolved_source(data),
        threads=threads,
        checkpoint=checkpoint,
        resume=resume,
    )
    if unused := trainer.model.info.get("unused_columns"):
        shown = ", ".join(unused[:8]) + (f" and {len(unused) - 8} more" if len(unused) > 8 else "")
        say(f"note: not used: {shown}; `netstudio data` tells what the columns hold, and how to use them")
    began = time.perf_counter()
    before = len(trainer.history.epoch)
    interrupt = _run(trainer)
    finished = len(trainer.history.epoch)
    if finished == before and interrupt is None:
        say(f"note: {resume} stands at epoch {before} already, and so many are asked for in all; say more by --epochs")
    saved = out if out is not None and (finished or interrupt is None) else None
    if saved is not None:
        trainer.model.save(saved)
    if history is not None:
        _write_history(trainer.history.history, history)
    report = _report(trainer, saved, time.perf_counter() - began, finished - before)
    if json:
        print_json(report)
    elif finished:
        _show(report)
    if interrupt is not None:
        say(f"interrupted after {counted(finished)}; {_kept(saved, checkpoint if finished else None)}")
        raise SystemExit(status_of(interrupt))


def changed(graph: Graph, values: Mapping[str, Any], learning_rate: float | None) -> Graph:
    """The graph with these training settings; ParamError where one is refused."""
    from netstudio.catalogue import CATALOGUE
    from netstudio.graph.edits import SetTraining
    from netstudio.training.settings import TrainingSettings

    values = dict(values)
    if learning_rate is not None:
        asked = graph.training.get("optimizer", TrainingSettings.declared["optimizer"].default)
        form: dict[str, Any] = {"type": asked} if isinstance(asked, str) else dict(asked)
        values["optimizer"] = {**form, "params": {**form.get("params", {}), "learning_rate": learning_rate}}
    graph = SetTraining(values).apply(graph, CATALOGUE)
    TrainingSettings(**graph.training)
    return graph


def _run(trainer: Trainer) -> KeyboardInterrupt | None:
    """Train to the end; the interrupt where one came first: the model is then as the last whole epoch left it."""
    model, epochs = trainer.model, len(trainer.history.epoch)
    kept = model.snapshot()
    try:
        with Display() as display:
            for progress in trainer.run():
                if progress.event == "epoch":
                    kept, epochs = model.snapshot(), progress.epoch
                display.show(progress)
    except KeyboardInterrupt as interrupt:
        trainer.stop()
        model.restore(kept)
        model.average_weights()
        trainer.history.cut(epochs)
        return interrupt
    return None


def counted(epochs: int) -> str:
    return f"{epochs} epoch{'' if epochs == 1 else 's'}"


def _kept(saved: Path | None, checkpoint: Path | None) -> str:
    """What is left of a run that was interrupted."""
    places = [
        *([f"the model as it was then is in {saved}"] if saved else []),
        *([f"go on by --resume {checkpoint}"] if checkpoint else []),
    ]
    return "; ".join(places) or "nothing was saved"


def _require_folder(path: Path | None) -> None:
    """FileError before hours of training rather than after."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise FileError(
            f"can't write {path}: {'it is a folder' if path.is_dir() else 'its folder is not there; make it'}"
        )


def _report(trainer: Trainer, saved: Path | None, seconds: float, epochs: int) -> dict[str, Any]:
    """What came of the run; `epochs` of them were trained in it, after those of a checkpoint."""
    trained = max(seconds - trainer.compile_seconds, 1e-9)
    return {
        "epochs": len(trainer.history.epoch),
        "history": trainer.history.history,
        "model": str(saved) if saved else None,
        "seconds": seconds,
        "samples_per_second": epochs * trainer.rows / trained,
        "threads": trainer.model.threads,
        "seed": trainer.model.seed,
        "compile_seconds": trainer.compile_seconds,
    }


def _show(report: Mapping[str, Any]) -> None:
    last = {name: values[-1] for name, values in report["history"].items() if values}
    print(f"{counted(report['epochs'])} in {report['seconds']:.1f} s · {figures(last)}")  # noqa: T201
    if report["model"]:
        print(f"saved in {report['model']}")  # noqa: T201


def _write_history(history: Mapping[str, list[float]], path: Path) -> None:
    from netstudio.files.atomic import write_text

    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["epoch", *history])
    table.writerows([number, *values] for number, values in enumerate(zip(*history.values(), strict=True), 1))
    write_text(path, text.getvalue())
