"""How training is followed on a terminal: a bar that moves, or a line an epoch where nobody watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from netstudio.cli.guard import say
from netstudio.cli.output import figures

if TYPE_CHECKING:
    from netstudio.training.progress import Progress


class Display:
    """Shows each Progress on standard error; a context that leaves the terminal as it was.

    It tells of `each_epoch` in a line that stays, or of what it is given to `say`.
    """

    def __init__(self, each_epoch: bool = True) -> None:
        self._each_epoch = each_epoch
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task("", total=None, figures="compiling the graph", rate="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: Progress, of: str = "") -> None:
        """Bring the display up to date; `of` tells what is trained."""
        rate = f"{progress.samples_per_second:,.0f} samples/s" if progress.samples_per_second else ""
        if self._bar is not None:
            self._bar.update(
                self._task,
                description=f"{of}epoch {progress.epoch}/{progress.epochs}",
                total=progress.epochs * progress.steps,
                completed=(progress.epoch - 1) * progress.steps + progress.step,
                figures=figures({k: v for k, v in progress.logs.items() if not k.startswith("val_")}),
                **({"rate": rate} if rate else {}),
            )
        if progress.event == "epoch" and self._each_epoch:
            self.say(f"{of}epoch {progress.epoch}/{progress.epochs} · {figures(progress.logs)}")

    def say(self, line: str) -> None:
        """A line that stays."""
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            say(line)


def tell_when_compiling() -> None:
    """Say once why it takes a while, should kernels have to be compiled: a machine's or a version's first run."""
    from netstudio.engine.kernels import cache

    def tell(name: str) -> None:
        cache.on_compile = None
        say("compiling the engine for this machine; only the first run does")

    cache.on_compile = tell


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[figures]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
