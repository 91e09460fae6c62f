"""`netstudio crossvalidate`: how good a graph is on samples it has not seen, and how much that varies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netstudio.cli.output import DataSpec, GraphPath, JsonFlag, figures, print_json, print_table, resolved_source
from netstudio.cli.progress import Display, tell_when_compiling
from netstudio.cli.train import BatchSize, Epochs, Rate, Seed, Threads, changed

if TYPE_CHECKING:
    from netstudio.training.crossvalidation import CrossValidation
    from netstudio.training.progress import Progress

Folds = Annotated[int, typer.Option("--folds", min=2, help="Into how many parts the data is cut.")]


def crossvalidate(
    graph: GraphPath,
    folds: Folds = 5,
    data: DataSpec = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    learning_rate: Rate = None,
    seed: Seed = None,
    threads: Threads = None,
    json: JsonFlag = False,
) -> None:
    """Train a graph once for each fold of its data, on all the others, and judge it by that fold: mean and spread.

    Folds keep the classes in proportion, and groups together where a column has that role. Nothing is saved.
    """
    from netstudio import cross_validate, load_graph

    document = load_graph(graph)
    settings = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
    document = changed(document, {k: v for k, v in settings.items() if v is not None}, learning_rate)
    tell_when_compiling()
    with Display(each_epoch=False) as display:
        follow = _Follower(display, folds)
        found = cross_validate(document, folds, graph.parent, resolved_source(data), threads, follow)
        follow.tell()
    if json:
        print_json(_report(found))
    else:
        _show(found)


class _Follower:
    """Shows how a cross-validation goes on, and tells of each fold when it is done, however many epochs that took."""

    def __init__(self, display: Display, folds: int) -> None:
        self._display, self._folds = display, folds
        self._fold, self._last = 1, ""

    def __call__(self, fold: int, progress: Progress) -> None:
        if fold != self._fold:
            self.tell()
            self._fold = fold
        self._display.show(progress, f"fold {fold}/{self._folds}, ")
        if progress.event == "epoch":
            self._last = f"epoch {progress.epoch}/{progress.epochs} · {figures(progress.logs)}"

    def tell(self) -> None:
        self._display.say(f"fold {self._fold}/{self._folds} · {self._last}")


def _report(found: CrossValidation) -> dict[str, Any]:
    return {
        "folds": [{**fold.figures, "trained": fold.trained, "samples": fold.held} for fold in found.folds],
        "mean": found.mean,
        "deviation": found.deviation,
    }


def _show(found: CrossValidation) -> None:
    names = list(found.mean)
    rows = [
        [str(number), f"{fold.trained:,}", f"{fold.held:,}", *(f"{fold.figures[name]:.4f}" for name in names)]
        for number, fold in enumerate(found.folds, 1)
    ]
    headings = ["fold", "trained on", "held out", *names]
    print_table(headings, rows, headings)
    told = " · ".join(f"{name} {found.mean[name]:.4f} ± {found.deviation[name]:.4f}" for name in names)
    print(f"\n{len(found.folds)} folds, mean and standard deviation: {told}")  # noqa: T201
