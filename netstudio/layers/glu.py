"""GLU: one half of the features, gated by the other."""

from netstudio.errors import ShapeError
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import along_last, axis_caption, axis_param, sample_axis
from netstudio.layers.base import Layer, require_float
from netstudio.ops import Ops, Value


class GLU(Layer):
    """Lets the first half of the features pass as far as the second half opens a gate for it.

    y = a · sigmoid(b), where x is a and b side by side along `axis`. Input (..., 2 n) gives (..., n). Dauphin et al.,
    "Language Modeling with Gated Convolutional Networks", 2017. It halves the axis: so it is a layer, and no
    `activation` of another one.
    """

    category = "activation"
    icon = "activation"
    keywords = ("gated linear unit", "gate", "half", "activation")
    keras, torch, onnx = "Activation", "GLU", None
    without = {"onnx": "it is Split, Sigmoid and Mul there"}

    axis = axis_param("that is halved")

    def caption(self) -> str:
        return axis_caption(self.axis)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        place = sample_axis(x, self.axis) - 1
        if x.shape[place] % 2:
            raise ShapeError(
                f"the input has the shape {x.shape}, {x.shape[place]} along axis {self.axis}; expected an even number: "
                "the values and their gates"
            )
        return TensorSpec((*x.shape[:place], x.shape[place] // 2, *x.shape[place + 1 :]))

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return (inputs[0].masked and self.axis in (-1, len(inputs[0].shape)),)

    def lower(self, ops: Ops, x: Value) -> Value:
        def gated(x: Value) -> Value:
            half = x.shape[-1] // 2
            return ops.slice(x, -1, 0, half) * ops.sigmoid(ops.slice(x, -1, half, 2 * half))

        return along_last(ops, x, self.axis, gated)
