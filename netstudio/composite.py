"""Composite: a graph that is one node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from netstudio.errors import ParamError, ShapeError
from netstudio.graph.document import Endpoint, Graph, Node
from netstudio.graph.exposed import Exposed, declared_in
from netstudio.graph.infer import Analysis, analyse
from netstudio.graph.nested import COMPOSITE, OUTSIDE, SubGraph, ports_of
from netstudio.graph.node_type import Catalogue, Port, WeightSpec
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Composite(Layer):
    """Several nodes as one: a block that is used, copied and saved like a layer.

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
        self.__dict__.update(inputs=inputs, outputs=outputs, _seen={}, _catalogue=None)

    @classmethod
    def ports(cls, params: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """What is wired to the block, as its graph has it; none where that can't be read."""
        try:
            return ports_of(cls.graph.check(params.get("graph", {})))
        except ParamError:
            return (), ()

    def within(self, catalogue: Catalogue) -> Composite:
        self.__dict__["_catalogue"] = catalogue
        if self.exposed:
            declared_in(Node("block", COMPOSITE, self.params), catalogue)
        return self

    def caption(self) -> str:
        count = sum(n.type not in ("Input", "Output") for n in self.graph.nodes.values())
        return f"{count} nodes" if count != 1 else "1 node"

    def infer(self, *inputs: TensorSpec) -> tuple[TensorSpec, ...]:
        analysis = self._inside(inputs)
        errors = [p for p in analysis.problems if p.severity == "error"]
        if errors:
            raise ShapeError(f"inside it, {errors[0].message}", inside=errors)
        found = (analysis.spec(self._source(port.name)) for port in self.outputs)
        return tuple(spec for spec in found if spec is not None)

    def weights(self, *inputs: TensorSpec) -> dict[str, WeightSpec]:
        return {
            f"{id}/{name}": _as_of_block(spec, facts.node)
            for id, facts in self._inside(inputs).nodes.items()
            for name, spec in facts.weights.items()
        }

    def lower(self, ops: Ops, *inputs: Value) -> tuple[Value, ...]:
        analysis = self._inside(ops.specs)
        values = {Endpoint(port.name, "out"): value for port, value in zip(self.inputs, inputs, strict=True)}
        for id in analysis.order:
            facts = analysis.nodes[id]
            if (
                isinstance(facts.type, Layer)
                and facts.outputs is not None
                and facts.node.type not in ("Input", "Output")
            ):
                sources = [values[source] for _port, source in facts.wiring]
                result: Any = facts.type.lower(ops.inside(facts), *sources)
                made = result if isinstance(result, tuple) else (result,)
                values.update({Endpoint(id, p.name): v for p, v in zip(facts.type.outputs, made, strict=True)})
        return tuple(values[self._source(port.name)] for port in self.outputs)

    def _source(self, output: str) -> Endpoint:
        wires = self.graph.wires_into(output, "in")
        return wires[0].source if wires else Endpoint(output, "")

    def _inside(self, inputs: tuple[TensorSpec, ...]) -> Analysis:
        """What is known of the graph inside when these come in; kept, since it is asked for again and again."""
        seen: dict[tuple[TensorSpec, ...], Analysis] = self.__dict__["_seen"]
        if inputs not in seen:
            last = next(reversed(seen.values()), None)
            given = self.given(dict(zip((p.name for p in self.inputs), inputs)))
            seen[inputs] = analyse(given, self.__dict__["_catalogue"], last)
        return seen[inputs]

    def given(self, inputs: Mapping[str, TensorSpec | None]) -> Graph:
        """The graph inside when these come in, by port; of the others the Input nodes say what they expect."""
        shapes = {port: {"shape": list(s.shape), "dtype": s.dtype} for port, s in inputs.items() if s is not None}
        nodes = {i: replace(n, params=shapes.get(i, n.params)) for i, n in self.graph.nodes.items()}
        return replace(self.graph, nodes=nodes)


def _as_of_block(spec: WeightSpec, node: Node) -> WeightSpec:
    """A weight of a node inside, with what that node says of all its weights."""
    factor = spec.learning_rate_factor * node.learning_rate_factor
    return replace(spec, trainable=spec.trainable and not node.frozen, learning_rate_factor=factor)
