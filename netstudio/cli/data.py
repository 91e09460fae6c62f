"""`netstudio data`: what a source of data holds, and a graph that takes it."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netstudio.cli.output import JsonFlag, print_json, print_table, resolved_source
from netstudio.errors import DataError, FileError

if TYPE_CHECKING:
    from netstudio.data.describe import Description
    from netstudio.data.facts import ColumnFacts, FieldFacts
    from netstudio.graph import Graph

Source = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A table, arrays, a folder of images or sounds, or sklearn:NAME."),
]
Bind = Annotated[Path | None, typer.Option("--bind", metavar="GRAPH", help="Make this graph take the data.")]
Out = Annotated[Path | None, typer.Option("-o", "--out", metavar="NEW", help="Where the graph with --bind goes.")]
Target = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="The column that is predicted.")]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", metavar="CHARACTER", help="Between cells: comma, semicolon, tab, bar, ...")
]
Encoding = Annotated[str | None, typer.Option("--encoding", metavar="NAME", help="Of the text: utf-8, latin-1, ...")]
Decimal = Annotated[str | None, typer.Option("--decimal", metavar="CHARACTER", help='Before decimals: "." or ",".')]
Header = Annotated[bool | None, typer.Option("--header/--no-header", help="Whether the first line holds names.")]
Sheet = Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="Of a workbook; left out, the first.")]
MOST_FIELDS = 20
LEFT = "left to do"


def data(
    source: Source,
    json: JsonFlag = False,
    bind: Bind = None,
    out: Out = None,
    target: Target = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    decimal: Decimal = None,
    header: Header = None,
    sheet: Sheet = None,
) -> None:
    """Describe a source of data: columns, types, empty cells, classes, and what is suggested to make of them.

    How a file is read is found out from it, but for what is said. With --bind GRAPH -o NEW the suggestions, and the
    shapes that fit, are written into a copy of a graph, and so is how the file is read.
    """
    from netstudio.data.describe import describe

    if (bind is None) != (out is None):
        raise FileError("--bind GRAPH and -o NEW go together: the one is read, the other written")
    read = {"delimiter": delimiter, "encoding": encoding, "decimal": decimal, "header": header, "sheet": sheet}
    read = {name: value for name, value in read.items() if value is not None}
    said: dict[str, Any] = ({"target": target} if target else {}) | ({"read": read} if read else {})
    try:
        if bind is not None and out is not None:
            _bind(source, bind, out, said, json)
            return
        found = describe(source, None, said)
    except DataError as error:
        raise DataError(f"{error}{_option_for(str(error))}") from error
    if json:
        print_json(found.to_json())
    else:
        _show(found)


def _option_for(message: str) -> str:
    """The option that says what a message asks the "read" of a document to say."""
    asked = re.search(r'"(delimiter|encoding|decimal|header)".* "read"', message)
    return f" (here by --{asked[1]}{' or --no-header' if asked[1] == 'header' else ''})" if asked else ""


def _bind(source: str, path: Path, out: Path, said: dict[str, Any], json: bool) -> None:
    from netstudio.files.documents import load_graph, save_graph

    graph, changes = fitted_graph(load_graph(path), resolved_source(source) or source, out.parent, said)
    save_graph(graph, out)
    if json:
        print_json({"graph": str(out), "changes": changes, "data": graph.data})
        return
    for change in changes:
        _say(f"· {change}")
    done = not any(change.startswith(LEFT) for change in changes)
    _say(f"wrote {out}; train it by: netstudio train {out}" if done else f"wrote {out}")


def fitted_graph(graph: Graph, source: str, folder: Path, said: dict[str, Any]) -> tuple[Graph, list[str]]:
    """The graph with the source, what is suggested for it and the shapes that fit; and what was changed, in words."""
    from dataclasses import replace

    from netstudio.catalogue import CATALOGUE
    from netstudio.data.describe import describe
    from netstudio.data.fitting import misfits
    from netstudio.data.places import named_from

    kept = {k: v for k, v in graph.data.items() if k in ("read", "text", "window", "image", "audio", "augment")}
    if "read" in said:
        said = {**said, "read": {**kept.get("read", {}), **said["read"]}}
    block = describe(source, None, {**kept, **said}, graph).suggested()
    description = describe(source, None, block, graph)
    if Path(source).exists():
        block["source"] = named_from(Path(source), folder)
    before, graph = graph.data, replace(graph, data=block)
    changes = [f"set {name} of the data" for name, value in block.items() if before.get(name) != value]
    for problem in misfits(graph, description):
        for repair in problem.repairs:
            graph = repair.edit.apply(graph, CATALOGUE)
        changes.append(problem.repairs[0].title if problem.repairs else f"{LEFT}: {problem.message}")
    return graph, changes


def _show(found: Description) -> None:
    counts = [_number(found.rows, "sample"), *([_number(len(found.columns), "column")] if found.columns else [])]
    _say(f"{found.source}: {', '.join(counts)}")
    if found.form:
        _say(f"read as {found.form}")
    if found.columns:
        headings = ("column", "type", "role", "empty", "different", "range or most frequent", "suggested")
        suggested = found.suggested()
        said, window = suggested.get("columns", {}), suggested.get("window")
        print_table(headings, [_column(c, said.get(c.name, {})) for c in found.columns], ("empty", "different"))
        if window:
            _say(f"a time series: suggested are windows of {window['steps']} rows")
    else:
        print_table(("field", "shape", "holds"), [_field(f) for f in found.fields[:MOST_FIELDS]])
    if found.classes:
        _say(f"classes: {_listed(found.classes)}")
    for column in found.columns:
        if column.problem:
            _say(f"note: {column.problem.partition(';')[0] if column.missing else column.problem}")
    _say(f"to train on it: netstudio data {quote(found.source)}{_read_options(found)} --bind GRAPH -o NEW.json")


def _read_options(found: Description) -> str:
    """How the file was said to be read, as it is said."""
    from netstudio.data.settings.read import NAMED

    said = dict(found.settings.get("read", {}))
    header = said.pop("header", None)
    flags = [] if header is None else ["--header" if header else "--no-header"]
    if "delimiter" in said:
        said["delimiter"] = next(
            (n for n, character in NAMED.items() if character == said["delimiter"]), said["delimiter"]
        )
    return "".join(f" {flag}" for flag in [*flags, *(f"--{name} {quote(value)}" for name, value in said.items())])


def _column(column: ColumnFacts, said: dict[str, Any]) -> tuple[str, ...]:
    if column.minimum is not None and column.type == "number":
        held = f"{column.minimum:.4g} to {column.maximum:.4g}, mean {column.mean:.4g}"
    else:
        held = _listed(column.classes or column.examples, 3)
    told = ", ".join(str(value) for name, value in said.items() if name not in ("type", "role", "fill"))
    role = said.get("role", column.role)
    return column.name, column.guess, role, f"{column.missing:,}", f"{column.distinct:,}", held, told


def _field(field: FieldFacts) -> tuple[str, ...]:
    held = _listed(field.classes) if field.classes else "whole numbers" if field.dtype == "int" else "numbers"
    if field.minimum is not None and not field.classes:
        held += f", {field.minimum:.4g} to {field.maximum:.4g}"
    return field.name, "×".join(map(str, field.shape)) or "scalar", held


def _listed(names: tuple[str, ...], most: int = 12) -> str:
    shown = ", ".join(name if len(name) <= 30 else f"{name[:27]}..." for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _say(text: str) -> None:
    print(text)  # noqa: T201
