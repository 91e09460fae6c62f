"""The base of every loss."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from netstudio.errors import ShapeError
from netstudio.graph.node_type import NodeType, Port
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value


class Loss(NodeType, abstract=True):
    """A node type that says how far a prediction is from its target; its output is the mean over the batch.

    `per_sample(ops, pred, target)` gives the loss of each sample (and of each place, where a sample has several):
    the engine takes the mean of it, times `weight`. `accuracy` names the metric that "accuracy" stands for here.
    """

    category = "loss"
    icon = "loss"
    inputs = (Port("pred", "The prediction."), Port("target", "What it should be."))
    accuracy: ClassVar[str | None] = None

    weight = Float(1.0, minimum=0.0, doc="How much this loss counts in the total.")

    def infer(self, pred: TensorSpec, target: TensorSpec) -> TensorSpec:
        self.check_shapes(pred, target)
        return TensorSpec(())

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        """ShapeError unless the two can be compared; losses that compare like with like take equal shapes."""
        if pred.shape != target.shape:
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and the target {target.shape}; expected equal shapes",
                "target",
            )

    @abstractmethod
    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value: ...
