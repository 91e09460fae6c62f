"""Convolutions, and those that go backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.importing import Importing, converts
from netstudio.imports.onnx.reading import Op
from netstudio.imports.onnx.tensors import Tensor, fresh
from netstudio.layers.window import Window

Margins = Sequence[tuple[int, int]]


def grid(to: Importing, x: Tensor) -> Tensor:
    """A tensor (N, C, *places) with channels last."""
    if x.rank not in (3, 4, 5):
        raise UnsupportedError(f"its input has {x.rank} axes; expected (N, channels, ...) with 1 to 3 more")
    return to.builder.by_axes(x, (0, *range(2, x.rank), 1))


def over_places(
    to: Importing, x: Tensor, changed: Sequence[int], work: Callable[[Tensor, list[int]], Tensor]
) -> Tensor:
    """Do `work` to a grid, given with the axes of `x` that are its places; `changed` are the axes that it changes.

    The channels are whichever axis stays as it is, the second one where that can be.
    """
    channel = next((n for n in (1, x.rank - 1) if n not in changed and n != x.batch_axis), None)
    if x.batch_axis is None or x.batch_axis in changed or channel is None or x.rank not in (3, 4, 5):
        raise UnsupportedError(
            "it changes samples, or all axes; expected the places of a sequence, an image or a volume"
        )
    places = [n for n in range(x.rank) if n not in (x.batch_axis, channel)]
    order = [x.batch_axis, channel, *places]
    made = work(grid(to, x.transposed(order)), places)
    return made.transposed([order.index(n) for n in range(x.rank)])


def of_grid(at: Any, shape: Sequence[int], **facts: bool) -> Tensor:
    """What a layer gives for a grid, as ONNX has it: (N, C, *places)."""
    return fresh(at, shape, (0, len(shape), *range(1, len(shape))), **facts)


def numbers(op: Op, name: str, rank: int, default: int = 1) -> tuple[int, ...]:
    """An attribute with a number for each axis of the window."""
    found = tuple(int(n) for n in op.attributes.get(name, (default,) * rank))
    if len(found) != rank:
        raise UnsupportedError(f"its {name} are {found}; expected {rank}")
    return found


def margins(op: Op, sizes: Sequence[int], window: Window) -> Margins:
    """The cells of padding before and after each axis."""
    kind, rank = op.attributes.get("auto_pad", "NOTSET"), len(sizes)
    if kind == "VALID":
        return [(0, 0)] * rank
    if kind in ("SAME_UPPER", "SAME_LOWER"):
        found = replace(window, padding="same").margins(tuple(sizes))
        return [(b, a) if kind == "SAME_LOWER" else (a, b) for a, b in found]
    pads = [int(n) for n in op.attributes.get("pads", (0,) * 2 * rank)]
    if len(pads) != 2 * rank:
        raise UnsupportedError(f"its pads are {pads}; expected {2 * rank}")
    return list(zip(pads[:rank], pads[rank:]))


def padding_of(window: Window, sizes: Sequence[int], wanted: Margins) -> str | None:
    """The word for these margins: "valid", "same", or None where there is none."""
    if not any(n for pair in wanted for n in pair):
        return "valid"
    same = replace(window, padding="same")
    fits = list(same.margins(tuple(sizes))) == [tuple(pair) for pair in wanted]
    return "same" if fits else None


def padded(to: Importing, x: Tensor, wanted: Margins) -> Tensor:
    """Zeros around a grid; cells are taken away where a margin is below 0."""
    rank = len(x.ours) - 2
    for type, param, around in (
        ("ZeroPadding", "padding", [(max(a, 0), max(b, 0)) for a, b in wanted]),
        ("Cropping", "cropping", [(max(-a, 0), max(-b, 0)) for a, b in wanted]),
    ):
        if any(n for pair in around for n in pair):
            value: Any = list(around[0]) if rank == 1 else [list(pair) for pair in around]
            [(at, spec)] = to.builder.add(f"{type}{rank}D", [("in", x.at)], {param: value})
            x = of_grid(at, spec.shape, positive=x.positive)
    return x


@converts("Conv")
def conv(to: Importing, op: Op) -> Tensor:
    kernel, bias = to.constant(op, 1, "kernel"), to.optional(op, 2, "bias")
    x = grid(to, to.tensor(op))
    rank, groups = x.rank - 2, int(op.attributes.get("group", 1))
    if kernel.ndim != x.rank:
        raise UnsupportedError(f"its kernel has the shape {kernel.shape}; expected {x.rank} axes, as its input has")
    window = Window(kernel.shape[2:], numbers(op, "strides", rank), numbers(op, "dilations", rank), "valid")
    wanted = margins(op, x.sample[:-1], window)
    padding = padding_of(window, x.sample[:-1], wanted)
    if padding is None:
        x, padding = padded(to, x, wanted), "valid"
    params: dict[str, Any] = {"kernel_size": list(window.size)}
    params |= {"strides": list(window.strides)} if max(window.strides) > 1 else {}
    params |= {"padding": padding} if padding != "valid" else {}
    params |= {"dilation_rate": list(window.dilation)} if max(window.dilation) > 1 else {}
    params |= {"use_bias": False} if bias is None else {}
    in_order = kernel.transpose(*range(2, kernel.ndim), 1, 0)
    if groups > 1 and groups == x.sample[-1] and rank < 3:
        type = f"DepthwiseConv{rank}D"
        multiplier = kernel.shape[0] // groups
        params |= {"depth_multiplier": multiplier} if multiplier > 1 else {}
        in_order = in_order.reshape(*window.size, groups, multiplier)
    else:
        type = f"Conv{rank}D"
        params = {"filters": kernel.shape[0], **params, **({"groups": groups} if groups > 1 else {})}
    weights = {"kernel": in_order} | ({} if bias is None else {"bias": bias.ravel()})
    at, shape = to.layer(op, type, x, params, weights, to.names_of(op, 1, 2))
    return of_grid(at, shape)


@converts("ConvTranspose")
def transposed(to: Importing, op: Op) -> Tensor:
    kernel, bias = to.constant(op, 1, "kernel"), to.optional(op, 2, "bias")
    x = grid(to, to.tensor(op))
    rank = x.rank - 2
    if rank == 3 or int(op.attributes.get("group", 1)) != 1:
        raise UnsupportedError("it goes over volumes, or in groups, which transposed convolutions here do not")
    window = Window(kernel.shape[2:], numbers(op, "strides", rank), numbers(op, "dilations", rank), "valid")
    extra = numbers(op, "output_padding", rank, 0)
    full = [(n - 1) * s + span + e for n, s, span, e in zip(x.sample, window.strides, window.spans, extra)]
    cut = _cut(op, x.sample[:-1], window, full)
    sizes = [f - a - b for f, (a, b) in zip(full, cut)]
    params: dict[str, Any] = {"filters": kernel.shape[1], "kernel_size": list(window.size)}
    params |= {"strides": list(window.strides)} if max(window.strides) > 1 else {}
    params |= {"dilation_rate": list(window.dilation)} if max(window.dilation) > 1 else {}
    params |= {"use_bias": False} if bias is None else {}
    facts = list(zip(sizes, x.sample, window.strides, window.spans, cut))
    same = all(n == places * s and a == max(span - s, 0) // 2 for n, places, s, span, (a, _) in facts)
    if same and any(n for pair in cut for n in pair):
        params["padding"], cut = "same", [(0, 0)] * rank
    elif any(e or s > span for e, s, span in zip(extra, window.strides, window.spans)):
        params["output_padding"] = list(extra)
    weights = {"kernel": kernel.transpose(*range(2, kernel.ndim), 1, 0)} | (
        {} if bias is None else {"bias": bias.ravel()}
    )
    at, shape = to.layer(op, f"Conv{rank}DTranspose", x, params, weights, to.names_of(op, 1, 2))
    return padded(to, of_grid(at, shape), [(-a, -b) for a, b in cut])


def _cut(op: Op, places: Sequence[int], window: Window, full: Sequence[int]) -> Margins:
    """The cells that are cut off before and after each axis of the full output."""
    wanted = op.attributes.get("output_shape")
    kind = op.attributes.get("auto_pad", "NOTSET")
    if wanted is None and kind not in ("SAME_UPPER", "SAME_LOWER"):
        return margins(op, places, window)
    sizes = wanted[-len(full) :] if wanted else [n * s for n, s in zip(places, window.strides)]
    totals = [f - n for f, n in zip(full, sizes)]
    if kind == "SAME_UPPER":
        return [(t // 2, t - t // 2) for t in totals]
    return [(t - t // 2, t // 2) for t in totals]
