"""What commands print."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
GraphPath = Annotated[Path, typer.Argument(metavar="GRAPH", help="A graph document (.json).")]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file (.npz).")]
DataSpec = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="SPEC",
        help="A table, arrays, a folder of images or sounds, IDX files, sklearn:NAME or generated:COUNT, in place of "
        "the document's data.",
    ),
]


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object; other characters than ASCII's as escapes where standard output takes no UTF-8."""
    sys.stdout.write(as_json(value, plain=not (sys.stdout.encoding or "").lower().startswith("utf")))


def as_json(value: Mapping[str, Any], plain: bool = False) -> str:
    """A line of JSON, of ASCII alone where `plain`; null for what is no finite number: JSON has no word for it."""
    return json.dumps(finite(value), ensure_ascii=plain, allow_nan=False) + "\n"


def finite(value: Any) -> Any:
    """`value` with null for every infinity and every not-a-number."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: finite(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    return value


def ending(suffix: str, what: str) -> Callable[[Path | None], Path | None]:
    """A check that a path has the suffix of what is written there, so that a slip overwrites nothing else."""

    def check(path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() != suffix:
            raise typer.BadParameter(f"{path} should end in {suffix}: what goes there is a {what}")
        return path

    return check


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[str] = ()) -> None:
    """A table; the columns whose headings are in `numbers` are aligned at the right."""
    from rich.console import Console
    from rich.table import Table

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            """What ends a command is for its guard to say."""
            raise BrokenPipeError

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    _Console(width=None if sys.stdout.isatty() else 140).print(table)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def figures(logs: Mapping[str, float]) -> str:
    """In one line: "loss 0.1234 · accuracy 0.9000"."""
    return " · ".join(f"{name} {value:.4f}" for name, value in logs.items())


def resolved_source(source: str | None) -> str | None:
    """What the command line names, made independent of the document's folder."""
    if source is None or source.partition(":")[0] in ("sklearn", "generated"):
        return source
    return str(Path(source).absolute())


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
