"""Graph documents, model files and pictures on disk. Each name is imported when it is first asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netstudio.files.documents import dump_graph, load_graph, parse_graph, save_graph
    from netstudio.files.models import ModelFile, read_model, write_model
    from netstudio.files.picture import save_picture

_PLACES = {
    "dump_graph": "documents",
    "load_graph": "documents",
    "parse_graph": "documents",
    "save_graph": "documents",
    "ModelFile": "models",
    "read_model": "models",
    "write_model": "models",
    "save_picture": "picture",
}
__all__ = [
    "ModelFile",
    "dump_graph",
    "load_graph",
    "parse_graph",
    "read_model",
    "save_graph",
    "save_picture",
    "write_model",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
