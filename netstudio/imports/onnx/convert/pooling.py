"""Windows that keep the largest or the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.convert.convolution import Margins, grid, margins, numbers, of_grid, padded, padding_of
from netstudio.imports.onnx.convert.parts import sliced
from netstudio.imports.onnx.importing import Importing, Value, converts
from netstudio.imports.onnx.reading import Op
from netstudio.imports.onnx.tensors import Tensor
from netstudio.layers.window import Window


@converts("MaxPool")
def largest(to: Importing, op: Op) -> list[Value | None]:
    if to.used(op, 1):
        raise UnsupportedError("it gives the places of the largest cells too, which no layer here does")
    x, window, wanted = _read(to, op)
    if max(window.dilation) > 1:
        raise UnsupportedError(f"its window has dilations {window.dilation}; expected 1")
    padding = padding_of(window, x.sample[:-1], wanted)
    if padding:
        return [_pool(to, op, "MaxPooling", x, window, padding), None]
    if x.positive:  # zeros of padding are never larger than what is there
        return [_pool(to, op, "MaxPooling", padded(to, x, wanted), window, "valid"), None]
    return [_every_window(to, op, x, window, wanted), None]


def _read(to: Importing, op: Op) -> tuple[Tensor, Window, Margins]:
    x = grid(to, to.tensor(op))
    rank = x.rank - 2
    size = numbers(op, "kernel_shape", rank)
    window = Window(size, numbers(op, "strides", rank), numbers(op, "dilations", rank), "valid")
    wanted = margins(op, x.sample[:-1], window)
    if op.attributes.get("ceil_mode"):
        each = zip(wanted, x.sample, window.strides, window.spans)
        wanted = [(a, _up_to_a_whole(n, a, b, s, span)) for (a, b), n, s, span in each]
    elif not op.attributes.get("auto_pad", "NOTSET").startswith("SAME"):  # cells that no window reaches
        each = zip(wanted, x.sample, window.strides, window.spans)
        wanted = [(a, max(b - (n + a + b - span) % s, 0)) for (a, b), n, s, span in each]
    return x, window, wanted


def _up_to_a_whole(size: int, before: int, after: int, stride: int, span: int) -> int:
    """The cells after, so that the last window is whole; one that would begin in them does not count."""
    places = -(-(size + before + after - span) // stride) + 1
    if (places - 1) * stride >= size + before:
        places -= 1
    return max((places - 1) * stride + span - size - before, 0)


def _pool(to: Importing, op: Op, type: str, x: Tensor, window: Window, padding: str) -> Tensor:
    rank = len(window.size)
    params: dict[str, Any] = {"pool_size": list(window.size)}
    params |= {"strides": list(window.strides)} if window.strides != window.size else {}
    params |= {"padding": padding} if padding != "valid" else {}
    at, shape = to.layer(op, f"{type}{rank}D", x, params)
    return of_grid(at, shape, positive=x.positive)


def _every_window(to: Importing, op: Op, x: Tensor, window: Window, wanted: Margins) -> Tensor:
    """Where "same" would pad elsewhere: every window of stride 1, of which those in question are taken."""
    sizes = x.sample[:-1]
    dense = replace(window, strides=(1,) * len(sizes), padding="same")
    first = [have - want for (have, _), (want, _) in zip(dense.margins(sizes), wanted)]
    counts = [(n + a + b - w) // s + 1 for n, (a, b), w, s in zip(sizes, wanted, window.size, window.strides)]
    runs = [range(f, f + s * c, s) for f, s, c in zip(first, window.strides, counts)]
    if any(run.start < 0 or run[-1] >= n for run, n in zip(runs, sizes)):
        raise UnsupportedError(
            f"it pads by {[list(p) for p in wanted]}, which no pooling layer here does; pad before it"
        )
    made = _pool(to, op, "MaxPooling", x, dense, "same")
    for axis, run in enumerate(runs):
        made = sliced(to, made, axis + 2, run)
    return made


@converts("AveragePool")
def mean(to: Importing, op: Op) -> Tensor:
    x, window, wanted = _read(to, op)
    padding = padding_of(window, x.sample[:-1], wanted)
    counted = bool(op.attributes.get("count_include_pad"))
    if max(window.dilation) > 1 or (counted and op.attributes.get("ceil_mode") and padding != "valid"):
        raise UnsupportedError("it has dilations, or windows that reach beyond the padding; expected neither")
    if padding == "valid" or (padding == "same" and not counted):
        return _pool(to, op, "AveragePooling", x, window, padding)
    if counted:
        return _pool(to, op, "AveragePooling", padded(to, x, wanted), window, "valid")
    raise UnsupportedError(
        f'it pads by {[list(p) for p in wanted]} without counting these cells; expected no padding or that of "same"'
    )


@converts("GlobalAveragePool", "GlobalMaxPool")
def whole(to: Importing, op: Op) -> Tensor:
    x = grid(to, to.tensor(op))
    type = "GlobalAveragePooling" if op.type == "GlobalAveragePool" else "GlobalMaxPooling"
    at, shape = to.layer(op, f"{type}{x.rank - 2}D", x)
    return replace(of_grid(at, shape, positive=x.positive), axes=((0,), (1,), *_cells(x.rank - 2)))


def _cells(count: int) -> Sequence[tuple[int, ...]]:
    return [()] * count
