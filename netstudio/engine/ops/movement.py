"""Operations that move or view data: reshape, transpose, slice and its reverse, concatenate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import movement as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Reshape(Op):
    """The same elements under another shape; costs nothing."""

    name = "reshape"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        shape: Shape = attrs["shape"]
        if prod(shape) != inputs[0].size:
            raise ValueError(f"{inputs[0].shape} can't be reshaped to {shape}")
        return shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.reshape(g, y.inputs[0].shape)]


class StopGradient(Op):
    """The same value, through which no gradient flows."""

    name = "stop_gradient"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [None]


class Leave(Op):
    """The same value as it leaves a node by `port`, or its mask: nothing is simplified across it."""

    name = "leave"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [g]


class Transpose(Op):
    """Axes in another order."""

    name = "transpose"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(inputs[0].shape[a] for a in attrs["axes"])

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        axes = y.attrs["axes"]
        return [b.transpose(g, sorted(range(len(axes)), key=lambda i: int(axes[i])))]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        (x,) = y.inputs
        strides = kernels.contiguous_strides(x.shape)
        moved = tuple(strides[a] for a in y.attrs["axes"])
        return [e.copy(y.shape, e.address(x), moved, e.address(y), kernels.contiguous_strides(y.shape))]


class Slice(Op):
    """Every `steps`-th element from `starts` on along each axis, as many as `shape` says; a step may be negative."""

    name = "slice"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        x, shape = inputs[0].shape, attrs["shape"]
        for size, start, step, count in zip(x, attrs["starts"], attrs["steps"], shape, strict=True):
            if not (0 <= start < size and 0 <= start + (count - 1) * step < size):
                raise ValueError(f"slice of {x}: {count} from {start} on in steps of {step} lie outside")
        return tuple(shape)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.make(PLACE, g, starts=y.attrs["starts"], steps=y.attrs["steps"], shape=y.inputs[0].shape)]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        (x,) = y.inputs
        return [e.copy(y.shape, *_walk(e, x, y.attrs), e.address(y), kernels.contiguous_strides(y.shape))]


def _walk(e: Emitter, box: Value, attrs: Mapping[str, Any]) -> tuple[int, tuple[int, ...]]:
    """The address and the strides of what the `starts` and `steps` pick out of `box`."""
    strides = kernels.contiguous_strides(box.shape)
    start = sum(first * stride for first, stride in zip(attrs["starts"], strides, strict=True))
    steps = tuple(step * stride for step, stride in zip(attrs["steps"], strides, strict=True))
    return e.address(box) + start * e.itemsize, steps


class Part(Op):
    """`shape` of the elements from number `offset` on, wherever axes begin and end; costs nothing."""

    name = "part"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        shape: Shape = attrs["shape"]
        if attrs["offset"] + prod(shape) > inputs[0].size:
            raise ValueError(f"{shape} from element {attrs['offset']} on does not lie within {inputs[0].shape}")
        return shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        (x,) = y.inputs
        flat = b.make(PLACE, b.reshape(g, (g.size,)), starts=(y.attrs["offset"],), steps=(1,), shape=(x.size,))
        return [b.reshape(flat, x.shape)]


class Place(Op):
    """The reverse of Slice: zeros of `shape`, with the input where the slice would be taken from."""

    name = "place"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(attrs["shape"])

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.make(SLICE, g, starts=y.attrs["starts"], steps=y.attrs["steps"], shape=y.inputs[0].shape)]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        (x,) = y.inputs
        place = _walk(e, y, y.attrs)
        return [e.fill(y, 0.0), e.copy(x.shape, e.address(x), kernels.contiguous_strides(x.shape), *place)]


class Concatenate(Op):
    """Values one after another along one axis."""

    name = "concatenate"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        axis, shape = attrs["axis"], list(inputs[0].shape)
        shape[axis] = sum(v.shape[axis] for v in inputs)
        return tuple(shape)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        axis, start, parts = y.attrs["axis"], 0, []
        for v in y.inputs:
            parts.append(b.slice(g, axis, start, start + v.shape[axis]))
            start += v.shape[axis]
        return parts

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        strides, start, calls = kernels.contiguous_strides(y.shape), e.address(y), []
        for v in y.inputs:
            calls.append(e.copy(v.shape, e.address(v), kernels.contiguous_strides(v.shape), start, strides))
            start += v.shape[y.attrs["axis"]] * strides[y.attrs["axis"]] * e.itemsize
        return calls


RESHAPE, STOP_GRADIENT, LEAVE, TRANSPOSE = Reshape(), StopGradient(), Leave(), Transpose()
SLICE, PART, PLACE, CONCATENATE = Slice(), Part(), Place(), Concatenate()
