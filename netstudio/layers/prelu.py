"""PReLU: a rectifier that learns the slope of its negative side."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class PReLU(SameShape):
    """Lets positive values pass and scales the negative ones by a slope that it learns.

    y = x where x is positive, and alpha · x elsewhere. The shape stays; alpha has the shape of a sample, with 1 along
    the `shared_axes`. He et al., "Delving Deep into Rectifiers", 2015.
    """

    category = "activation"
    icon = "activation"
    keywords = ("parametric rectified linear", "learnt slope", "rectifier", "leaky", "activation")
    keras, torch, onnx = "PReLU", "PReLU", "PRelu"

    learnt = learnt_params({"alpha": "zeros"}, {"alpha": "slope"})
    shared_axes = Ints(
        None, None, doc="Axes along which one slope serves all, 1 being the first after the batch: [1, 2] for images."
    )

    def caption(self) -> str:
        return f"shared {', '.join(map(str, self.shared_axes))}" if self.shared_axes else ""

    def infer(self, x: TensorSpec) -> TensorSpec:
        rank = len(x.shape)
        if any(axis > rank for axis in self.shared_axes or ()):
            raise ShapeError(
                f"shared_axes is {list(self.shared_axes)}, but the input {x.shape} has the axes 1 to {rank}",
                hints=(SetParam("shared_axes", None),),
            )
        return super().infer(x)

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        shared = self.shared_axes or ()
        shape = tuple(1 if axis in shared else n for axis, n in enumerate(x.shape, 1))
        return {"alpha": learnt_weight(self, "alpha", shape)}

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.relu(x) + ops.weight("alpha") * ops.minimum(x, 0.0)
