"""Keras 3's archive (.keras): a zip of metadata.json, config.json and model.weights.h5, as `keras.Model.save` writes.

Keras finds a layer's weights by its class and its place among the model's layers, so these are put into the order in
which Keras will have them (`keras.src.ops.function.map_graph`).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from netstudio.exports.keras.net import Call, Made, Net, Part, Tensor
from netstudio.exports.keras.operations import MODULES
from netstudio.exports.keras.training import Compiled

KERAS = "3.15.0"  # the version whose form this is; later ones read it
LONG_AGO = "1980-01-01@00:00:00"  # the same model gives the same file
# Classes whose name in the API is not the one that files go by.
CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}


def write_archive(handle: BinaryIO, net: Net, compiled: Compiled | None) -> None:
    """Write the model; `compiled` says how it is trained on."""
    metadata = {"keras_version": KERAS, "date_saved": LONG_AGO}
    with zipfile.ZipFile(handle, "w") as archive:
        _add(archive, "metadata.json", json.dumps(metadata).encode())
        _add(archive, "config.json", json.dumps(config(net, compiled)).encode())
        _add(archive, "model.weights.h5", _weights(net))


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content)


def config(net: Net, compiled: Compiled | None = None) -> dict[str, Any]:
    """What config.json says: a Functional model, layer by layer, with what each is called on."""
    inputs = {name: _place(tensor) for name, tensor in net.inputs.items()}
    outputs = {name: _place(tensor) for name, tensor in net.outputs.items()}
    model = {
        "name": identifier(net.name),
        "trainable": True,
        "layers": [_part(part) for part in ordered(net)],
        "input_layers": _bare(inputs),
        "output_layers": _bare(outputs),
    }
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": model,
        "registered_name": "Functional",
        "build_config": {"input_shape": None},
        **({"compile_config": _compiled(compiled)} if compiled else {}),
    }


def _compiled(compiled: Compiled) -> dict[str, Any]:
    return {
        "optimizer": serialized(compiled.optimizer),
        "loss": _bare({name: serialized(loss) for name, loss in compiled.losses.items()}),
        "loss_weights": _bare(compiled.weights),
        "metrics": [_value(metric) for metric in compiled.metrics],
    }


def identifier(name: str) -> str:
    """A document's name as a model's, which TensorFlow wants to be one."""
    return re.sub(r"\W+", "_", name).strip("_") or "model"


def _bare(places: Mapping[str, Any]) -> Any:
    """By name where there are several; one stands by itself."""
    return dict(places) if len(places) > 1 else next(iter(places.values()))


def _place(tensor: Tensor) -> list[Any]:
    return [tensor.call.part.name, tensor.call.number, tensor.index]


def _part(part: Part) -> dict[str, Any]:
    own: dict[str, Any] = {"name": part.name}
    if part.is_layer and part.made.name != "InputLayer":
        own |= {"dtype": "float32"} if part.trainable else {"dtype": "float32", "trainable": False}
    said = serialized(part.made, own)
    return {**said, "name": part.name, "inbound_nodes": [_call(c) for c in part.calls if c.args]}


def serialized(made: Made, own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An object as `keras.saving.serialize_keras_object` has it; `own` is what is said beside its parameters."""
    params = {key: _value(value) for key, value in made.params.items()}
    config = {**(own or {}), **params}
    if made.kind == "ops":
        name = _camel(made.name)
        module = f"keras.src.ops.{MODULES[made.name]}"
        return {"module": module, "class_name": name, "config": config, "registered_name": name}
    return {"module": f"keras.{made.kind}", "class_name": made.name, "config": config, "registered_name": None}


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _call(call: Call) -> dict[str, Any]:
    kwargs = {key: _value(value) for key, value in call.kwargs.items()}
    return {"args": [_value(value) for value in call.args], "kwargs": kwargs}


def _value(value: Any) -> Any:
    """A value in JSON, as Keras writes it."""
    if isinstance(value, Made):
        return serialized(value)
    if isinstance(value, Tensor):
        spec = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": _place(value)}
        return {"class_name": "__keras_tensor__", "config": spec}
    if isinstance(value, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": value.tolist(), "dtype": str(value.dtype)}}
    if isinstance(value, slice):
        return {"class_name": "__slice__", "config": {k: getattr(value, k) for k in ("start", "stop", "step")}}
    return [_value(v) for v in value] if isinstance(value, (list, tuple)) else value


def _weights(net: Net) -> bytes:
    """model.weights.h5."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_group("vars")
        for place, part in places(net):
            group = file.create_group(f"layers/{place}")
            group.create_group("vars").attrs["name"] = part.name
            for path, array in part.weights.items():
                group[path] = array
    return buffer.getvalue()


def places(net: Net) -> Iterator[tuple[str, Part]]:
    """Each layer, by the name of its group in the file of weights."""
    used: dict[str, int] = {}
    for part in ordered(net):
        if part.is_layer:
            name = _snake(CLASSES.get(part.made.name, part.made.name))
            number = used[name] = used.get(name, -1) + 1
            yield (f"{name}_{number}" if number else name), part


def _snake(name: str) -> str:
    """As `keras.src.utils.naming.to_snake_case`."""
    apart = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", apart).lower()


def ordered(net: Net) -> list[Part]:
    """The parts in the order of `keras.Model.operations`: by how far they are from an output, then as they are met."""
    outputs = [net.outputs[name] for name in sorted(net.outputs)]
    met, finished = _walked(outputs)
    depth: dict[Call, int] = {}
    of_part: dict[Part, int] = {}
    for call in reversed(finished):
        own = depth[call] = of_part[call.part] = max(depth.get(call, 0), of_part.get(call.part, 0))
        for tensor in call.tensors():
            depth[tensor.call] = max(own + 1, depth.get(tensor.call, 0))
    return sorted(of_part, key=lambda part: (-of_part[part], met[part]))


def _walked(outputs: Sequence[Tensor]) -> tuple[dict[Part, int], list[Call]]:
    """When each part is met on a walk back from the outputs, and the calls in the order in which they are left."""
    met: dict[Part, int] = {}
    finished: dict[Call, None] = {}
    for output in outputs:
        path: list[tuple[Call, Iterator[Tensor]]] = []
        todo: Tensor | None = output
        while True:
            if todo is not None and todo.call not in finished:
                met.setdefault(todo.call.part, len(met))
                path.append((todo.call, todo.call.tensors()))
            if not path:
                break
            todo = next(path[-1][1], None)
            if todo is None:
                finished[path.pop()[0]] = None
    return met, list(finished)
