"""What layers share that hold another layer: its weights and operations under a name of its own."""

from __future__ import annotations

from collections.abc import Sequence

from netstudio.graph.document import Node
from netstudio.graph.facts import NodeFacts
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


def weights_of(name: str, layer: Layer, x: TensorSpec) -> dict[str, WeightSpec]:
    """The weights of the held layer for the input x, as "name/weight"."""
    return {f"{name}/{key}": spec for key, spec in layer.weights(x).items()}


def ops_of(ops: Ops, name: str, layer: Layer, masks: Sequence[Value | None] = ()) -> Ops:
    """The operations as the held layer sees them, with the masks of its inputs."""
    return ops.inside(NodeFacts(Node(name, layer.name), layer, (), (), None), masks)
