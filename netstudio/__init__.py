"""NetStudio: wire a neural network, press Train, watch it learn, take the model away.

    import netstudio as ns

    graph = ns.load_graph("cnn.json")
    model = ns.compile(graph)
    model.fit(x, y, epochs=5)
    model.save("cnn.npz")

No Qt is imported here, and Numba only once a graph is compiled.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from netstudio import errors, testing
    from netstudio.api import compile, import_model, load_model
    from netstudio.files.documents import load_graph, save_graph
    from netstudio.graph import Graph
    from netstudio.training.crossvalidation import cross_validate
    from netstudio.training.model import Model
    from netstudio.training.trainer import Trainer

# Where each public name lives; it is imported when it is first asked for.
_PLACES = {
    "Graph": "netstudio.graph",
    "Model": "netstudio.training.model",
    "Trainer": "netstudio.training.trainer",
    "compile": "netstudio.api",
    "cross_validate": "netstudio.training.crossvalidation",
    "import_model": "netstudio.api",
    "load_graph": "netstudio.files.documents",
    "load_model": "netstudio.api",
    "save_graph": "netstudio.files.documents",
}
_MODULES = ("errors", "testing")
__all__ = [
    "Graph", "Model", "Trainer", "compile", "cross_validate", "errors", "import_model", "load_graph", "load_model",
    "save_graph", "testing",
]  # fmt: skip


def __dir__() -> list[str]:
    """What is there, asked for or not: for completion in an editor."""
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"netstudio.{name}")
    raise AttributeError(f"module 'netstudio' has no attribute {name!r}")
