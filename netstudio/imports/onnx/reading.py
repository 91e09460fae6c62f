"""From an ONNX file to operators, constants and declared inputs and outputs as plain values. Nothing of it is trusted:

sizes are checked against the bytes that are there before anything is taken, and data beside the file are read only from
its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import FileError, ModelImportError
from netstudio.files.reading import read_bytes, reason

LIMIT = 2 << 30  # bytes: a protobuf can't be larger
LARGEST_BESIDE = 8 << 30  # bytes of one file of data beside the model
OLDEST = 7  # the first opset whose operators broadcast as today's do
DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
Array = NDArray[Any]


@dataclass(frozen=True)
class Op:
    """One operator: its name in the file, its type, the names of what it reads and makes, and its attributes.

    `opset` is the version of the operators' language that it is written in.
    """

    name: str
    type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    opset: int

    @property
    def shown(self) -> str:
        """As messages call it: "fc1 (Gemm)"."""
        return f"{(self.name or (self.outputs or ('?',))[0])[:80]!r} ({self.type})"


@dataclass(frozen=True)
class Declared:
    """An input or output: its element type and sizes, a name for a size that is left open, None without any."""

    name: str
    kind: str  # "float", "int", "bool", "string", "sequence" or "?"
    shape: tuple[int | str, ...] | None


@dataclass(frozen=True)
class Source:
    """What a file holds."""

    path: Path
    name: str
    producer: str
    ops: tuple[Op, ...]
    constants: Mapping[str, Array]
    inputs: tuple[Declared, ...]
    outputs: tuple[Declared, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_source(path: str | Path) -> Source:
    """Read an ONNX file. FileError where it can't be read, ModelImportError where it is damaged or none."""
    path = Path(path)
    model = _parsed(path)
    graph = model.graph
    opset = _opset(path, model)
    if model.functions:
        model = _inlined(path, model)
        graph = model.graph
    if graph.sparse_initializer:
        raise ModelImportError(f"{path}: it holds sparse weights, which can't be imported; export it with dense ones")
    constants = {_text(t.name): array_of(t, path, f"the weight {_text(t.name)[:80]!r}") for t in graph.initializer}
    return Source(
        path,
        _text(graph.name),
        _text(model.producer_name),
        tuple(_op(node, opset, path) for node in graph.node),
        constants,
        tuple(_declared(v) for v in graph.input if _text(v.name) not in constants),
        tuple(_declared(v) for v in graph.output),
        {_text(p.key): _text(p.value) for p in model.metadata_props},
    )


def _parsed(path: Path) -> Any:
    content = read_bytes(path, LIMIT)
    onnx = _onnx()
    if not content:
        raise ModelImportError(f"{path} is empty; export the model again")
    try:
        model = onnx.ModelProto.FromString(content)
    except Exception as error:  # protobuf's own errors have no common, public root
        raise ModelImportError(
            f"{path} is no ONNX file, or a damaged one: it can't be parsed; copy or export it again"
        ) from error
    if not model.graph.node and not model.graph.output:
        raise ModelImportError(f"{path} is no ONNX file, or an empty one: it holds no operators")
    return model


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise ModelImportError("reading ONNX files needs the package onnx: pip install onnx") from error
    return onnx


def _opset(path: Path, model: Any) -> int:
    versions = {entry.domain: entry.version for entry in model.opset_import}
    opset = versions.get("", versions.get("ai.onnx"))
    if opset is None:
        if any(node.domain in ("", "ai.onnx") for node in model.graph.node):
            raise ModelImportError(f"{path}: it does not say which opset it is written in; export it again")
        return OLDEST
    if opset < OLDEST:
        raise ModelImportError(
            f"{path} is written in opset {opset}; {OLDEST} or newer can be imported: export it with a newer one, or "
            "lift it with onnx.version_converter"
        )
    return int(opset)


def _inlined(path: Path, model: Any) -> Any:
    """The model with the functions that it defines put where they are used."""
    import onnx.inliner

    try:
        return onnx.inliner.inline_local_functions(model)
    except Exception as error:  # what goes wrong in there has no common root
        raise ModelImportError(f"{path}: its functions can't be resolved ({error}); export it without them") from error


def _op(node: Any, opset: int, path: Path) -> Op:
    attributes = {_text(a.name): _attribute(a, path, node) for a in node.attribute}
    domain, kind = _text(node.domain), _text(node.op_type)
    inputs, outputs = (tuple(_text(name) for name in names) for names in (node.input, node.output))
    return Op(_text(node.name), kind if domain in DOMAINS else f"{domain}.{kind}", inputs, outputs, attributes, opset)


