"""Maximum: the largest of its inputs."""

from netstudio.layers.merge import Merge
from netstudio.ops import Ops, Value


class Maximum(Merge):
    """Takes the largest of its inputs, value by value.

    Inputs of one shape give that shape; an axis of one cell is repeated. The gradient goes to the first of equal ones.
    """

    icon = "maximum"
    keywords = ("largest", "max", "maxout", "merge")
    keras, torch, onnx = "Maximum", "maximum", "Max"

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        return ops.maximum(a, b)
