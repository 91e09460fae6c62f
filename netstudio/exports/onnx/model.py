"""The file: inputs and outputs, nodes, initializers, metadata."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
from onnx import helper

from netstudio.data.answers import judges
from netstudio.errors import ExportError, ExportWarning
from netstudio.exports.onnx import operations, preparation
from netstudio.exports.onnx.metadata import KEY, metadata
from netstudio.exports.onnx.nodes import IR_VERSION, ML, ML_OPSET, OPSET
from netstudio.exports.onnx.tensors import Ref
from netstudio.exports.onnx.values import FLOAT, Values
from netstudio.exports.preparation import preparations, scalings_back
from netstudio.exports.program import Program, program
from netstudio.files.atomic import write_bytes
from netstudio.files.models import ModelFile

MOST_BYTES = (1 << 31) - (1 << 20)  # of one file: what protobuf takes, less what is not weights


def write(model: ModelFile, path: Path) -> None:
    """Write the ONNX model. ExportError where ONNX can't express it; FileError where the file can't be written.

    ExportWarning where an input takes what the data were prepared to, since ONNX can't say how.
    """
    write_bytes(path, model_proto(model).SerializeToString())


def model_proto(model: ModelFile) -> onnx.ModelProto:
    """The model for ONNX runtimes.

    Its inputs are the columns of the table that it was trained on, by their names, where the data block says what
    becomes of them, and else the tensors that the Inputs take, by their ids. Its outputs are by the ids of the
    predicted nodes; quantities are in the data's units.
    """
    made = program(model)
    _require_room(sum(4 * array.size for array in made.weights.values()))
    values, names = Values(made), _output_names(made)
    values.taken |= set(names.values())
    inputs = _enter(values, made, model, [*made.inputs, *names.values()])
    for step in made.steps:
        if step.op != "load":
            operations.write(values, step)
    finished = values.finish({names[id]: ref for id, ref in _leave(values, made, model).items()})
    meanings = _meanings(model)
    outputs = [
        preparation.info(names[id], FLOAT, made[number].shape, meanings.get(id, ""))
        for id, number in made.outputs.items()
    ]
    graph = helper.make_graph(finished.nodes, "netstudio", inputs, outputs, finished.initializers)
    told = metadata(model, finished.held)
    _require_room(finished.size + len(told))
    return _proto(model, graph, finished.domains, told)


def _output_names(made: Program) -> dict[str, str]:
    """The ids of what is predicted; an Input that is predicted can't have its id twice."""
    return {id: f"{id}.out" if id in made.inputs else id for id in made.outputs}


def _enter(values: Values, made: Program, model: ModelFile, taken: list[str]) -> list[onnx.ValueInfoProto]:
    loads = {s.attrs["id"]: s for s in made.steps if s.op == "load"}
    entrance, found = preparation.Entrance(values, taken), preparations(model, made.inputs)
    for id, spec in made.inputs.items():
        entrance.open(id, spec, loads.get(id), found[id])
        if found[id].unsaid:
            told = f"the input {id!r} {found[id].unsaid}; the metadata tell what makes the one of the other"
            warnings.warn(told, ExportWarning, stacklevel=2)
    return entrance.infos


def _leave(values: Values, made: Program, model: ModelFile) -> dict[str, Ref]:
    scalings, found = scalings_back(model, made.outputs), {}
    for id, number in made.outputs.items():
        with values.at(id):
            ref = values.get(number)
            found[id] = preparation.scaled_back(values, ref, scalings[id]) if id in scalings else ref
    return found


def _proto(model: ModelFile, graph: onnx.GraphProto, domains: set[str], told: str) -> onnx.ModelProto:
    proto = helper.make_model(
        graph, producer_name="netstudio", producer_version=str(model.info.get("netstudio", "")), ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET), *(helper.make_opsetid(ML, ML_OPSET) for _ in domains)],
        doc_string=_described(model),
    )  # fmt: skip
    helper.set_model_props(proto, {KEY: told})
    return proto


def _described(model: ModelFile) -> str:
    classes = [f"Classes of {id}: {', '.join(names)}" for id, names in model.classes.items()]
    return "\n".join(["Made by NetStudio.", *classes])


def _meanings(model: ModelFile) -> dict[str, str]:
    """By predicted node, the classes that it tells apart."""
    return {id: ", ".join(model.classes.get(target or "", ())) for id, (_, target) in judges(model.graph).items()}


def _require_room(size: int) -> None:
    if size > MOST_BYTES:
        raise ExportError(
            f"the model takes {size / 2**30:.1f} GB, and one ONNX file holds 2 GB at most; export to npz instead"
        )
