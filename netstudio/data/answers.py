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
    return [_answer(graph, node, np.asarray(values), fitted, classes) for node, values in outputs.items()]


def _answer(
    graph: Graph, node: str, values: Array, fitted: Preprocessing, classes: Mapping[str, tuple[str, ...]]
) -> Answer:
    loss, target = judge(graph, node)
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


def judge(graph: Graph, node: str) -> tuple[Any, str | None]:
    """The loss that judges what a node predicts, and its Target."""
    facts = analyse(graph, CATALOGUE).nodes
    known = roles(graph)
    for wire in graph.outgoing.get(node, ()):
        if wire.target.port == "pred":
            targets = graph.wires_into(wire.target.node, "target")
            target = targets[0].source.node if targets else None
            return facts[wire.target.node].type, target if target in known else None
    return None, None


def _names(names: tuple[str, ...] | None, count: int) -> tuple[str, ...]:
    """The classes' names; a class that the data never had is called by its number."""
    names = names or ()
    return (*names[:count], *(str(i) for i in range(len(names), count)))


def _softmax(values: Array) -> Array:
    powers = np.exp((values - values.max(axis=1, keepdims=True)).astype(np.float64))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
