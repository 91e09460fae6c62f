"""Graph documents on disk. Reading is total: any bytes give a graph or a NetStudioError that names what is wrong.

Text is made JSON (`json_text`), JSON takes the form of a document (`schema`), and the form is checked for meaning
(`checks`). Every problem found by the last two comes in one DocumentError.
"""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

from netstudio.catalogue import CATALOGUE
from netstudio.errors import DocumentError
from netstudio.files import checks
from netstudio.files.atomic import write_text
from netstudio.files.checks import make_graph
from netstudio.files.json_text import TOO_DEEP, parse_json
from netstudio.files.reading import read_bytes
from netstudio.files.schema import FORMAT, SHOWN, VERSION, read_form
from netstudio.graph import Catalogue, Graph, Problem
from netstudio.graph.edits import plain
from netstudio.graph.nested import form_of_node

LIMIT = 64 << 20  # bytes


def load_graph(path: str | Path, catalogue: Catalogue = CATALOGUE) -> Graph:
    """The graph in a file. FileError where it can't be read, DocumentError where it is no right document."""
    return parse_graph(read_bytes(path, LIMIT), str(path), catalogue)


def save_graph(graph: Graph, path: str | Path) -> None:
    """Write the document; FileError where that can't be, and the old file stays."""
    write_text(path, dump_graph(graph))


def parse_graph(text: str | bytes, where: str = "the document", catalogue: Catalogue = CATALOGUE) -> Graph:
    """The graph that `text` describes; DocumentError, which `where` begins, with every problem found."""
    return graph_from_json(parse_json(text, where), where, catalogue)


def graph_from_json(value: Any, where: str = "the document", catalogue: Catalogue = CATALOGUE) -> Graph:
    """As `parse_graph`, from what JSON holds."""
    try:
        form, problems = read_form(value)
        if form is not None:
            graph = make_graph(form, catalogue)
            problems = list(islice(checks.problems(form, graph, catalogue), SHOWN))
            if not problems:
                return graph
    except RecursionError:
        raise DocumentError(f"{where}: {TOO_DEEP}") from None
    raise DocumentError(_summary(where, problems), problems)


def dump_graph(graph: Graph) -> str:
    """The document as text, the same for the same graph: a node and a wire a line, params only as given."""
    head = f'"format": {_json(FORMAT)}, "version": {VERSION}, "name": {_json(graph.name)}'
    parts = [
        head,
        f'"nodes": {_lines([_json(form_of_node(n)) for n in graph.nodes.values()])}',
        f'"wires": {_lines([_json([str(w.source), str(w.target)]) for w in graph.wires])}',
    ]
    parts += [f'"data": {_json(graph.data)}'] if graph.data else []
    parts += [f'"training": {_json(graph.training)}'] if graph.training else []
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def graph_to_json(graph: Graph) -> Any:
    """The document as what JSON holds."""
    return json.loads(dump_graph(graph))


def _lines(items: list[str]) -> str:
    return "[\n    " + ",\n    ".join(items) + "\n  ]" if items else "[]"


def _json(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


def _summary(where: str, problems: list[Problem]) -> str:
    if len(problems) == 1:
        return f"{where}: {problems[0].message}"
    return f"{where} has {len(problems)}{' or more' if len(problems) >= SHOWN else ''} problems"
