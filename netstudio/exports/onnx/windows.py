"""Convolutions and poolings, which ONNX takes with channels first.

The engine's have two axes. Where it made one of a sequence by giving it a height of 1, ONNX's has one axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from netstudio.exports.onnx.tensors import Ref
from netstudio.exports.onnx.values import Values, in_order
from netstudio.exports.program import Dims, Step

KERNEL = 3, 2, 0, 1  # from (height, width, in, out) to (out, in, height, width); of a transposed one, (in, out, ...)


class Windows(NamedTuple):
    """What the windows move over, by the number of a step, and from which axis on they do: 0, or 1 of a sequence."""

    over: int
    skipped: int

    def along(self, values: Sequence[int]) -> list[int]:
        """The values of the axes."""
        return list(values[self.skipped :])

    def shape(self, dims: Dims) -> Dims:
        """The shape of what they give, of that which the engine's have."""
        return (dims[0], *dims[1 + self.skipped :])


def _windows(v: Values, s: Step, height: int) -> Windows:
    step = v.program[s.inputs[0]]
    flat = step.shape[1] == height == 1 and s.shape[1] == 1 and s.attrs["padding"][:2] == (0, 0)
    if flat and step.op == "reshape" and v.program[step.inputs[0]].shape == (step.shape[0], *step.shape[2:]):
        return Windows(step.inputs[0], 1)
    return Windows(step.number, 0)


def _moved(w: Windows, s: Step) -> dict[str, Any]:
    top, bottom, left, right = s.attrs["padding"]
    pads = [*w.along((top, left)), *w.along((bottom, right))]
    return {"strides": w.along(s.attrs["strides"]), "pads": pads}


def _put(v: Values, s: Step, w: Windows, ref: Ref) -> None:
    if w.skipped:
        v.put_unfolded(s, ref, w.shape(s.shape), True)
    else:
        v.put(s, ref, True)


def conv2d(v: Values, s: Step) -> None:
    """A convolution."""
    w = _windows(v, s, _kernel_shape(v, s)[0])
    _put(v, s, w, _forward(v, s, w))


def _forward(v: Values, s: Step, w: Windows, *bias: Ref) -> Ref:
    return v.add(
        "Conv", v.get(w.over, True), _kernel(v, s, w), *bias, kernel_shape=w.along(_kernel_shape(v, s)),
        **_moved(w, s), dilations=w.along(s.attrs["dilation"]), group=s.attrs["groups"],
    )  # fmt: skip


def _kernel_shape(v: Values, s: Step) -> tuple[int, ...]:
    return v.program[s.inputs[1]].shape[:2]  # type: ignore[return-value]


def _kernel(v: Values, s: Step, w: Windows) -> Ref:
    shape = v.program[s.inputs[1]].shape
    kernel = v.reshaped(v.get(s.inputs[1]), shape, shape[w.skipped :])
    return v.transposed(kernel, KERNEL if not w.skipped else (2, 1, 0))


def biased(v: Values, s: Step, product: Step, bias: int) -> bool:
    """The sum `s` of a convolution, perhaps reshaped, and a bias as one node; whether that can be."""
    found, source = v.known(bias), v.behind_reshapes(product.number)
    if (
        source.op not in CONVOLUTIONS
        or v.uses[source.number] != 1
        or found is None
        or found.array.shape != s.shape[-1:]
    ):
        return False
    w = _windows(v, source, _kernel_shape(v, source)[0])
    shape = w.shape(source.shape)
    if (shape[0], shape[-1]) != (s.shape[0], s.shape[-1]):
        return False
    made = CONVOLUTIONS[source.op](v, source, w, found)
    v.put(s, v.reshaped(made, in_order(shape, True), in_order(s.shape, True)), True)
    return True


def conv2d_transpose(v: Values, s: Step) -> None:
    """A transposed convolution."""
    w = _windows(v, s, _kernel_shape(v, s)[0])
    _put(v, s, w, _backward(v, s, w))


def _backward(v: Values, s: Step, w: Windows, *bias: Ref) -> Ref:
    """The rows and columns that no window reaches are ONNX's output padding."""
    sizes = _kernel_shape(v, s)
    top, bottom, left, right = s.attrs["padding"]
    seen: Any = v.program[s.inputs[0]].shape[1:3]
    wanted: Any = s.shape[1:3]
    reached = [
        (n - 1) * stride + (k - 1) * apart + 1 - pad
        for n, stride, k, apart, pad in zip(
            seen, s.attrs["strides"], sizes, s.attrs["dilation"], (top + bottom, left + right), strict=True
        )
    ]
    return v.add(
        "ConvTranspose", v.get(w.over, True), _kernel(v, s, w), *bias, kernel_shape=w.along(sizes), **_moved(w, s),
        dilations=w.along(s.attrs["dilation"]),
        output_padding=w.along([size - n for size, n in zip(wanted, reached, strict=True)]),
    )  # fmt: skip


CONVOLUTIONS = {"conv2d": _forward, "conv2d_transpose": _backward}


def max_pool2d(v: Values, s: Step) -> None:
    """The largest of each window."""
    _pool(v, s, "MaxPool")


def average_pool2d(v: Values, s: Step) -> None:
    """The mean of each window, of which padding is no part: as ONNX has it where nothing is said."""
    _pool(v, s, "AveragePool")


def _pool(v: Values, s: Step, op: str) -> None:
    w = _windows(v, s, s.attrs["size"][0])
    made = v.add(op, v.get(w.over, True), kernel_shape=w.along(s.attrs["size"]), **_moved(w, s))
    _put(v, s, w, made)
