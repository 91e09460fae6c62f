"""Who may import whom: the layers of the program, read from its sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import netstudio

PACKAGE = Path(netstudio.__file__).parent
# Lowest first: a module may import those of its own row and of the rows above it in this list.
ROWS = [
    ["errors", "resources"],
    ["graph"],
    ["ops"],
    ["initializers", "regularizers", "constraints", "schedules"],
    ["annotations", "layers", "losses", "metrics", "optimizers", "augmentations"],
    ["composite", "extensions"],
    ["catalogue"],
    # Declarations of what a document may say; the packages they stand in come later.
    ["data.settings", "training.callbacks", "training.settings", "training.progress"],
    ["engine"],
    ["files", "blocks"],
    ["data"],
    ["exports"],
    ["training", "testing", "api", "reference", "imports"],
    ["bench"],
    [""],  # the package itself: lazy names
    ["cli", "gui"],
    ["__main__"],
]
RANK = {name: rank for rank, row in enumerate(ROWS) for name in row}
ONLY_IN = {
    "PySide6": ("gui",),
    "pyqtgraph": ("gui",),
    "shiboken6": ("gui",),
    "numba": ("engine",),
    "llvmlite": ("engine",),
    "typer": ("cli",),
    "pickle": (),
    "sklearn": (),
    "onnx": ("exports", "imports"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The module's name below the package: "graph.edits"."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str | None:
    """The entry of ROWS that a module belongs to: the longest that it begins with."""
    names = module.split(".")
    known = [".".join(names[:n]) for n in range(len(names), 0, -1)] if module else [""]
    return next((n for n in known if n in RANK), None)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, inside functions too, but not for type checking alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        else:
            yield from imports(node)


def broken(module: str, source: str) -> list[str]:
    """What the module imports and may not."""
    own, found = part_of(module), []
    if own is None:
        return [f"{module} is in no row of ROWS; give it its place"]
    for line, name in imports(ast.parse(source)):
        top, _, rest = name.partition(".")
        if top in ONLY_IN and own not in ONLY_IN[top]:
            found.append(f"{module}:{line} imports {top}, which only {ONLY_IN[top] or 'nobody'} may")
        if top == "netstudio" and not allowed(own, rest):
            found.append(f"{module}:{line} imports {name}, which stands above {own}")
    return found


def allowed(own: str, imported: str) -> bool:
    part = part_of(imported)
    if part is None or (part == "" and imported):  # a name of the package itself: ns.compile, ns.__version__
        part = ""
    if {own, part} == {"cli", "gui"}:
        return False
    return RANK[part] <= RANK[own]


EXCEPTIONS = {
    ("cli.gui", "netstudio.gui.app.main"),  # the command that opens the window
    ("training.storage", "netstudio"),  # the version, written into each model
}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    module = name_of(path)
    found = broken(module, path.read_text(encoding="utf-8"))
    kept = [f for f in found if not any(module == m and f" imports {name}," in f for m, name in EXCEPTIONS)]
    assert not kept, "\n".join(kept)


@pytest.mark.parametrize(
    ("module", "source", "count"),
    [
        ("graph.edits", "from netstudio.layers import LAYERS", 1),
        ("graph.edits", "def f():\n    import netstudio.training.model", 1),
        ("graph.edits", "if TYPE_CHECKING:\n    from netstudio.layers import LAYERS", 0),
        ("engine.tape", "from netstudio.graph import Graph\nimport numba", 0),
        ("layers.dense", "import numba", 1),
        ("training.trainer", "from PySide6 import QtCore", 1),
        ("gui.window", "from PySide6 import QtCore", 0),
        ("gui.window", "from netstudio.cli.train import train", 1),
        ("cli.train", "from netstudio.gui.app import main", 1),
        ("files.checks", "from netstudio.training.settings import TrainingSettings", 0),
        ("files.checks", "from netstudio.training.trainer import Trainer", 1),
        ("data.sources.table", "import sklearn.datasets", 1),
        ("bench.measure", "from netstudio.training.model import Model", 0),
        ("bench.measure", "import numba", 1),
        ("training.model", "from netstudio.bench.measure import Runner", 1),
        ("cli.bench", "from netstudio.bench.run import bench", 0),
        ("novel", "", 1),
    ],
)
def test_the_test_finds_what_is_broken(module: str, source: str, count: int) -> None:
    assert len(broken(module, source)) == count


def test_no_module_is_a_place_of_its_own() -> None:
    """Every row names packages and modules that are there, so that a misspelt row is found."""
    there = {name_of(path) for path in MODULES}
    planned = {"constraints", "schedules", "testing"}
    assert {name for row in ROWS for name in row} - planned <= there
