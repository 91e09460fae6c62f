"""The imports that a written program begins with: those of the names that it uses."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

# By the name that is used: the module that it comes from, or "" where it is one.
STANDARD = {
    "argparse": "", "csv": "", "math": "", "re": "", "sys": "", "Callable": "collections.abc",
    "Mapping": "collections.abc", "Sequence": "collections.abc", "datetime": "datetime", "Path": "pathlib",
    "Any": "typing",
}  # fmt: skip
INSTALLED = {
    "keras": "", "np": "", "torch": "", "layers": "keras", "ops": "keras", "ArrayLike": "numpy.typing",
    "NDArray": "numpy.typing", "Tensor": "torch", "nn": "torch", "F": "torch.nn",
}  # fmt: skip
CALLED = {"np": "numpy as np", "F": "functional as F"}


def used(code: str) -> set[str]:
    """The names that a piece of code takes from outside of its functions."""
    return _outer(ast.parse(code))


def _outer(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            found |= _of_function(node)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        else:
            found |= _outer(node)
    return found


def _of_function(node: ast.FunctionDef) -> set[str]:
    """Those of its body that it does not make itself, and those of its annotations and defaults."""
    body = set[str]().union(*(_outer(ast.Module([line], [])) for line in node.body))
    made = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own = made | {n.arg for n in ast.walk(node.args) if isinstance(n, ast.arg)}
    return (body - own) | _outer(node.args) | (_outer(ast.Expr(node.returns)) if node.returns else set())


def imports(code: str) -> str:
    """The import statements for it, standard library first."""
    names = used(code)
    groups = [_group(table, names) for table in (STANDARD, INSTALLED)]
    return "\n\n".join("\n".join(group) for group in groups if group)


def _group(table: Mapping[str, str], names: Collection[str]) -> list[str]:
    wanted = [name for name in table if name in names]
    whole = [f"import {CALLED.get(name, name)}" for name in wanted if not table[name]]
    modules = dict.fromkeys(table[name] for name in wanted if table[name])
    parts = [
        f"from {module} import {', '.join(CALLED.get(n, n) for n in sorted(wanted) if table[n] == module)}"
        for module in modules
    ]
    return [*whole, *parts]
