"""Average: the mean of its inputs."""

from netstudio.layers.merge import Merge
from netstudio.ops import Ops, Value


class Average(Merge):
    """Takes the mean of its inputs, value by value: an ensemble's vote, say.

    Inputs of one shape give that shape; an axis of one cell is repeated.
    """

    icon = "average"
    keywords = ("mean", "ensemble", "vote", "merge")
    keras, torch, onnx = "Average", "mean", "Mean"

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        return a + b

    def lower(self, ops: Ops, *inputs: Value) -> Value:
        return super().lower(ops, *inputs) * (1.0 / len(inputs))
