"""From a draft to the one edit that uses it. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from netstudio.data.fitting import fitting
from netstudio.data.splitting import VALIDATION
from netstudio.graph import Catalogue, Graph
from netstudio.graph.edits import Edit, plain
from netstudio.gui.importing.found import Found
from netstudio.gui.importing.starter import Start, start

BY_NODE = ("bind", "preprocess")  # settings that speak of a graph's nodes


@dataclass(frozen=True)
class UseData:
    """Take `block` for the document's data; an empty graph gets `first`, a network for them, and its settings."""

    block: Mapping[str, Any]
    name: str
    first: Start | None = None
    repairs: tuple[Edit, ...] = ()

    @property
    def title(self) -> str:
        return f"use the data of {self.name}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        if self.first is not None:
            name = graph.name if graph.nodes or graph.data else self.name
            for edit in self.first.edits:
                graph = edit.apply(graph, catalogue)
            graph = replace(graph, name=name, training={**graph.training, **plain(self.first.training)})
        for edit in self.repairs:
            graph = edit.apply(graph, catalogue)
        return replace(graph, data=plain(self.block))


def planned(found: Found) -> Start | None:
    """The network that suits the data; None where something is still in the way."""
    if found.goal is None or not found.feeds:
        return None
    rows = len(next(iter(found.parts.values())))
    return start(found.feeds, found.goal, rows, validated=VALIDATION in found.parts)


def use(graph: Graph, block: Mapping[str, Any], found: Found) -> UseData:
    """How `graph` comes to these data: an empty one with a first network, any other as it is, with fitting ends."""
    block, scaled = {k: v for k, v in block.items() if k not in BY_NODE}, block.get("preprocess", {})
    name = PurePath(str(block.get("source", ""))).stem.removeprefix("sklearn:")
    if not graph.nodes:
        first = planned(found)
        return UseData(_bound(block, first.bind, found) if first is not None else block, name, first)
    bind = _binding(graph, found)
    bound = _bound(block, bind, found)
    kept = {node: way for node, way in scaled.items() if node in bind and node in graph.nodes}
    if kept and "columns" not in block:
        bound["preprocess"] = {**bound.get("preprocess", {}), **kept}
    repairs = fitting(replace(graph, data=plain(bound)), found.description)
    return UseData(bound, name, None, tuple(repair.edit for repair in repairs))


def _binding(graph: Graph, found: Found) -> dict[str, Any]:
    """What each Input and Target takes: the only ones what there is, others what they took as far as it is there."""
    inputs, targets = ([n.id for n in graph.nodes.values() if n.type == kind] for kind in ("Input", "Target"))
    if len(inputs) == len(targets) == len(found.feeds) == 1 and found.goal is not None:
        return {inputs[0]: found.feeds[0].field, targets[0]: found.goal.field}
    there = {field.name for field in found.description.fields}
    before = graph.data.get("bind", {})
    return {node: before[node] for node in (*inputs, *targets) if before.get(node) in there}


def _bound(block: Mapping[str, Any], bind: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """The block with what each node takes, and how what nobody scaled yet is scaled."""
    scaled = {node: "standardize" for node, names in bind.items() if names in found.scales}
    return dict(block) | ({"bind": dict(bind)} if bind else {}) | ({"preprocess": scaled} if scaled else {})
