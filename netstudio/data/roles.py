"""Which nodes of a graph take data, and what they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netstudio.catalogue import CATALOGUE
from netstudio.errors import DataError
from netstudio.graph import Analysis, Graph, TensorSpec, analyse

INPUT, TARGET = "Input", "Target"


@dataclass(frozen=True)
class Role:
    """A node that takes data. `limit` is the first class number or token id that is too large for it, where known.

    `accuracy` is the kind of accuracy that suits a target's loss, None where it is a quantity.
    """

    node: str
    is_target: bool
    spec: TensorSpec
    limit: int | None = None
    accuracy: str | None = None

    @property
    def kind(self) -> str:
        return TARGET if self.is_target else INPUT


def roles(graph: Graph) -> dict[str, Role]:
    """The Inputs and Targets by node id, in the document's order; DataError where one's shape can't be told."""
    analysis = analyse(graph, CATALOGUE)
    found = {}
    for id, node in graph.nodes.items():
        if node.type in (INPUT, TARGET):
            outputs = analysis.nodes[id].outputs
            if outputs is None:
                raise DataError(f"{id}: {next((str(p) for p in analysis.problems_at(id)), 'its shape is not known')}")
            found[id] = _role(analysis, id, node.type == TARGET, outputs[0])
    return found


def predicted_targets(graph: Graph) -> dict[str, str]:
    """By the id of each node that feeds a loss's `pred`, the Target that the loss compares it with."""
    found = {}
    for id in graph.nodes:
        preds, targets = graph.wires_into(id, "pred"), graph.wires_into(id, "target")
        if preds and targets and graph.nodes[targets[0].source.node].type == TARGET:
            found[preds[0].source.node] = targets[0].source.node
    return found


def _role(analysis: Analysis, id: str, is_target: bool, spec: TensorSpec) -> Role:
    limits: list[int] = []
    accuracy: str | None = None
    for wire in analysis.graph.outgoing.get(id, ()):
        node_type: Any = analysis.nodes[wire.target.node].type
        if wire.target.port == "target":
            accuracy = accuracy or getattr(node_type, "accuracy", None)
            limits += _classes(analysis, wire.target.node)
        elif node_type is not None and "input_dim" in node_type.declared:
            limits.append(node_type.input_dim)  # an Embedding's
    return Role(id, is_target, spec, min(limits) if limits and spec.dtype == "int" else None, accuracy)


def _classes(analysis: Analysis, loss: str) -> list[int]:
    """How many classes the prediction that a loss takes tells apart."""
    wires = analysis.graph.wires_into(loss, "pred")
    pred = analysis.spec(wires[0].source) if wires else None
    return [pred.shape[-1]] if pred is not None and pred.shape else []
