"""What losses over vectors of a batch share, which are told apart by their classes."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss
from netstudio.ops import Ops, Value


class OfVectors(Loss, abstract=True):
    """A loss of vectors (features,) and the class number of each, which compares the samples of a batch."""

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        if len(pred.shape) != 1:
            raise ShapeError(f"the prediction has the shape {pred.shape}; expected one vector, (features,)", "pred")
        if target.shape not in ((), (1,)) or target.dtype != "int":
            raise ShapeError(
                f"the target has the shape {target.shape} and holds {target.dtype} numbers; expected the class of each "
                'sample: a Target of the shape () and the dtype "int"',
                "target",
            )


def of_one_class(ops: Ops, target: Value, itself: bool) -> Value:
    """1 for each pair of one class, (batch, batch); the pair of a sample with `itself` is one too, or none."""
    batch = target.shape[0]
    alike = ops.equal(ops.reshape(target, (batch, 1)), ops.reshape(target, (1, batch)))
    return alike if itself else alike * ops.constant([[float(i != j) for j in range(batch)] for i in range(batch)])
