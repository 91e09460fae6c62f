"""Regularizers that keep weights small."""

from netstudio.graph.params import Float
from netstudio.ops import Ops, Value
from netstudio.regularizers.base import Regularizer


class L1(Regularizer):
    """Pulls weights to zero, and small ones all the way: l1 · sum |w|."""

    aliases = ("l1",)

    l1 = Float(0.01, minimum=0.0, doc="How strong the penalty is.")

    def penalty(self, ops: Ops, weight: Value) -> Value:
        return ops.sum(ops.abs(weight)) * self.l1


class L2(Regularizer):
    """Pulls weights towards zero, large ones most: l2 · sum w²."""

    aliases = ("l2",)

    l2 = Float(0.01, minimum=0.0, doc="How strong the penalty is.")

    def penalty(self, ops: Ops, weight: Value) -> Value:
        return ops.sum(ops.square(weight)) * self.l2


class L1L2(Regularizer):
    """Both penalties at once: l1 · sum |w| + l2 · sum w²."""

    aliases = ("l1_l2",)

    l1 = Float(0.0, minimum=0.0, doc="How strong the penalty on |w| is.")
    l2 = Float(0.0, minimum=0.0, doc="How strong the penalty on w² is.")

    def penalty(self, ops: Ops, weight: Value) -> Value:
        return ops.sum(ops.abs(weight) * self.l1 + ops.square(weight) * self.l2)
