"""Muon: steps whose rows and columns are at right angles, for the matrices within a network."""

from collections.abc import Mapping, Sequence
from math import sqrt

from netstudio.graph.params import Bool, Float, Int
from netstudio.graph.tensor import Shape
from netstudio.ops import Ops, Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Muon(Optimizer):
    """Makes the momentum of each matrix orthogonal before it steps; other weights follow Adam.

    Of a weight with two axes: m = momentum · m + g; u = m, or g + momentum · m with Nesterov's form; u becomes nearly
    orthogonal by some steps of x = a · x + (b · y + c · y²) · x with y = x · xᵀ (Newton and Schulz), from u over its
    length; w -= rate · rms_rate · sqrt(longest axis) · u. Weights of another shape, and those named as embeddings,
    follow Adam with the rate times adam_lr_ratio. As keras.optimizers.Muon; Jordan et al., 2024.
    """

    aliases = ("muon",)
    slots = {"momentum": 0.0, "velocity": 0.0}

    adam_beta_1 = Float(0.9, minimum=0.0, below=1.0, doc="Of Adam: how slowly the average of the gradient moves.")
    adam_beta_2 = Float(0.999, minimum=0.0, below=1.0, doc="Of Adam: how slowly the average of its square moves.")
    adam_weight_decay = Float(
        0.004, minimum=0.0, optional=True, doc="How much the weights that follow Adam shrink, times the rate."
    )
    epsilon = Float(1e-7, above=0.0, doc="Of Adam: keeps the step finite.")
    weight_decay = Float(
        0.004, minimum=0.0, optional=True, doc="How much weights shrink at each step, times the learning rate."
    )
    exclude_embeddings = Bool(
        True, doc='Let the weights of nodes named "embedding", or named so themselves, follow Adam.'
    )
    muon_a = Float(3.4445, doc="The factor a.")
    muon_b = Float(-4.775, doc="The factor b.")
    muon_c = Float(2.0315, doc="The factor c.")
    adam_lr_ratio = Float(1.0, above=0.0, doc="What the rate is multiplied by for the weights that follow Adam.")
    momentum = Float(0.95, minimum=0.0, maximum=1.0, doc="How much of the last momentum is kept.")
    ns_steps = Int(5, minimum=0, maximum=100, doc="How many steps make a matrix orthogonal.")
    nesterov = Bool(True, doc="Look ahead along the momentum.")
    rms_rate = Float(
        0.2, above=0.0, doc="How large steps are beside the longest axis; none leaves them as they are.", optional=True
    )

    def slot_shape(self, slot: str, weight: str, shape: Shape) -> Shape:
        """What is made orthogonal does without a velocity: one number stands in its place."""
        return (1,) if slot == "velocity" and not self._is_adams(weight, shape) else shape

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        correction = sqrt(1.0 - self.adam_beta_2**step) / (1.0 - self.adam_beta_1**step)
        return {
            "rate": rate,
            "adam": rate * self.adam_lr_ratio * correction,
            "adam_decay": rate * (self.adam_weight_decay or 0.0),
        }

    def decayed(self, ops: WeightOps, weight: Value, scalars: Mapping[str, Value]) -> Value:
        """As it is: `update` knows which weights shrink by how much."""
        return weight

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        def of_one(name: str, w: Value, g: Value, m: Value, v: Value) -> Sequence[Value]:
            if self._is_adams(name, w.shape):
                w = w - w * scalars["adam_decay"]
                m = m + (g - m) * (1.0 - self.adam_beta_1)
                v = v + (ops.square(g) - v) * (1.0 - self.adam_beta_2)
                return w - m * scalars["adam"] / (ops.sqrt(v) + self.epsilon), m, v
            if self.weight_decay is not None:
                w = w - w * scalars["decay"]
            m = m * self.momentum + g
            step = self._orthogonal(ops, g + m * self.momentum if self.nesterov else m)
            far = 1.0 if self.rms_rate is None else sqrt(max(w.shape)) * self.rms_rate
            return w - step * (scalars["rate"] * far), m, v

        new, m, v = ops.each(of_one, weight, gradient, slots["momentum"], slots["velocity"])
        return new, {"momentum": m, "velocity": v}

    def _is_adams(self, name: str, shape: Shape) -> bool:
        return len(shape) != 2 or (self.exclude_embeddings and "embedding" in name.lower())

    def _orthogonal(self, ops: Ops, x: Value) -> Value:
        """A matrix with the same directions, all of about the same strength."""
        tall = x.shape[0] > x.shape[1]
        x = ops.transpose(x, (1, 0)) if tall else x
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            product = ops.matmul(x, x, transpose_b=True)
            x = x * self.muon_a + (product * self.muon_b + (product @ product) * self.muon_c) @ x
        return ops.transpose(x, (1, 0)) if tall else x
