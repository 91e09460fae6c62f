"""Model files: one `.npz` that holds everything that is needed to predict, or to train on.

Weights stand under `<node id>/<weight>`; a checkpoint's state under `__state__/...`; the rest is JSON, kept as a uint8
array under `__netstudio__.json`. Reading trusts nothing: no pickles, no array that the graph does not ask for, no more
memory than the file's size warrants.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.catalogue import CATALOGUE
from netstudio.errors import DocumentError, FileError, ModelFileError, suggestion
from netstudio.files.atomic import replacing
from netstudio.files.documents import graph_from_json, graph_to_json
from netstudio.files.json_text import parse_json
from netstudio.files.npy import Header
from netstudio.files.npz import Npz
from netstudio.graph import Graph, analyse

FORMAT = "netstudio/model"
VERSION = 1
JSON = "__netstudio__.json"
STATE = "__state__/"
FREE_JSON = 1 << 20  # bytes of JSON that any file may hold, beside twice its own size

Arrays = Mapping[str, NDArray[Any]]
JSON_KEYS = {"format", "version", "graph", "classes", "preprocessing", "history", "info", "state"}


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds.

    `weights` are by "node/weight"; `classes` names class numbers by node id; `history` holds a list of figures, one an
    epoch, for each name; `state` holds a checkpoint's arrays by name. `preprocessing`, `info` (library versions, seed,
    threads, data hash) and `state_info` (epoch, random state) are plain JSON.
    """

    graph: Graph
    weights: Arrays
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, list[float]] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    state: Arrays | None = None
    state_info: Mapping[str, Any] = field(default_factory=dict)


def write_model(path: str | Path, model: ModelFile) -> None:
    """Write the file; the old one stays where that fails. FileError where it can't be written.

    ModelFileError where the weights are not those of the graph, so that no file is written that can't be read.
    """
    headers = {name: Header(a.shape, False, a.dtype) for name, a in model.weights.items()}
    _require_weights(str(path), headers, weight_shapes(model.graph))
    text = json.dumps(model_to_json(model), ensure_ascii=False, allow_nan=False)
    members = {JSON: np.frombuffer(text.encode("utf-8"), np.uint8), **model.weights}
    members |= {f"{STATE}{name}": values for name, values in (model.state or {}).items()}
    with replacing(path) as handle:
        np.savez(handle, allow_pickle=False, **members)


def read_model(path: str | Path) -> ModelFile:
    """The model in a file. FileError where there is none; ModelFileError where it is damaged or not one."""
    if Path(path).suffix.lower() == ".json" and Path(path).is_file():
        raise ModelFileError(
            f"{path} is a document, not a model; make a model of a graph by training it: "
            f"netstudio train {path} --out MODEL.npz"
        )
    try:
        with Npz(path) as arrays:
            return _read(str(path), arrays)
    except ModelFileError:
        raise
    except (FileError, DocumentError) as error:
        raise ModelFileError(str(error)) from error


def weight_shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of the graph by "node/weight"; of nodes whose shapes can't be told there are none."""
    facts = analyse(graph, CATALOGUE).nodes
    return {f"{id}/{name}": spec.shape for id, fact in facts.items() for name, spec in fact.weights.items()}


def model_to_json(model: ModelFile) -> dict[str, Any]:
    """The JSON that stands beside the arrays in a model file."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "graph": graph_to_json(model.graph),
        "classes": {node: list(names) for node, names in model.classes.items()},
        "preprocessing": dict(model.preprocessing),
        "history": {
            name: [v if math.isfinite(v) else None for v in map(float, values)]
            for name, values in model.history.items()
        },
        "info": dict(model.info),
        "state": None if model.state is None else dict(model.state_info),
    }


def _read(path: str, arrays: Npz) -> ModelFile:
    form = _read_json(path, arrays)
    graph = graph_from_json(form["graph"], f"the graph in {path}")
    shapes = weight_shapes(graph)
    stated = [name for name in arrays.names if name.startswith(STATE)]
    held = [name for name in arrays.names if name != JSON and name not in stated]
    _require_weights(path, {name: arrays.header(name) for name in held}, shapes)
    has_state = form["state"] is not None
    return ModelFile(
        graph,
        {name: arrays.read(name) for name in shapes},
        {node: tuple(names) for node, names in form["classes"].items()},
        form["preprocessing"],
        {name: [math.nan if v is None else v for v in values] for name, values in form["history"].items()},
        form["info"],
        {name.removeprefix(STATE): arrays.read(name) for name in stated} if has_state else None,
        form["state"] if has_state else {},
    )


def _read_json(path: str, arrays: Npz) -> dict[str, Any]:
    if JSON not in arrays.names:
        raise ModelFileError(f"{path} is no model file: it has no member {JSON}; choose one that was saved as a model")
    if arrays.unpacked(JSON) > FREE_JSON + 2 * arrays.size:
        raise ModelFileError(f"{path}: its {JSON} unpacks to {arrays.unpacked(JSON) >> 20} MB; that is no honest file")
    content = arrays.read(JSON)
    if content.dtype != np.uint8 or content.ndim != 1:
        raise ModelFileError(f"{path}: {JSON} is {content.dtype} of shape {content.shape}; expected a row of uint8")
    form = parse_json(content.tobytes(), f"{JSON} in {path}")
    problem = _form_problem(form)
    if problem:
        raise ModelFileError(f"{path} is no model file that can be read: {problem}")
    return {"classes": {}, "preprocessing": {}, "history": {}, "info": {}, "state": None, **form}


def _form_problem(form: Any) -> str | None:
    """What keeps the JSON from having the form of a model's."""
    if not isinstance(form, dict) or form.get("format") != FORMAT:
        return f'its JSON has no "format": "{FORMAT}"'
    version = form.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return f'its "version" should be an integer from 1 to {VERSION}'
    if version > VERSION:
        return f"a newer NetStudio wrote it (format version {version}; this one reads up to {VERSION}); update it"
    unknown = sorted(set(form) - JSON_KEYS)
    if unknown or "graph" not in form:
        return f"unknown key {unknown[0][:60]!r}" if unknown else 'it has no "graph"'
    for key in ("classes", "preprocessing", "history", "info"):
        if not isinstance(form.get(key, {}), dict):
            return f"its {key!r} is no object"
    if not isinstance(form.get("state"), (dict, type(None))):
        return 'its "state" is no object'
    if not all(_is_list(names, str) for names in form.get("classes", {}).values()):
        return 'its "classes" should be lists of names'
    if not all(_is_list(values, float, int, type(None)) for values in form.get("history", {}).values()):
        return 'its "history" should be lists of numbers'
    return None


def _is_list(value: Any, *kinds: type) -> bool:
    return isinstance(value, list) and all(isinstance(v, kinds) for v in value)


def _require_weights(path: str, headers: Mapping[str, Header], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """ModelFileError unless there is each weight of the graph and no other, in its shape and as floats."""
    strange = [name for name in headers if name not in shapes]
    missing = [name for name in shapes if name not in headers]
    if strange:
        near = suggestion(strange[0], shapes) or "; the graph has no such weight"
        raise ModelFileError(f"{path}: unexpected array {strange[0][:80]!r}{near}")
    if missing:
        raise ModelFileError(
            f"{path}: the weight {missing[0]!r} is missing; the file is damaged, or its graph was changed"
        )
    for name, header in headers.items():
        if header.shape != shapes[name]:
            raise ModelFileError(f"{path}: {name} has the shape {header.shape}; the graph's is {shapes[name]}")
        if header.dtype.kind != "f":
            raise ModelFileError(f"{path}: {name} holds {header.dtype}; expected float32")
