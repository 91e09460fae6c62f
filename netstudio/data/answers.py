"""What a model predicts, as people ask for it: classes with probabilities, and quantities in the data's units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netstudio.catalogue import CATALOGUE
from netstudio.data.dataset import Array
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.roles import roles
from netstudio.graph import Graph, analyse
from netstudio.graph.effective import effective

UNJUDGED = None, None


@dataclass(frozen=True)
class Answer:
    """One predicted node's answer: (rows, ...) `values`, which are probabilities where there are `classes`.

    `chosen` is the number of the likeliest class, (rows,), and `classes` are the names of the classes.
    """

    node: str
    values: Array
    classes: tuple[str, ...] = ()
    chosen: Array | None = None

    def columns(self) -> dict[str, list[Any]]:
        """As columns of a table, by heading."""
        if self.chosen is None:
            flat = self.values.reshape(len(self.values), -1)
            names = [self.node] if flat.shape[1] == 1 else [f"{self.node}[{i}]" for i in range(flat.shape[1])]
            return {name: flat[:, i].tolist() for i, name in enumerate(names)}
        best = self.values[np.arange(len(self.values)), self.chosen]
        table: dict[str, list[Any]] = {"class": [self.classes[i] for i in self.chosen], "probability": best.tolist()}
        return table | {f"p({name})": self.values[:, i].tolist() for i, name in enumerate(self.classes)}


def answers(
    graph: Graph, outputs: Mapping[str, Array], fitted: Preprocessing, classes: Mapping[str, tuple[str, ...]]
) -> list[Answer]:
    """Of (rows, ...) outputs by node id: a classifier's logits become probabilities, scaled targets are scaled back."""
    by_node = judges(graph)
    return [
        _answer(node, np.asarray(values), *by_node.get(node, UNJUDGED), fitted, classes)
        for node, values in outputs.items()
    ]


def _answer(
    node: str,
    values: Array,
    loss: Any,
    target: str | None,
    fitted: Preprocessing,
    classes: Mapping[str, tuple[str, ...]],
) -> Answer:
    if loss is None or target is None:
        return Answer(node, values)
    kind = loss.accuracy or ""
    if "Categorical" in kind and values.ndim == 2:
        probabilities = _softmax(values) if loss.from_logits else values
        names = _names(classes.get(target), values.shape[1])
        return Answer(node, probabilities, names, probabilities.argmax(axis=1))
    if "Binary" in kind and values[:1].size == 1:
        yes = values.reshape(-1, 1)
        yes = np.exp(-np.logaddexp(0.0, -yes.astype(np.float64))) if loss.from_logits else yes
        both = np.concatenate([1 - yes, yes], axis=1).astype(np.float32)
        return Answer(node, both, _names(classes.get(target), 2), (both[:, 1] > 0.5).astype(np.int64))
    return Answer(node, fitted.invert(target, values))


def judges(graph: Graph) -> dict[str, tuple[Any, str | None]]:
    """By the id of each node whose prediction a loss judges: that loss, the first of several, and its Target."""
    graph = effective(graph, CATALOGUE)
    facts, known = analyse(graph, CATALOGUE).nodes, roles(graph)
    found: dict[str, tuple[Any, str | None]] = {}
    for wire in graph.wires:
        if wire.target.port == "pred" and wire.source.node not in found:
            targets = graph.wires_into(wire.target.node, "target")
            target = targets[0].source.node if targets else None
            found[wire.source.node] = facts[wire.target.node].type, target if target in known else None
    return found


def _names(names: tuple[str, ...] | None, count: int) -> tuple[str, ...]:
    """The classes' names; a class that the data never had is called by its number."""
    names = names or ()
    return (*names[:count], *(str(i) for i in range(len(names), count)))


def _softmax(values: Array) -> Array:
    powers = np.exp((values - values.max(axis=1, keepdims=True)).astype(np.float64))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
