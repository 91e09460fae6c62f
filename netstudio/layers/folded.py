"""The base of layers that are made of a graph of layers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from netstudio.errors import ShapeError
from netstudio.graph.document import Endpoint, Graph, Node, settled
from netstudio.graph.effective import effective
from netstudio.graph.facts import Analysis, NodeFacts
from netstudio.graph.infer import analyse
from netstudio.graph.node_type import Catalogue, NodeType, WeightSpec
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value

PORTS = ("Input", "Output")


class Folded(Layer, abstract=True):
    """A layer whose shape rule, weights and operations are those of the graph inside it.

    The Input and Output nodes of that graph are its ports, by their ids. Weights stand under "node inside/weight".
    """

    uses_mask = True  # what loses one is told inside

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        self.__dict__.update(_seen={}, _catalogue=None, _before=None)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Folded) and other.params == self.params

    __hash__ = None  # type: ignore[assignment]

    def follow(self, before: NodeType) -> None:
        assert isinstance(before, Folded)
        self.__dict__["_before"] = next(reversed(before.__dict__["_seen"].values()), before.__dict__["_before"])

    def within(self, catalogue: Catalogue) -> Self:
        self.__dict__["_catalogue"] = catalogue
        return self

    @abstractmethod
    def given(self, inputs: Mapping[str, TensorSpec | None]) -> Graph:
        """The graph inside when these come in, by port; of the others the Input nodes say what they expect."""

    def infer(self, *inputs: TensorSpec) -> tuple[TensorSpec, ...]:
        analysis = self.inside(inputs)
        errors = [p for p in analysis.problems if p.severity == "error"]
        if errors:
            raise ShapeError(f"inside it, {errors[0].message}", inside=errors)
        found = (analysis.spec(self.source_of(analysis, port.name)) for port in self.outputs)
        return tuple(spec for spec in found if spec is not None)

    def weights(self, *inputs: TensorSpec) -> dict[str, WeightSpec]:
        return {
            f"{id}/{name}": _as_of_block(spec, facts.node)
            for id, facts in self.inside(inputs).nodes.items()
            for name, spec in facts.weights.items()
        }

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return tuple(spec.masked for spec in self.infer(*inputs))

    def lower(self, ops: Ops, *inputs: Value) -> tuple[Value, ...]:
        analysis = self.inside(ops.specs)
        ends = [Endpoint(port.name, "out") for port in self.inputs]
        values: dict[Endpoint, Value] = dict(zip(ends, inputs))
        masks: dict[Endpoint, Value | None] = dict(zip(ends, ops.masks))
        for id in analysis.order:
            facts = analysis.nodes[id]
            if isinstance(facts.type, Layer) and facts.outputs is not None and facts.node.type not in PORTS:
                made, made_masks = _lowered(ops, facts, values, masks)
                outputs = [Endpoint(id, port.name) for port in facts.type.outputs]
                values.update(zip(outputs, made, strict=True))
                masks.update(zip(outputs, made_masks, strict=True))
        for number, port in enumerate(self.outputs):
            mask = masks.get(self.source_of(analysis, port.name))
            if mask is not None:
                ops.set_mask(mask, number)
        return tuple(values[self.source_of(analysis, port.name)] for port in self.outputs)

    def inside(self, inputs: tuple[TensorSpec, ...]) -> Analysis:
        """What is known of the graph inside when these come in; kept, since it is asked for again and again."""
        seen: dict[tuple[TensorSpec, ...], Analysis] = self.__dict__["_seen"]
        if inputs not in seen:
            last = next(reversed(seen.values()), self.__dict__["_before"])
            self.__dict__["_before"] = None
            masked = {p.name for p, s in zip(self.inputs, inputs) if s is not None and s.masked}
            given = self.given(dict(zip((p.name for p in self.inputs), inputs)))
            catalogue = self.__dict__["_catalogue"] or _layers()
            graph = effective(given, catalogue)
            seen[inputs] = analyse(settled(graph, last.graph) if last else graph, catalogue, last, masked)
        return seen[inputs]

    @staticmethod
    def source_of(analysis: Analysis, output: str) -> Endpoint:
        """What feeds the Output node of that id in the graph inside."""
        wires = analysis.graph.wires_into(output, "in")
        return wires[0].source if wires else Endpoint(output, "")


def _layers() -> Catalogue:
    """What a graph of layers is made of, where nobody says."""
    import netstudio.layers as layers

    return layers.LAYERS


def _as_of_block(spec: WeightSpec, node: Node) -> WeightSpec:
    """A weight of a node inside, with what that node says of all its weights."""
    factor = spec.learning_rate_factor * node.learning_rate_factor
    return replace(spec, trainable=spec.trainable and not node.frozen, learning_rate_factor=factor)


def _lowered(
    ops: Ops, facts: NodeFacts, values: Mapping[Endpoint, Value], masks: Mapping[Endpoint, Value | None]
) -> tuple[tuple[Value, ...], tuple[Value | None, ...]]:
    """The outputs of a node inside, and their masks."""
    assert isinstance(facts.type, Layer)
    assert facts.outputs is not None
    sources, ports = [source for _port, source in facts.wiring], facts.input_ports
    inner = ops.inside(facts, facts.type.in_place(ports, [masks.get(source) for source in sources]))
    result: Any = facts.type.lower(inner, *facts.type.in_place(ports, [values[source] for source in sources]))
    made = result if isinstance(result, tuple) else (result,)
    return made, inner.output_masks(made, [spec.masked for spec in facts.outputs])
