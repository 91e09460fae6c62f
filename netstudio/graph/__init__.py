"""The document: nodes, wires and settings as plain values, what can be done to them, and what is known of them."""

from netstudio.graph.document import Endpoint, Graph, Node, Wire
from netstudio.graph.facts import Analysis
from netstudio.graph.infer import analyse
from netstudio.graph.node_type import Catalogue, NodeType, Port, WeightSpec
from netstudio.graph.problems import Problem, Repair
from netstudio.graph.tensor import TensorSpec

__all__ = [
    "Analysis",
    "Catalogue",
    "Endpoint",
    "Graph",
    "Node",
    "NodeType",
    "Port",
    "Problem",
    "Repair",
    "TensorSpec",
    "WeightSpec",
    "Wire",
    "analyse",
]
