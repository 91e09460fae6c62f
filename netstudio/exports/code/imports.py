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
    "np": "", "torch": "", "ArrayLike": "numpy.typing", "NDArray": "numpy.typing", "Tensor": "torch", "nn": "torch",
    "F": "torch.nn",
}  # fmt: skip
CALLED = {"np": "numpy as np", "F": "functional as F"}


def used(code: str) -> set[str]:
    """The names in a piece of code."""
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


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
