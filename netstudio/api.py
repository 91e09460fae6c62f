"""The functions of the Python interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netstudio.graph import Graph
    from netstudio.training.model import Model


def compile(graph: Graph, seed: int | None = None, threads: int | None = None, dtype: str = "float32") -> Model:
    """Make a graph ready to train and to predict; see `netstudio.training.model.Model`."""
    from netstudio.training.model import Model

    return Model(graph, seed=seed, threads=threads, dtype=dtype)


def load_model(path: str | Path, threads: int | None = None) -> Model:
    """Read a model that `Model.save` wrote. ModelFileError where the file is damaged or is not one."""
    from netstudio.training.storage import load_model as load

    return load(path, threads)


def import_model(
    path: str | Path, shapes: Mapping[str, Sequence[int]] | None = None, threads: int | None = None
) -> Model:
    """A model of another program (ONNX): graph and weights, ready to predict or to train on.

    `shapes` gives, by input, the sizes of a sample as the file has them where the file leaves them open. Raises
    ModelImportError where the file is damaged or holds what no layer here can express; it names the operator.
    """
    from netstudio.imports import read_import

    return read_import(path, shapes).model(threads)
