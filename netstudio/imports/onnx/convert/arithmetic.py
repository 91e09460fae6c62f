"""Sums, products and comparisons, of tensors with each other and with constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, prod

import numpy as np

from netstudio.graph import Endpoint
from netstudio.imports.onnx.alignment import align
from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.convert.activations import bounded
from netstudio.imports.onnx.importing import Importing, converts
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import BATCH, Tensor

MERGES = {"Add": "Add", "Sum": "Add", "Mul": "Multiply", "Mean": "Average", "Max": "Maximum", "Min": "Minimum"}
PAIRS = {"Sub": "Subtract", "Div": "Divide"}
BIASED = "Dense", "Conv", "DepthwiseConv"  # how the layers are called whose bias is what they add last of all
LOWEST = -1e9  # what stands for minus infinity in masks, so that gradients stay numbers
MOST_PLACES = 1 << 24  # numbers of a constant that is kept as a layer's weight


@converts("Add", "Sub", "Mul", "Div")
def binary(to: Importing, op: Op) -> Tensor:
    a, b = (to.values[name] for name in op.inputs[:2])
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return merged(to, op, [a, b])
    if isinstance(a, Tensor):
        return with_constant(to, op, a, np.asarray(b))
    x, c = to.tensor(op, 1), np.asarray(a)
    if op.type in ("Add", "Mul"):
        return with_constant(to, op, x, c)
    if op.type == "Sub":  # c - x = -x + c
        return with_constant(to, replace(op, type="Add"), to.each(op, "Rescaling", x, {"scale": -1.0}), c)
    raise UnsupportedError("it divides a constant by what is computed, which no layer here does")


def merged(to: Importing, op: Op, tensors: Sequence[Tensor]) -> Tensor:
    """The tensors combined value by value."""
    arranged, like = align(to.builder, tensors)
    if op.type in PAIRS:
        [(at, _)] = to.builder.add(PAIRS[op.type], [("a", arranged[0].at), ("b", arranged[1].at)], op=op)
    else:
        [(at, _)] = to.builder.add(MERGES[op.type], [("in", x.at) for x in arranged], op=op)
    positive = op.type != "Sub" and all(x.positive for x in tensors)
    return replace(like, at=at, positive=positive, integer=False)


@converts("Sum", "Mean", "Max", "Min")
def several(to: Importing, op: Op) -> Tensor:
    given = [to.values[name] for name in op.inputs]
    tensors = [x for x in given if isinstance(x, Tensor)]
    constants = [np.asarray(x) for x in given if not isinstance(x, Tensor)]
    if not constants:
        return merged(to, op, tensors) if len(tensors) > 1 else tensors[0]
    x = merged(to, op, tensors) if len(tensors) > 1 else tensors[0]
    if op.type in ("Max", "Min") and all(c.size == 1 for c in constants):
        bounds = [float(c.reshape(())) for c in constants]
        return bounded(to, op, x, *((max(bounds), inf) if op.type == "Max" else (-inf, min(bounds))))
    raise UnsupportedError("it mixes constants with what is computed; expected one kind or single numbers")


def with_constant(to: Importing, op: Op, x: Tensor, c: Array) -> Tensor:
    """x + c, x - c, x · c or x / c, as the operator's type says."""
    told_as_vector = c.ndim == 1
    x = replace(x, axes=((),) * (c.ndim - x.rank) + x.axes)
    c = one_row(x, c.reshape((1,) * (x.rank - c.ndim) + c.shape), to.rows)
    c = np.where(np.isneginf(c), LOWEST, c).astype(np.float64)
    if not np.isfinite(c).all():
        raise UnsupportedError("its constant holds infinities or what is no number")
    uniform = c.size > 0 and (not any(c.strides) or bool((c == c.flat[0]).all()))
    grown = [n for n, size in enumerate(c.shape) if size not in (1, x.shape[n])]
    if grown:
        raise UnsupportedError(f"its constant of the shape {c.shape} makes its input larger, which no layer here does")
    axes = [n for n, size in enumerate(c.shape) if size != 1] or ([x.rank - 1] if told_as_vector else [])
    biased = fused(to, op, x, axes[0], c.ravel()) if len(axes) == 1 else None
    if biased is not None:
        return biased
    return scaled(to, op, x, float(c.flat[0])) if uniform else along(to, op, x, c)


def one_row(x: Tensor, c: Array, rows: int | None) -> Array:
    """A constant that was repeated for each sample, once; `c` has the rank of `x`."""
    axis = x.batch_axis
    if axis is None or c.shape[axis] not in (BATCH, rows):
        return c
    first = c[tuple(slice(0, 1) if n == axis else slice(None) for n in range(c.ndim))]
    return first if not c.strides[axis] or bool((c == first).all()) else c


