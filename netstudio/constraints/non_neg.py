"""NonNeg: no value below zero."""

from netstudio.constraints.base import Constraint
from netstudio.ops import Ops, Value


class NonNeg(Constraint):
    """Makes every value 0 or more: what is below 0 becomes 0. As keras.constraints.NonNeg."""

    aliases = ("non_neg", "nonneg")

    def apply(self, ops: Ops, weight: Value) -> Value:
        return ops.relu(weight)
