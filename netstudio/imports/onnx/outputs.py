"""The outputs of the file as what the graph predicts, with a target and a loss, so that it can be trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netstudio.errors import ModelImportError
from netstudio.graph import Endpoint
from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.importing import Importing
from netstudio.imports.onnx.names import unused, valid
from netstudio.imports.onnx.tensors import Tensor

SCORES = ("Dense", "GlobalAveragePooling2D", "Flatten", "Add")  # a last layer that may give scores of classes


@dataclass(frozen=True)
class Guess:
    """A loss that suits an output, its parameters, the answers' shape and type; `classes` says whether it chooses."""

    loss: str
    shape: tuple[int, ...]
    params: Mapping[str, Any]
    dtype: str = "float"
    classes: bool = True


def make_outputs(to: Importing, outputs: Mapping[str, str]) -> dict[str, str]:
    """Add a loss for each output; `outputs` gives the tensor that each shows. The ids of the targets by output.

    ModelImportError where an output can't be told.
    """
    shown: dict[str, Endpoint] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for name, tensor in outputs.items():
        at, shapes[name] = _laid_out(to, name, to.values.get(tensor))
        if any(at.node == other.node for other in shown.values()) or to.builder.nodes[at.node].type == "Input":
            at, _ = to.builder.place("Identity", unused(valid(name), to.builder.nodes), {}, [("in", at)])
        shown[name] = at
    several = len(outputs) > 1
    targets = {name: _trained(to, name, at, shapes[name], several) for name, at in shown.items()}
    if several:  # predictions of several are told by the ids of their nodes
        to.builder.rename({at.node: valid(name) for name, at in shown.items()})
    return {name: target for name, target in targets.items() if target}


def _laid_out(to: Importing, name: str, value: Any) -> tuple[Endpoint, tuple[int, ...]]:
    where = f"{to.source.path}: the output {name[:80]!r}"
    if not isinstance(value, Tensor):
        raise ModelImportError(f"{where} does not depend on any input; export a model that computes it")
    if value.batch_axis is None:
        raise ModelImportError(f"{where} has no axis that holds the samples alone; export the model without that step")
    x = value.told_apart()
    batch = value.batch_axis
    order = [batch, *(n for n in range(x.rank) if n != batch)]
    last = [0, *range(2, x.rank), 1]
    turned = x.rank > 3 or any("channels of" in note for note in to.notes)
    if batch == 0 and x.rank > 2 and turned and _lies(value, last):
        order = last
        to.notes.append(f"The channels of the output {name} come last here, as in all images.")
    try:
        made = to.builder.by_axes(x, order)
    except UnsupportedError as error:
        raise ModelImportError(f"{where} can't be imported: {error}") from error
    return made.at, to.builder.specs[made.at].shape


def _lies(x: Tensor, order: Sequence[int]) -> bool:
    """Whether the axes stand in that order here, those of one cell left aside."""
    places = [min(x.axes[n]) for n in order if x.tight(x.axes[n])]
    return places == sorted(places)


def _trained(to: Importing, name: str, at: Endpoint, shape: tuple[int, ...], several: bool) -> str | None:
    """Add a target and the loss that suits the output best, or an Output where none does; the target's id."""
    logits = "logit" in name.lower() or (to.source.producer == "pytorch" and len(shape) == 1 and shape[0] > 1)
    guess = _guess(to.builder.nodes[at.node].type, name, shape, logits)
    suffix = f"_{valid(name)}" if several else ""
    target = unused(f"y{suffix}", to.builder.nodes)
    params: dict[str, Any] = {"shape": list(guess.shape)} | ({"dtype": "int"} if guess.dtype == "int" else {})
    answers, _ = to.builder.place("Target", target, params)
    wires = [("pred", at), ("target", answers)]
    try:
        to.builder.place(guess.loss, unused(f"loss{suffix}", to.builder.nodes), guess.params, wires)
    except UnsupportedError:
        to.builder.drop(target)
        to.builder.place("Output", unused(f"output{suffix}", to.builder.nodes), {}, [("in", at)])
        to.notes.append(f"No loss was found for {name}; wire one in to train on.")
        return None
    if guess.classes:
        to.metrics = ("accuracy",)
    to.notes.append(
        f"The loss of {name} is a guess: {guess.loss}{_words(guess.params)}. Change it where you train for another."
    )
    return target


def _words(params: Mapping[str, Any]) -> str:
    return " of logits" if params.get("from_logits") else ""


def _guess(type: str, name: str, shape: tuple[int, ...], logits: bool) -> Guess:
    """By the last layer and the name that the file gives. PyTorch's models give scores, as its losses take those."""
    several = bool(shape) and shape[-1] > 1
    answers = () if shape == (1,) else shape
    logits = logits and type in SCORES
    if type == "Sigmoid" or (logits and not several):
        return Guess("BinaryCrossentropy", answers, {"from_logits": True} if type != "Sigmoid" else {})
    if several and (type in ("Softmax", "LogSoftmax") or logits or "prob" in name.lower()):
        params = {} if type != "LogSoftmax" and not logits else {"from_logits": True}
        return Guess("SparseCategoricalCrossentropy", shape[:-1], params if type != "Softmax" else {}, "int")
    return Guess("MeanSquaredError", answers, {}, classes=False)