def scaled(to: Importing, op: Op, x: Tensor, c: float) -> Tensor:
    """With one number."""
    scale, offset = {"Add": (1.0, c), "Sub": (1.0, -c), "Mul": (c, 0.0), "Div": (1.0 / c if c else inf, 0.0)}[op.type]
    if not np.isfinite(scale):
        raise UnsupportedError("it divides by 0")
    if (scale, offset) == (1.0, 0.0):
        return x
    before = to.builder.nodes[x.at.node]
    if before.type == "Rescaling" and to.read_once(x.at):
        first, second = before.params["scale"], before.params.get("offset", 0.0)
        params = {"scale": first * scale, "offset": second * scale + offset}
        to.builder.nodes[x.at.node] = replace(before, params=params)
        return replace(x, positive=False)
    return to.each(
        op,
        "Rescaling",
        x,
        {"scale": scale, **({"offset": offset} if offset else {})},
        x.positive and scale > 0 and offset >= 0,
    )


def along(to: Importing, op: Op, x: Tensor, c: Array) -> Tensor:
    """With a constant that differs from place to place."""
    varying = [n for n, size in enumerate(c.shape) if size != 1]
    if x.batch_axis in varying or any(0 in x.axes[n] for n in varying):
        raise UnsupportedError("its constant differs from sample to sample; export the model for one sample a batch")
    if len(varying) > 1:
        return by_place(to, op, x, c)
    [axis] = varying
    return standardised(to, op, x, axis, c.ravel()) or by_channel(to, op, x, axis, c.ravel())


def fused(to: Importing, op: Op, x: Tensor, axis: int, c: Array) -> Tensor | None:
    """A bias put into the layer before it that has none; None where there is no such."""
    builder, id = to.builder, x.at.node
    node = builder.nodes[id]
    place = x.our_axis(x.axes[axis])
    if op.type not in ("Add", "Sub") or node.params.get("use_bias", True) or not node.type.startswith(BIASED):
        return None
    if len(c) != x.shape[axis] or place != len(x.ours) - 1 or not to.read_once(x.at) or builder.is_shared(id):
        return None
    x, _, cells = builder.with_axis(x, axis, last=True)
    builder.forget_sharing(id)
    builder.nodes[id] = replace(node, params={k: v for k, v in node.params.items() if k != "use_bias"})
    builder.weights[f"{id}/bias"] = np.asarray(c[cells] if op.type == "Add" else -c[cells], np.float32)
    return x


def standardised(to: Importing, op: Op, x: Tensor, axis: int, c: Array) -> Tensor | None:
    """What is done to the data themselves, (x - mean) / deviation, as a layer that learns nothing; else None."""
    if to.builder.nodes[x.at.node].type not in ("Input", "Normalization"):
        return None
    if op.type not in ("Sub", "Div") or (op.type == "Div" and (c <= 0).any()):
        return None
    x, place, cells = to.builder.with_axis(x, axis)
    zeros, ones = np.zeros(len(c)), np.ones(len(c))
    mean, deviation = (c[cells], ones) if op.type == "Sub" else (zeros, c[cells])
    params = {} if place == len(x.ours) - 1 else {"axis": place}
    before = to.builder.nodes[x.at.node]
    if op.type == "Div" and (before.type, before.params) == ("Normalization", params):  # both in one layer
        variance = to.builder.weights[f"{x.at.node}/variance"]
        if (variance == 1).all() and to.read_once(x.at):
            to.builder.weights[f"{x.at.node}/variance"] = np.asarray(deviation**2, np.float32)
            return x
    weights = {"mean": mean, "variance": deviation**2, "count": np.zeros(())}
    at, _ = to.layer(op, "Normalization", x, params, weights, frozen=True)
    return replace(x, at=at, positive=False, integer=False)


def by_channel(to: Importing, op: Op, x: Tensor, axis: int, c: Array) -> Tensor:
    """One number for each channel: a depthwise convolution whose window is one cell."""
    x, _, cells = to.builder.with_axis(x, axis, last=True)
    numbers = c[cells]
    scale = {"Mul": numbers, "Div": 1.0 / numbers if op.type == "Div" else numbers}.get(op.type, np.ones(len(c)))
    offset = {"Add": numbers, "Sub": -numbers}.get(op.type)
    rank = len(x.ours) - 1
    if rank not in (2, 3):
        x = to.builder.arranged(x, (x.ours[0], tuple(a for g in x.ours[1:-1] for a in g), x.ours[-1]))
        rank = 2
    window = [1] * (rank - 1)
    weights = {"kernel": scale.reshape(*window, -1, 1)} | ({} if offset is None else {"bias": offset})
    params = {"kernel_size": window} | ({"use_bias": False} if offset is None else {})
    at, _ = to.layer(op, f"DepthwiseConv{rank - 1}D", x, params, weights)
    return replace(x, at=at, positive=False)


