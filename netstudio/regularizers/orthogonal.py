"""OrthogonalRegularizer: rows or columns that have nothing in common."""

from netstudio.errors import ParamError
from netstudio.graph.params import Choice, Float
from netstudio.ops import Ops, Value
from netstudio.regularizers.base import Regularizer


class OrthogonalRegularizer(Regularizer):
    """Pulls the rows (or columns) of a matrix towards right angles.

    factor · mean |cos| of the angles between each two different rows; nothing where there is one row alone. For weights
    of two axes; ParamError for others. As keras.regularizers.OrthogonalRegularizer.
    """

    aliases = ("orthogonal_regularizer",)

    factor = Float(0.01, minimum=0.0, doc="How strong the penalty is.")
    mode = Choice(("rows", "columns"), "rows", doc="What is to be at right angles.")

    def penalty(self, ops: Ops, weight: Value) -> Value:
        if weight.ndim != 2:
            raise ParamError(
                f"OrthogonalRegularizer can't act on a weight of the shape {weight.shape}; expected two axes: choose "
                "another regularizer, such as l2"
            )
        axis, count = (1, weight.shape[0]) if self.mode == "rows" else (0, weight.shape[1])
        if count == 1:
            return ops.constant(0.0)
        unit = weight * ops.rsqrt(ops.maximum(ops.sum(ops.square(weight), axis, keepdims=True), 1e-14))
        cosines = ops.matmul(unit, unit, transpose_a=axis == 0, transpose_b=axis == 1)
        others = ops.constant([[float(i != j) for j in range(count)] for i in range(count)])
        return ops.sum(ops.abs(cosines * others)) * (self.factor / (count * (count - 1)))
