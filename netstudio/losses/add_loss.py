"""AddLoss: any tensor as a loss."""

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Objective
from netstudio.ops import Ops, Value


class AddLoss(Objective):
    """Makes what is wired in small: a penalty of one's own, computed by other nodes.

    The loss is the mean of the input, of any shape, over all its values and the batch; there is no target. As
    add_loss of Keras's layers.
    """

    keywords = ("penalty", "custom loss", "regularisation", "regularization", "minimise", "minimize")
    keras, torch, onnx = None, None, None
    without = {"keras": "a layer of one's own calls add_loss there", **Objective.without}
    inputs = (Port("in", "What is to be small."),)

    def infer(self, x: TensorSpec) -> TensorSpec:
        if x.dtype != "float":
            raise ShapeError(f"the input of the shape {x.shape} holds integers; expected what a layer gives", "in")
        return TensorSpec(())

    def of_batch(self, ops: Ops, x: Value) -> Value:
        return ops.mean(x) * self.weight
