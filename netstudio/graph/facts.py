"""What is known of a graph and of each of its nodes, once it was analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netstudio.graph.document import Endpoint, Graph, Node
from netstudio.graph.node_type import NodeType, WeightSpec
from netstudio.graph.problems import Problem
from netstudio.graph.tensor import TensorSpec

Specs = tuple[TensorSpec, ...]


@dataclass(frozen=True)
class NodeFacts:
    """What is known of one node; `outputs` is None where its shapes can't be told.

    `wiring` says what feeds which input port, in the order of the type's ports and then of the wires; `inputs` are the
    tensors that come in, in the same order. A node that shares another one's weights `borrows` its id; its `type` and
    its ports are then those of the `owner`, and it has no weights of its own.
    """

    node: Node
    type: NodeType | None
    inputs: tuple[TensorSpec | None, ...]
    wiring: tuple[tuple[str, Endpoint], ...]
    outputs: Specs | None
    weights: Mapping[str, WeightSpec] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    borrows: str | None = None
    owner: Node | None = None

    @property
    def is_annotation(self) -> bool:
        """Whether the node only says something to people."""
        return self.type is not None and self.type.category == "annotation"

    @property
    def known_inputs(self) -> tuple[TensorSpec, ...]:
        """The tensors that come in, as the type's `infer` takes them; () where one is not known."""
        known = [spec for spec in self.inputs if spec is not None]
        if self.type is None or len(known) < len(self.inputs):
            return ()
        return self.type.in_place(self.input_ports, known)

    @property
    def weights_at(self) -> str:
        """The id of the node under which its weights stand."""
        return self.node.id if self.owner is None else self.owner.id

    @property
    def input_ports(self) -> tuple[str, ...]:
        return tuple(port for port, _ in self.wiring)

    @property
    def parameters(self) -> int:
        """How many numbers the node's weights hold, those it only keeps (moving averages) included."""
        return sum(w.size for w in self.weights.values())


@dataclass(frozen=True)
class Analysis:
    """What is known of a whole graph. `order` is topological; what stands on a cycle comes last, in document order."""

    graph: Graph
    order: tuple[str, ...]
    nodes: Mapping[str, NodeFacts]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)

    @property
    def parameters(self) -> int:
        return sum(f.parameters for f in self.nodes.values())

    def spec(self, endpoint: Endpoint) -> TensorSpec | None:
        """The tensor at an output port, where it is known."""
        facts = self.nodes.get(endpoint.node)
        if facts is None or facts.type is None or facts.outputs is None:
            return None
        names = [p.name for p in facts.type.outputs]
        return facts.outputs[names.index(endpoint.port)] if endpoint.port in names else None

    def problems_at(self, node: str) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.node == node)
