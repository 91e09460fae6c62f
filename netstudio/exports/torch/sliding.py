"""Convolutions and poolings: modules that want the channels first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netstudio.exports.torch.activations import FUNCTIONS
from netstudio.exports.torch.made import Made, Site, arguments, unless
from netstudio.layers.window import Window, halves

Margins = tuple[tuple[int, int], ...]


def convolution(n: Site) -> Made | None:
    """The kernel (..., channels / groups, filters) has its last axes first there."""
    rank = len(n.layer.kernel_size)
    turned = f".transpose{(rank + 1, rank, *range(rank))}"
    return _convolved(n, n.layer.filters, n.layer.groups, turned)


def depthwise(n: Site) -> Made | None:
    """Each channel is a group; the kernel is (..., channels, how many kernels each channel has)."""
    channels, sizes, rank = n.shape[-1], n.layer.kernel_size, len(n.layer.kernel_size)
    filters = channels * n.layer.depth_multiplier
    turned = f".reshape{(*sizes, 1, filters)}.transpose{(rank + 1, rank, *range(rank))}"
    return _convolved(n, filters, channels, turned)


def _convolved(n: Site, filters: int, groups: int, turned: str) -> Made | None:
    if n.layer.activation not in (None, *FUNCTIONS):
        return None
    window: Window = n.layer.window
    margins = window.margins(n.shape[:-1])
    even = _even(margins)
    inner = arguments(
        n.shape[-1], filters, window.size,
        **unless(1, stride=window.strides), **unless(0, padding=even or 0), **unless(1, dilation=window.dilation),
        **unless(1, groups=groups), **unless(True, bias=n.layer.use_bias),
    )  # fmt: skip
    call = "module(x)" if even is not None else f"module({_padded(margins)})"
    state = {"weight": ("kernel", turned), **({"bias": ("bias", "")} if n.layer.use_bias else {})}
    return Made(f"nn.Conv{len(window.size)}d{inner}", call, state, "first", activation=n.layer.activation)


def transposed(n: Site) -> Made | None:
    """The kernel is (..., filters, channels). What is cut off comes evenly, and what is missing after the end."""
    if n.layer.activation not in (None, *FUNCTIONS):
        return None
    window, rank = n.layer.window, len(n.layer.kernel_size)
    axes = list(zip(n.shape, n.gives, window.spans, window.strides, window.dilation))
    cut = tuple(halves((places - 1) * stride + span - size)[0] for places, size, span, stride, _ in axes)
    added = tuple(
        size - ((places - 1) * stride - 2 * c + span) for c, (places, size, span, stride, _) in zip(cut, axes)
    )
    if any(not 0 <= more < max(stride, apart) for more, (*_, stride, apart) in zip(added, axes)):
        return None
    inner = arguments(
        n.shape[-1], n.layer.filters, window.size,
        **unless(1, stride=window.strides), **unless(0, padding=cut), **unless(0, output_padding=added),
        **unless(True, bias=n.layer.use_bias), **unless(1, dilation=window.dilation),
    )  # fmt: skip
    turned = f".transpose{(rank + 1, rank, *range(rank))}"
    state = {"weight": ("kernel", turned), **({"bias": ("bias", "")} if n.layer.use_bias else {})}
    return Made(f"nn.ConvTranspose{rank}d{inner}", state=state, takes="first", activation=n.layer.activation)


def max_pooling(n: Site) -> Made:
    window: Window = n.layer.window
    margins = window.margins(n.shape[:-1])
    even = _even(margins)
    inner = arguments(window.size, **_moves(window), **unless(0, padding=even or 0))
    padded = _padded(margins, ', value=float("-inf")')
    return Made(f"nn.MaxPool{len(window.size)}d{inner}", "module(x)" if even else f"module({padded})", takes="first")


def average_pooling(n: Site) -> Made | None:
    window: Window = n.layer.window
    even = _even(window.margins(n.shape[:-1]))
    if even is None:
        return None
    counted = {"padding": even, "count_include_pad": False} if any(even) else {}
    inner = arguments(window.size, **_moves(window), **counted)
    return Made(f"nn.AvgPool{len(window.size)}d{inner}", takes="first")


def over_all(function: str) -> Callable[[Site], Made | None]:
    """Global pooling; a mask never comes here."""

    def row(n: Site) -> Made | None:
        axes = tuple(range(2, len(n.shape) + 1))
        return None if n.layer.keepdims else Made(call=f"x.{function}({axes})", takes="first", gives="last")

    return row


def _moves(window: Window) -> dict[str, object]:
    return {} if window.strides == window.size else {"stride": window.strides}


def _even(margins: Margins) -> tuple[int, ...] | None:
    """The padding of each axis, where it is the same before and after it."""
    return tuple(before for before, _ in margins) if all(a == b for a, b in margins) else None


def _padded(margins: Margins, more: str = "") -> str:
    """`x` with its margins; PyTorch counts the axes from the last."""
    return f"F.pad(x, {tuple(n for pair in reversed(margins) for n in pair)}{more})"


RANKS = (1, 2, 3)
ROWS: Mapping[str, Callable[[Site], Made | None]] = {
    **{f"Conv{rank}D": convolution for rank in RANKS},
    **{f"DepthwiseConv{rank}D": depthwise for rank in (1, 2)},
    **{f"Conv{rank}DTranspose": transposed for rank in (1, 2)},
    **{f"MaxPooling{rank}D": max_pooling for rank in RANKS},
    **{f"AveragePooling{rank}D": average_pooling for rank in RANKS},
    **{f"GlobalAveragePooling{rank}D": over_all("mean") for rank in RANKS},
    **{f"GlobalMaxPooling{rank}D": over_all("amax") for rank in RANKS},
}
