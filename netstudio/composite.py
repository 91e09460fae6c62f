"""Composite: a graph that is one node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from netstudio.annotations import ANNOTATIONS
from netstudio.errors import ParamError
from netstudio.graph.document import Graph, Node
from netstudio.graph.exposed import Exposed, declared_in
from netstudio.graph.nested import COMPOSITE, OUTSIDE, SubGraph, ports_of
from netstudio.graph.node_type import Catalogue, Port
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.folded import PORTS, Folded


class Composite(Folded):
    """Several nodes as one: a block that is used, copied and saved like a layer.

    A double click shows what is inside; Esc leaves it.

    The Input and Output nodes inside are its ports; an Input inside takes whatever shape comes in. The weights inside
    stand under "block/node/weight". Blocks may hold blocks. What it exposes of the nodes inside is set as if it were
    its own.
    """

    category = "core"
    icon = "composite"
    keywords = ("block", "group", "subgraph", "module", "function", "macro", "sequential")
    without = {
        "keras": "it is a Model used as a layer there",
        "torch": "it is a Module of one's own there",
        "onnx": "its nodes stand in the graph themselves",
    }
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()

    graph = SubGraph({}, doc="The nodes and wires inside, as in a document; Input and Output nodes are the ports.")

    exposed = Exposed({}, doc="Parameters of nodes inside under names of one's own, which are set from outside.")

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        assert self.name == COMPOSITE
        inside: Graph = self.graph
        for node in inside.nodes.values():
            if node.type in OUTSIDE:
                raise ParamError(f"graph: {node.id} is a {node.type}, which can't stand in a block", "graph")
        inputs, outputs = ports_of(inside)
        self.__dict__.update(inputs=inputs, outputs=outputs)

    @classmethod
    def ports(cls, params: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """What is wired to the block, as its graph has it; none where that can't be read."""
        try:
            return ports_of(cls.graph.check(params.get("graph", {})))
        except ParamError:
            return (), ()

    def within(self, catalogue: Catalogue) -> Composite:
        if self.exposed:
            declared_in(Node("block", COMPOSITE, self.params), catalogue)
        return super().within(catalogue)

    def caption(self) -> str:
        silent = (*PORTS, *(kind.name for kind in ANNOTATIONS))
        count = sum(n.type not in silent for n in self.graph.nodes.values())
        return f"{count} nodes" if count != 1 else "1 node"

    def given(self, inputs: Mapping[str, TensorSpec | None]) -> Graph:
        """The graph inside when these come in, by port; of the others the Input nodes say what they expect."""
        shapes = {port: {"shape": list(s.shape), "dtype": s.dtype} for port, s in inputs.items() if s is not None}
        nodes = {i: replace(n, params=shapes[i]) if i in shapes else n for i, n in self.graph.nodes.items()}
        return replace(self.graph, nodes=nodes)
