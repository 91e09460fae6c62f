"""Operations that move elements: reshape, transpose, slices and their reverse, concatenation, rows of a table."""

from __future__ import annotations

from collections.abc import Sequence

from netstudio.exports.onnx.resizing import resize
from netstudio.exports.onnx.tensors import Ref, whole
from netstudio.exports.onnx.values import INT, Values, channels_first, channels_last, in_order
from netstudio.exports.program import Dims, Samples, Step

BEFORE_THE_FIRST = -(1 << 62)  # where a slice that runs backwards ends, so that it takes the first element too


def reshape(v: Values, s: Step) -> None:
    """With channels first where the samples and the channels stay what they are."""
    (x,) = s.inputs
    before, after = v.program[x].shape, s.shape
    if (held := v.unfolded(x, after)) is not None:
        v.put(s, *held)
    elif resize(v, s):
        return
    elif v.lies_first(x) and len(after) > 1 and (before[0], before[-1]) == (after[0], after[-1]):
        v.put(s, v.reshaped(v.get(x, True), in_order(before, True), in_order(after, True)), True)
    else:
        v.put(s, v.reshaped(v.get(x), before, after))


def transpose(v: Values, s: Step) -> None:
    """Where this is the way from channels last to channels first, the tensor is there already."""
    (x,), axes = s.inputs, tuple(s.attrs["axes"])
    rank = len(axes)
    if axes == channels_first(rank):
        v.put(s, v.get(x, True))
    elif axes == channels_last(rank):
        v.put(s, v.get(x), True)
    else:
        v.put(s, v.transposed(v.get(x), axes))


def cut(v: Values, s: Step) -> None:
    """A slice along the axes where it leaves something out."""
    (x,), first, rank = s.inputs, v.goes_first(s), len(s.shape)
    parts = [
        (start, _end(start, step, count), v.axis(axis, rank, first), step)
        for axis, (start, step, count, size) in enumerate(
            zip(s.attrs["starts"], s.attrs["steps"], s.shape, v.program[x].shape, strict=True)
        )
        if not isinstance(count, Samples) and (start, step, count) != (0, 1, size)
    ]
    v.put(s, sliced(v, v.get(x, first), parts), first)


def sliced(v: Values, ref: Ref, parts: Sequence[tuple[int, int, int, int]]) -> Ref:
    """The part that (start, end, axis, step) say."""
    if not parts:
        return ref
    return v.add("Slice", ref, *(whole([part[i] for part in parts]) for i in range(4)))


def _end(start: int, step: int, count: int) -> int:
    end = start + (count - 1) * step + (1 if step > 0 else -1)
    return end if end >= 0 else BEFORE_THE_FIRST


def place(v: Values, s: Step) -> None:
    """Zeros around the input, and between its elements where steps are not 1."""
    (x,), steps, rank = s.inputs, s.attrs["steps"], len(s.shape)
    first = v.goes_first(s) and all(step == 1 for step in steps)
    ref, inner = v.get(x, first), list(v.program[x].shape)
    backwards = [(-1, BEFORE_THE_FIRST, axis, -1) for axis, step in enumerate(steps) if step < 0]
    ref = sliced(v, ref, backwards)
    before, after = [0] * rank, [0] * rank
    for axis, (start, step, size) in enumerate(zip(s.attrs["starts"], steps, s.shape, strict=True)):
        count = inner[axis]
        if isinstance(count, Samples) or isinstance(size, Samples):
            continue
        if abs(step) > 1:
            ref = _spread(v, ref, tuple(inner), axis, abs(step))
            count = inner[axis] = (count - 1) * abs(step) + 1
        low = start if step > 0 else start + (v.program[x].shape[axis] - 1) * step  # type: ignore[operator]
        at = v.axis(axis, rank, first)
        before[at], after[at] = low, size - low - count
    v.put(s, v.add("Pad", ref, whole([*before, *after])), first)


def _spread(v: Values, ref: Ref, shape: Dims, axis: int, step: int) -> Ref:
    """`step` - 1 zeros between the elements along `axis`."""
    rank, count = len(shape), shape[axis]
    assert not isinstance(count, Samples)
    apart = (*shape[: axis + 1], 1, *shape[axis + 1 :])
    pads = [0] * (2 * (rank + 1))
    pads[rank + 1 + axis + 1] = step - 1
    ref = v.add("Pad", v.reshaped(ref, shape, apart), whole(pads))
    wide = (*shape[: axis + 1], step, *shape[axis + 1 :])
    joined = (*shape[:axis], count * step, *shape[axis + 1 :])
    return sliced(v, v.reshaped(ref, wide, joined), [(0, (count - 1) * step + 1, axis, 1)])


def part(v: Values, s: Step) -> None:
    """Some of all elements, wherever axes begin and end."""
    (x,), offset, shape = s.inputs, s.attrs["offset"], v.program[s.inputs[0]].shape
    size = 1
    for n in (*shape, *s.shape):
        assert not isinstance(n, Samples), "elements that are counted across samples"
    for n in s.shape:
        size *= int(n)  # type: ignore[arg-type]
    flat = v.add("Reshape", v.get(x), whole([-1]))
    v.put(s, v.add("Reshape", sliced(v, flat, [(offset, offset + size, 0, 1)]), v.shape(s.shape)))


def concatenate(v: Values, s: Step) -> None:
    """One after another along an axis."""
    first = v.goes_first(s)
    parts = [v.operand(x, len(s.shape), first) for x in s.inputs]
    v.put(s, v.add("Concat", *parts, axis=v.axis(s.attrs["axis"], len(s.shape), first)), first)


def gather(v: Values, s: Step) -> None:
    """Rows of a table by number."""
    table, numbers = s.inputs
    v.put(s, v.add("Gather", v.get(table), v.get(numbers, kind=INT), axis=0))


def argmax(v: Values, s: Step) -> None:
    """The place of the largest along the last axis."""
    v.put(s, v.add("ArgMax", v.get(s.inputs[0]), axis=-1, keepdims=0), kind=INT)
