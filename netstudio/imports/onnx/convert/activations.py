"""Functions of each value."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isclose

import numpy as np

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.importing import Importing, converts
from netstudio.imports.onnx.reading import Op
from netstudio.imports.onnx.tensors import Tensor

SELU = 1.6732632, 1.0507009  # alpha and gamma of the layer here, which are those of the paper
FAR = 3e38  # bounds from there on bound nothing
PLAIN = {  # without parameters; whether what comes out is never below 0
    "Relu": ("ReLU", True), "Sigmoid": ("Sigmoid", True), "Tanh": ("Tanh", False), "Softplus": ("Softplus", True),
    "Softsign": ("Softsign", False), "Exp": ("Exponential", True), "Mish": ("Mish", False),
    "HardSwish": ("HardSwish", False),
}  # fmt: skip


@converts(*PLAIN)
def plain(to: Importing, op: Op) -> Tensor:
    type, positive = PLAIN[op.type]
    return to.each(op, type, to.tensor(op), positive=positive)


def with_slope(type: str, param: str, default: float) -> Callable[[Importing, Op], Tensor]:
    """A function with one parameter, `alpha` in the file."""

    def convert(to: Importing, op: Op) -> Tensor:
        return to.each(op, type, to.tensor(op), {param: float(op.attributes.get("alpha", default))})

    return convert


converts("LeakyRelu")(with_slope("LeakyReLU", "negative_slope", 0.01))
converts("Elu")(with_slope("ELU", "alpha", 1.0))
converts("Celu")(with_slope("CELU", "alpha", 1.0))
converts("ThresholdedRelu")(with_slope("Threshold", "threshold", 1.0))


@converts("Selu")
def selu(to: Importing, op: Op) -> Tensor:
    alpha, gamma = (float(op.attributes.get(k, v)) for k, v in zip(("alpha", "gamma"), SELU))
    if isclose(alpha, SELU[0], rel_tol=1e-5) and isclose(gamma, SELU[1], rel_tol=1e-5):
        return to.each(op, "SELU", to.tensor(op))
    curved = to.each(op, "ELU", to.tensor(op), {"alpha": alpha})
    return to.each(op, "Rescaling", curved, {"scale": gamma})


@converts("Gelu")
def gelu(to: Importing, op: Op) -> Tensor:
    return to.each(op, "GELU", to.tensor(op), {"approximate": op.attributes.get("approximate", "none") == "tanh"})


@converts("Swish")
def swish(to: Importing, op: Op) -> Tensor:
    alpha, x = float(op.attributes.get("alpha", 1.0)), to.tensor(op)
    if alpha == 1.0:
        return to.each(op, "SiLU", x)
    curved = to.each(op, "SiLU", to.each(op, "Rescaling", x, {"scale": alpha}))
    return to.each(op, "Rescaling", curved, {"scale": 1.0 / alpha})


@converts("HardSigmoid")
def hard_sigmoid(to: Importing, op: Op) -> Tensor:
    slope, middle = float(op.attributes.get("alpha", 0.2)), float(op.attributes.get("beta", 0.5))
    if isclose(slope, 1 / 6, rel_tol=1e-5) and middle == 0.5:
        return to.each(op, "HardSigmoid", to.tensor(op), positive=True)
    line = to.each(op, "Rescaling", to.tensor(op), {"scale": slope, "offset": middle})
    return to.each(op, "ReLU", line, {"max_value": 1.0}, positive=True)


@converts("Shrink")
def shrink(to: Importing, op: Op) -> Tensor:
    bound, bias = float(op.attributes.get("lambd", 0.5)), float(op.attributes.get("bias", 0.0))
    if bias not in (0.0, bound):
        raise UnsupportedError(f"its bias is {bias} and lambd {bound}; expected a bias of 0 or of lambd")
    return to.each(op, "SoftShrink" if bias else "HardShrink", to.tensor(op), {"threshold": bound})


@converts("Clip")
def clip(to: Importing, op: Op) -> Tensor:
    low, high = to.number(op, "min", 1, None), to.number(op, "max", 2, None)
    return bounded(to, op, to.tensor(op), -inf if low is None else low, inf if high is None else high)


def bounded(to: Importing, op: Op, x: Tensor, low: float, high: float) -> Tensor:
    """`x` cut off at `low` and `high`, either of which may be infinite."""
    if low < -FAR and high > FAR:
        return x
    if low == 0.0 or (low < 0 and x.positive):
        top = {} if high > FAR else {"max_value": high}
        return to.each(op, "ReLU6" if high == 6.0 else "ReLU", x, {} if high == 6.0 else top, positive=True)
    if (low, high) == (-1.0, 1.0):
        return to.each(op, "HardTanh", x)
    if low < -FAR:  # from above: min(x, high) = high - relu(high - x)
        turned = to.each(op, "Rescaling", x, {"scale": -1.0, "offset": high})
        return to.each(op, "Rescaling", to.each(op, "ReLU", turned), {"scale": -1.0, "offset": high})
    moved = to.each(op, "Rescaling", x, {"scale": 1.0, "offset": -low})
    cut = to.each(op, "ReLU", moved, {} if high > FAR else {"max_value": high - low})
    return to.each(op, "Rescaling", cut, {"scale": 1.0, "offset": low}, positive=low >= 0)


@converts("Softmax", "LogSoftmax")
def softmax(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op)
    axis = int(op.attributes.get("axis", -1 if op.opset >= 13 else 1)) % x.rank
    if op.opset < 13 and any(n != 1 for n in x.shape[axis + 1 :]):
        raise UnsupportedError(
            f"its axis is {axis} of {x.rank}, which in opset {op.opset} means all axes from there on; export it in "
            "opset 13 or newer"
        )
    x, place, _ = to.builder.with_axis(x, axis)
    type = "Softmax" if op.type == "Softmax" else "LogSoftmax"
    last = place == len(x.ours) - 1
    return to.each(op, type, x, {} if last else {"axis": place}, positive=type == "Softmax")


@converts("PRelu")
def prelu(to: Importing, op: Op) -> Tensor:
    x, slope = to.tensor(op), to.constant(op, 1, "slope")
    if slope.ndim > x.rank:
        raise UnsupportedError(f"its slope has the shape {slope.shape}; expected one that fits its input {x.shape[1:]}")
    if slope.size == 1:
        return to.each(op, "LeakyReLU", x, {"negative_slope": float(slope.reshape(()))})
    shape = (1,) * (x.rank - slope.ndim) + slope.shape
    varying = [n for n, size in enumerate(shape) if size != 1]
    if len(varying) != 1:
        raise UnsupportedError(f"its slope has the shape {slope.shape}; expected one number for each channel")
    x, place, cells = to.builder.with_axis(x, varying[0])
    rank = len(x.ours) - 1
    alpha = np.ones([len(cells) if n == place else 1 for n in range(1, rank + 1)]) * 0.0
    alpha += slope.ravel()[cells].reshape(alpha.shape)
    shared = [n for n in range(1, rank + 1) if n != place]
    named = to.names_of(op, 1)
    at, _ = to.layer(op, "PReLU", x, {"shared_axes": shared} if shared else {}, {"alpha": alpha}, named)
    return Tensor(at, x.sizes, x.ours, x.axes)
