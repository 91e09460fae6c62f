"""What losses with a margin share."""

from netstudio.losses.base import like
from netstudio.ops import Ops, Value


def missing_margin(ops: Ops, pred: Value, target: Value) -> Value:
    """max(1 - target · prediction, 0), in the prediction's shape."""
    return ops.relu(1.0 - signed(ops, like(ops, target, pred)) * pred)


def signed(ops: Ops, target: Value) -> Value:
    """0 and 1 as -1 and 1, where the batch holds nothing else (as Keras does); other targets as they are."""
    binary = ops.min(ops.maximum(ops.equal(target, 0.0), ops.equal(target, 1.0)))
    return ops.where(binary, target * 2.0 - 1.0, target)
