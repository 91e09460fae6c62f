"""Files that this program exported come back exactly: the document and the weights are told in their metadata."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from netstudio.errors import ModelImportError, NetStudioError
from netstudio.files.documents import graph_from_json
from netstudio.files.json_text import parse_json
from netstudio.files.models import ModelFile, weight_shapes
from netstudio.imports.imported import Imported
from netstudio.imports.onnx.reading import Array, Source

KEY, FORMAT, VERSION = "netstudio", "netstudio/onnx", 1


def own_export(source: Source) -> Imported | None:
    """The model that was exported. ModelImportError where the metadata are damaged.

    None where another program wrote the file, or changed it since, so that weights are no longer where they were.
    """
    text = source.metadata.get(KEY)
    if text is None:
        return None
    where = f"the {KEY!r} metadata of {source.path}"
    form = parse_json(text.encode(), where)
    if not isinstance(form, dict) or form.get("format") != FORMAT or form.get("version") != VERSION:
        raise ModelImportError(
            f"{where} is no {FORMAT!r} of version {VERSION}; update NetStudio or export the model again"
        )
    try:
        if _is_changed(form, source):
            return None
        return Imported(_model(form, source, where), ("An export of this program: all is as it was.",))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelImportError(f"{where} can't be read ({error}); export the model again") from error


def _is_changed(form: Mapping[str, Any], source: Source) -> bool:
    """Whether an initializer that holds a weight is gone, as when an optimizer has folded or quantized it."""
    return any(
        "initializer" in told and told["initializer"] not in source.constants for told in form["weights"].values()
    )


def _model(form: Mapping[str, Any], source: Source, where: str) -> ModelFile:
    try:
        graph = graph_from_json(form["graph"], f"the graph in {where}")
    except NetStudioError as error:
        raise ModelImportError(str(error)) from error
    told = form["weights"]
    shapes = weight_shapes(graph)
    if odd := sorted({*shapes} ^ {*told}):
        raise ModelImportError(
            f"{where}: the weight {odd[0]!r} is not both in the file and in its graph; export it again"
        )
    weights = {name: _weight(source, told[name], shape) for name, shape in shapes.items()}
    classes = {node: tuple(names) for node, names in form.get("classes", {}).items()}
    history = {k: [float("nan") if v is None else float(v) for v in row] for k, row in form.get("history", {}).items()}
    return ModelFile(graph, weights, classes, form.get("preprocessing", {}), history, form.get("info", {}))


def _weight(source: Source, told: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    """An initializer of the file with its axes in our order, or the numbers themselves."""
    if "base64" in told:
        return np.frombuffer(base64.b64decode(told["base64"], validate=True), "<f4").reshape(shape)
    array = np.asarray(source.constants[told["initializer"]], np.float32)
    order = told.get("transpose")
    return (array if order is None else array.transpose(order)).reshape(shape)
