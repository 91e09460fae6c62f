"""Add: the sum of its inputs."""

from netstudio.layers.merge import Merge
from netstudio.ops import Ops, Value


class Add(Merge):
    """Adds its inputs value by value: the join of a residual connection.

    Inputs of one shape give that shape; an axis of one cell is repeated. He et al., "Deep Residual Learning", 2015.
    """

    icon = "add"
    keywords = ("sum", "plus", "+", "residual", "skip", "shortcut", "merge")
    keras, torch, onnx = "Add", "add", "Add"

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        return a + b
