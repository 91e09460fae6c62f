"""The file: inputs and outputs, nodes, initializers, metadata."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import helper

from netstudio.errors import ExportError
from netstudio.exports.onnx import operations
from netstudio.exports.onnx.metadata import KEY, metadata
from netstudio.exports.onnx.nodes import IR_VERSION, ML, ML_OPSET, OPSET
from netstudio.exports.onnx.values import FLOAT, INT, Values
from netstudio.exports.program import BATCH, Dims, Program, Samples, program
from netstudio.files.atomic import write_bytes
from netstudio.files.models import ModelFile

MOST_BYTES = (1 << 31) - (1 << 20)  # of one file: what protobuf takes, less what is not weights


def write(model: ModelFile, path: Path) -> None:
    """Write the ONNX model. ExportError where ONNX can't express it; FileError where the file can't be written."""
    write_bytes(path, model_proto(model).SerializeToString())


def model_proto(model: ModelFile) -> onnx.ModelProto:
    """The model for ONNX runtimes: inputs by the ids of the Inputs, outputs by those of the predicted nodes."""
    made = program(model)
    values = Values(made)
    values.taken |= {*made.inputs, *made.outputs}
    inputs = _inputs(values, made)
    for step in made.steps:
        if step.op != "load":
            operations.write(values, step)
    finished = values.finish({name: values.get(number) for name, number in made.outputs.items()})
    outputs = [_info(name, FLOAT, made[number].shape) for name, number in made.outputs.items()]
    graph = helper.make_graph(finished.nodes, "netstudio", inputs, outputs, finished.initializers)
    told = metadata(model, finished.held)
    _require_room(sum(len(t.raw_data) for t in finished.initializers) + len(told))
    proto = helper.make_model(
        graph, producer_name="netstudio", producer_version=str(model.info.get("netstudio", "")), ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET), *(helper.make_opsetid(ML, ML_OPSET) for _ in finished.domains)],
    )  # fmt: skip
    helper.set_model_props(proto, {KEY: told})
    return proto


def _inputs(values: Values, made: Program) -> list[onnx.ValueInfoProto]:
    loads = {s.attrs["id"]: s for s in made.steps if s.op == "load"}
    infos = []
    for id, spec in made.inputs.items():
        kind = INT if spec.dtype == "int" else FLOAT
        if id in loads:
            values.put(loads[id], id, kind=kind)
        values.counted_by(id)
        infos.append(_info(id, kind, (BATCH, *spec.shape)))
    return infos


def _info(name: str, kind: int, shape: Dims) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, [_axis(n) for n in shape])


def _axis(n: int | Samples) -> int | str:
    if not isinstance(n, Samples):
        return n
    return "batch" if n == BATCH else f"{n.each} * batch + {n.more}"


def _require_room(size: int) -> None:
    if size > MOST_BYTES:
        raise ExportError(
            f"the model takes {size / 2**30:.1f} GB, and one ONNX file holds 2 GB at most; export to npz instead"
        )