def _text(value: str | bytes) -> str:
    """A name of the file: one that is not UTF-8 comes as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _attribute(attribute: Any, path: Path, node: Any) -> Any:
    """The attribute's value: a number, text, array, or list of such; None for a graph."""
    import onnx

    kinds = onnx.AttributeProto
    if attribute.type == kinds.TENSOR:
        return array_of(attribute.t, path, f"the attribute {_text(attribute.name)} of {_text(node.name)[:80]!r}")
    if attribute.type == kinds.STRING:
        return attribute.s.decode("utf-8", "replace")
    if attribute.type == kinds.STRINGS:
        return [s.decode("utf-8", "replace") for s in attribute.strings]
    lists = {kinds.FLOATS: attribute.floats, kinds.INTS: attribute.ints}
    if attribute.type in lists:
        return list(lists[attribute.type])
    return {kinds.FLOAT: attribute.f, kinds.INT: attribute.i}.get(attribute.type)


def _declared(value: Any) -> Declared:
    import onnx

    if value.type.WhichOneof("value") != "tensor_type":
        return Declared(_text(value.name), "sequence" if value.type.WhichOneof("value") else "?", None)
    tensor = value.type.tensor_type
    try:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        kind = {"f": "float", "i": "int", "u": "int", "b": "bool"}.get(dtype.kind, "string")
    except (KeyError, ValueError):
        kind = "?"
    if tensor.elem_type == onnx.TensorProto.BFLOAT16:
        kind = "float"
    shape = tuple(_size(d) for d in tensor.shape.dim) if tensor.HasField("shape") else None
    return Declared(_text(value.name), kind, shape)


def _size(dimension: Any) -> int | str:
    """The size; a name, which may be empty, where it is left open."""
    return int(dimension.dim_value) if dimension.WhichOneof("value") == "dim_value" else _text(dimension.dim_param)


def array_of(tensor: Any, path: Path, what: str) -> Array:
    """The array of a TensorProto; ModelImportError where its bytes are not those that its sizes ask for."""
    import onnx

    if tensor.data_type == onnx.TensorProto.STRING:
        return np.array([s.decode("utf-8", "replace") for s in tensor.string_data], object)
    shape = tuple(tensor.dims)
    try:
        width = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except (KeyError, ValueError):
        raise ModelImportError(f"{path}: {what} has an unknown element type ({tensor.data_type})") from None
    if any(n < 0 for n in shape):
        raise ModelImportError(f"{path}: {what} has the impossible shape {shape}; the file is damaged")
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        copy = onnx.TensorProto()
        copy.CopyFrom(tensor)
        copy.ClearField("external_data")
        copy.data_location = onnx.TensorProto.DEFAULT
        copy.raw_data = _beside(tensor, path, what, prod(shape) * width)
        tensor = copy
    if (
        tensor.HasField("raw_data")
        and width * prod(shape) != len(tensor.raw_data)
        and tensor.data_type not in _packed()
    ):
        raise ModelImportError(
            f"{path}: {what} has the shape {shape} and {len(tensor.raw_data):,} bytes; expected "
            f"{width * prod(shape):,}: the file is damaged"
        )
    try:
        array = onnx.numpy_helper.to_array(tensor)
    except Exception as error:  # onnx tells of damaged tensors in many ways
        raise ModelImportError(f"{path}: {what} of the shape {shape} can't be read; the file is damaged") from error
    return array.astype(np.float32) if array.dtype.kind not in "iubfO" else array  # such as bfloat16


def _packed() -> tuple[int, ...]:
    """Element types of which several share a byte."""
    import onnx

    return tuple(v for k, v in onnx.TensorProto.DataType.items() if k.endswith(("INT4", "INT2", "FLOAT4E2M1")))


def _beside(tensor: Any, path: Path, what: str, wanted: int) -> bytes:
    """The bytes of a tensor that stand in a file beside the model; nothing outside of its folder is opened."""
    told: Iterable[Any] = tensor.external_data
    facts = {_text(entry.key): _text(entry.value) for entry in told}
    folder = path.absolute().parent.resolve()
    location = facts.get("location", "")
    file = (folder / location).resolve() if location and "\0" not in location else folder
    if not location or not file.is_relative_to(folder) or file == folder:
        raise ModelImportError(
            f"{path}: {what} is said to stand in {location[:80]!r}, outside of the model's folder; such a file is not "
            "opened: put model and data in one folder and export it again"
        )
    if not file.is_file():
        raise FileError(
            f"{path}: {what} stands in {location[:80]!r} beside it, and there is no such file; copy it to {folder}"
        )
    try:
        offset, length = int(facts.get("offset", 0)), int(facts.get("length", wanted))
        size = file.stat().st_size
        if offset < 0 or length != wanted or offset + length > min(size, LARGEST_BESIDE):
            raise ModelImportError(
                f"{path}: {what} asks for {wanted:,} bytes at {offset:,} of {location[:80]!r}, which has {size:,}; "
                "the two files are not of one export"
            )
        with file.open("rb") as handle:
            handle.seek(offset)
            return handle.read(length)
    except ValueError:
        raise ModelImportError(f"{path}: {what} does not say rightly where in {location[:80]!r} it stands") from None
    except OSError as error:
        raise FileError(f"can't read {file}: {reason(error)}") from error