def by_place(to: Importing, op: Op, x: Tensor, c: Array) -> Tensor:
    """One number for each place of a sample: learnt vectors of places."""
    batch = x.batch_axis
    if batch is None:
        raise UnsupportedError("its constant differs along an axis that holds the samples too")
    if prod(x.sample) > MOST_PLACES:
        raise UnsupportedError(
            f"its constant has {prod(x.sample):,} numbers for a sample; expected at most {MOST_PLACES:,}"
        )
    if len(x.ours) != 3:
        rest = x.ours[1:]
        x = to.builder.arranged(x, (x.ours[0], tuple(a for g in rest[:-1] for a in g), rest[-1] if rest else ()))
    numbers = in_our_order(x, c)
    if op.type == "Sub":
        numbers = -numbers
    if op.type == "Div":
        numbers = 1.0 / numbers
    at = places(to, x, numbers)
    type = "Add" if op.type in ("Add", "Sub") else "Multiply"
    [(sum_at, _)] = to.builder.add(type, [("in", x.at), ("in", at)], op=op)
    return replace(x, at=sum_at, positive=False)


def places(to: Importing, x: Tensor, numbers: Array) -> Endpoint:
    """An output that gives `numbers`, of the shape of a sample of `x` (steps, features), for every sample."""
    mask = bool((numbers <= LOWEST).any())
    params = {"sequence_length": numbers.shape[0]}
    [(at, _)] = to.builder.add("PositionEmbedding", [("in", x.at)], params, {"embeddings": numbers}, frozen=mask)
    return at


def in_our_order(x: Tensor, c: Array) -> Array:
    """A constant of ONNX shape, which broadcasts to `x` and is the same for all samples, as a sample of ours."""
    shape = tuple(1 if 0 in g else x.size(g) for g in x.axes)
    full = np.broadcast_to(c, np.broadcast_shapes(c.shape, shape))
    atoms = [a for g in x.axes for a in g if a]
    flat = full.reshape([x.sizes[a] for a in atoms])
    own = [a for g in x.ours for a in g if a in atoms]
    return flat.transpose([atoms.index(a) for a in own]).reshape(x.sample)


@converts("Neg")
def negative(to: Importing, op: Op) -> Tensor:
    return to.each(op, "Rescaling", to.tensor(op), {"scale": -1.0})


@converts("Abs")
def absolute(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op)
    if x.positive:
        return x
    both = [x, to.each(op, "Rescaling", x, {"scale": -1.0})]
    return replace(merged(to, replace(op, type="Max"), both), positive=True)


@converts("Pow")
def power(to: Importing, op: Op) -> Tensor:
    x, exponent = to.tensor(op), to.constant(op, 1, "exponent")
    if exponent.size != 1 or float(exponent.reshape(())) not in (1.0, 2.0, 3.0, 4.0):
        raise UnsupportedError("its exponent is not 1, 2, 3 or 4, and there is no layer for other powers")
    count = int(exponent.reshape(()))
    if count == 1:
        return x
    made = merged(to, replace(op, type="Mul"), [x] * count)
    return replace(made, positive=count % 2 == 0 or x.positive)


@converts("Where")
def where(to: Importing, op: Op) -> Tensor:
    """A mask that is the same for all samples: x where it says so, and a constant elsewhere."""
    mask = to.constant(op, 0, "condition").astype(bool)
    first, second = (to.values[name] for name in op.inputs[1:3])
    if isinstance(first, Tensor) == isinstance(second, Tensor):
        raise UnsupportedError("it chooses between two computed tensors; expected one of them to be constant")
    x, c = (first, second) if isinstance(first, Tensor) else (second, first)
    assert isinstance(x, Tensor)
    keep = mask if x is first else ~mask
    other = np.asarray(c, np.float64)
    if (other <= LOWEST).all():
        return with_constant(to, replace(op, type="Add"), x, np.where(keep, 0.0, LOWEST))
    kept = with_constant(to, replace(op, type="Mul"), x, keep.astype(np.float64))
    return with_constant(to, replace(op, type="Add"), kept, np.where(keep, 0.0, other))
