"""The inputs of the file as Input nodes: which axis holds the samples, and whether the channels come last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod

from netstudio.errors import ModelImportError, OpenSizesError
from netstudio.imports.onnx.importing import Importing
from netstudio.imports.onnx.names import unused, valid
from netstudio.imports.onnx.reading import Declared, Op
from netstudio.imports.onnx.tensors import fresh

LARGEST = 1 << 28  # numbers of one sample
GRIDS = (
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization",
    "InstanceNormalization", "GroupNormalization", "Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "LRN",
)  # fmt: skip
RECURRENT = ("LSTM", "GRU", "RNN")
PASSING = (
    "Cast", "CastLike", "Identity", "Add", "Sub", "Mul", "Div", "Neg", "Clip", "Dropout", "Pad", "Relu", "LeakyRelu",
    "Sigmoid", "Tanh", "Unsqueeze", "Squeeze",
)  # fmt: skip
FOLLOWED = 200  # operators that are looked at to find out what an input is


def make_inputs(to: Importing, inputs: Sequence[Declared], shapes: Mapping[str, Sequence[int]]) -> None:
    """Add an Input node for each. ModelImportError where one is no tensor of numbers of known size."""
    for declared in inputs:
        _make(to, declared, shapes.get(declared.name))


def _make(to: Importing, declared: Declared, given: Sequence[int] | None) -> None:
    where = f"{to.source.path}: the input {declared.name[:80]!r}"
    if declared.kind not in ("float", "int", "bool"):
        what = {"string": "text", "sequence": "a list of tensors"}.get(declared.kind, "of an unknown type")
        raise ModelImportError(
            f"{where} is {what}; expected numbers: export the part of the model that follows on them"
        )
    followers = list(_followers(to.ops, declared.name))
    shape, batch = _shape(where, declared, given, followers)
    rows = declared.shape[batch] if declared.shape and len(declared.shape) > batch else ""
    if isinstance(rows, int):
        to.rows = rows
    rank = len(shape) + 1
    rest = [n for n in range(rank) if n != batch]
    image = rank >= 3 and batch == 0 and _channels_first(shape, followers)
    order = [*rest[1:], rest[0]] if image else rest
    sizes = dict(zip(rest, shape))
    integer = any(op.type == "Gather" and not _holds(op, declared.name, 0) for op in followers)
    id = unused(valid(declared.name), to.builder.nodes)
    params = {"shape": [sizes[n] for n in order]} | ({"dtype": "int"} if integer else {})
    at, spec = to.builder.place("Input", id, params)
    axes = [0 if n == batch else 1 + order.index(n) for n in range(rank)]
    to.values[declared.name] = fresh(at, spec.shape, axes, integer=integer)
    if order != rest:
        to.notes.append(
            f"The channels of {id} come last here: a sample has the shape {tuple(spec.shape)}, in the file {shape}."
        )
    if batch:
        to.notes.append(f"The samples of {id} stand along the first axis here, in the file along axis {batch}.")


def _holds(op: Op, name: str, number: int) -> bool:
    return len(op.inputs) > number and op.inputs[number] == name


def _followers(ops: Sequence[Op], name: str) -> Iterator[Op]:
    """The operators that read the input, through those that change no axis, in their order."""
    names = {name}
    seen = 0
    for op in ops:
        if names.isdisjoint(op.inputs) or op.type in ("Shape", "Size"):
            continue
        yield op
        seen += 1
        if seen > FOLLOWED:
            return
        if op.type in PASSING:
            names.update(op.outputs)


def _shape(
    where: str, declared: Declared, given: Sequence[int] | None, followers: Sequence[Op]
) -> tuple[tuple[int, ...], int]:
    """The sizes of a sample in the file's order, and the axis of the samples."""
    steps_first = any(op.type in RECURRENT and not op.attributes.get("layout", 0) for op in followers[:1])
    batch = 1 if steps_first else 0
    hint = (
        "export it with fixed sizes, or say them, without the batch: netstudio import --shape "
        f'"{declared.name}=3,224,224", in Python shapes={{"{declared.name}": (3, 224, 224)}}'
    )
    if given is not None:
        shape: tuple[int | str, ...] = tuple(given)
        told = None if declared.shape is None else [n for k, n in enumerate(declared.shape) if k != batch]
        if told is not None and (
            len(told) != len(shape) or any(isinstance(n, int) and n != m for n, m in zip(told, shape))
        ):
            raise ModelImportError(f"{where} has the sizes {tuple(told)}; the ones that are given, {shape}, do not fit")
    elif declared.shape is None:
        raise OpenSizesError(f"{where} has no shape in the file; {hint}", declared.name, None)
    elif len(declared.shape) <= batch:
        raise ModelImportError(
            f"{where} has the shape {declared.shape}, without an axis for samples; export it with one"
        )
    else:
        shape = tuple(n for k, n in enumerate(declared.shape) if k != batch)
    sizes = [n for n in shape if isinstance(n, int)]
    if len(sizes) != len(shape):
        open_ = ", ".join(n or "?" for n in shape if isinstance(n, str))
        known = tuple(n if isinstance(n, int) else None for n in shape)
        raise OpenSizesError(f"{where} leaves sizes open ({open_}); {hint}", declared.name, known)
    if any(n < 1 for n in sizes) or prod(sizes) > LARGEST:
        raise ModelImportError(
            f"{where} has the sizes {tuple(sizes)}; expected 1 or more each, {LARGEST:,} values in all"
        )
    return tuple(sizes), batch


def _channels_first(shape: tuple[int, ...], followers: Sequence[Op]) -> bool:
    """Whether the first axis of a sample holds channels: the first layer that minds says so; else it looks so."""
    for op in followers:
        if op.type in GRIDS:
            return True
        if op.type in ("Flatten", "Reshape"):
            return len(shape) == 3 and shape[0] in (1, 3, 4) and min(shape[1:]) > 4
        if op.type not in PASSING:
            return False
    return False
