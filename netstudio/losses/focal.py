"""What focal losses share."""

from netstudio.graph.params import Float
from netstudio.losses.base import EPSILON
from netstudio.ops import Ops, Value


def gamma_param() -> Float:
    return Float(2.0, minimum=0.0, doc="How little counts what is told easily; 0 is the cross-entropy itself.")


def in_focus(ops: Ops, missing: Value, gamma: float) -> Value:
    """missing^gamma, where `missing` is the probability that is not given to the right answer.

    It is taken as 1e-7 at least, so that the slope of a root (gamma below 1) is finite.
    """
    if gamma == 2.0:
        return ops.square(missing)
    return ops.elementwise("pow", ops.maximum(missing, EPSILON), gamma)
