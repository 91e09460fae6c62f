"""What a document says of its data, and random data like it. It needs NumPy alone."""

from __future__ import annotations

from typing import Any

import numpy as np

BATCHES = 8  # gone over again and again


def params(document: dict[str, Any], type: str) -> dict[str, Any]:
    """The params of the document's one node of that type."""
    (found,) = (node.get("params", {}) for node in document["nodes"] if node["type"] == type)
    return dict(found)


def draw(document: dict[str, Any]) -> tuple[Any, Any]:
    """x (batches, batch, ...) from a normal distribution; y drawn from the classes, shaped as the Target.

    The layer wired into the loss is a Dense; its units are the number of classes.
    """
    rng = np.random.default_rng(0)
    lead = (BATCHES, document["training"]["batch_size"])
    dense = next(node for node in reversed(document["nodes"]) if node["type"] == "Dense")
    classes = max(2, dense["params"]["units"])
    x = rng.standard_normal((*lead, *params(document, "Input")["shape"]), np.float32)
    return x, rng.integers(0, classes, (*lead, *params(document, "Target")["shape"]))


def inputs(document: dict[str, Any], id: str) -> list[str]:
    """The nodes that node `id` reads, in the order of the wires."""
    return [source.split(".")[0] for source, target in document["wires"] if target.split(".")[0] == id]


def layers(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes between the Input and the loss, in an order in which each stands after those it reads."""
    return [node for node in document["nodes"] if node["type"] not in ("Input", "Target") and node["id"] != "loss"]


def prediction(document: dict[str, Any]) -> str:
    """The node that is wired into the loss's `pred`, its first port."""
    return inputs(document, "loss")[0]
