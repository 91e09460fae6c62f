"""Larger and smaller images, and borders."""

from __future__ import annotations

from typing import Any

import numpy as np

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.convert.convolution import of_grid, over_places, padded
from netstudio.imports.onnx.importing import Importing, converts
from netstudio.imports.onnx.reading import Op
from netstudio.imports.onnx.tensors import Tensor

HALF_PIXEL = ("half_pixel", "pytorch_half_pixel")


@converts("Resize", "Upsample")
def resize(to: Importing, op: Op) -> Tensor:
    """Whole factors only: cells repeated, or what lies between them."""
    x = to.tensor(op)
    factors = _factors(to, op, x)
    if any(f < 1 or f != int(f) for f in factors):
        raise UnsupportedError(f"it makes its input larger by {factors}; expected whole numbers")
    changed = [n for n, f in enumerate(factors) if f != 1]
    how = _interpolation(op, x.rank - 2)

    def work(laid: Tensor, places: list[int]) -> Tensor:
        rank, size = len(places), [int(factors[n]) for n in places]
        params: dict[str, Any] = {"size": size if rank > 1 else size[0], **how}
        at, shape = to.layer(op, f"UpSampling{rank}D", laid, params)
        return of_grid(at, shape, positive=laid.positive)

    return over_places(to, x, changed, work) if changed else x


def _interpolation(op: Op, rank: int) -> dict[str, str]:
    """The parameter that says what lies between cells."""
    mode = op.attributes.get("mode", "nearest")
    how = op.attributes.get("coordinate_transformation_mode", "half_pixel")
    if mode == "linear" and rank == 2 and op.type == "Resize" and how in HALF_PIXEL:
        return {"interpolation": "bilinear"}
    if mode != "nearest":
        raise UnsupportedError(
            f"its mode is {mode!r} with {how!r}; expected nearest, or linear with half_pixel for images"
        )
    if op.type == "Resize":
        _check_nearest(op, how)
    return {}


def _check_nearest(op: Op, how: str) -> None:
    """With whole factors all of these repeat each cell."""
    rounding = op.attributes.get("nearest_mode", "round_prefer_floor")
    if (how == "asymmetric" and rounding == "floor") or (how in HALF_PIXEL and rounding.startswith("round")):
        return
    raise UnsupportedError(
        f"it takes the nearest cell by {how!r} and {rounding!r}, which does not repeat cells evenly; expected "
        "'asymmetric' and 'floor', or 'half_pixel'"
    )


def _factors(to: Importing, op: Op, x: Tensor) -> list[float]:
    if "scales" in op.attributes:
        return [float(f) for f in op.attributes["scales"]]
    scales = to.optional(op, 1 if op.type == "Upsample" or op.opset < 11 else 2, "scales")
    if scales is not None and scales.size:
        found = [float(f) for f in scales]
    else:
        sizes = to.constant(op, 3, "sizes")
        axes = op.attributes.get("axes", range(x.rank))
        given = {a % x.rank: int(n) for a, n in zip(axes, sizes)}
        return [given.get(n, size) / size if n else 1.0 for n, size in enumerate(x.shape)]
    axes = op.attributes.get("axes")
    if axes is None:
        return found
    by_axis = {a % x.rank: f for a, f in zip(axes, found)}
    return [by_axis.get(n, 1.0) for n in range(x.rank)]


@converts("Pad")
def pad(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op)
    pads = to.integers(op, "pads", 1) or []
    value, axes = to.number(op, "value", 2, 0.0), to.integers(op, "axes", 3) or list(range(x.rank))
    if op.attributes.get("mode", "constant") != "constant" or value != 0.0:
        raise UnsupportedError(f"it pads with {op.attributes.get('mode', 'constant')} {value}; expected zeros")
    half = len(pads) // 2
    around = dict.fromkeys(range(x.rank), (0, 0))
    around |= {a % x.rank: (pads[n], pads[half + n]) for n, a in enumerate(axes)}
    if not np.any(list(around.values())):
        return x
    padded_axes = [n for n, pair in around.items() if any(pair)]
    return over_places(to, x, padded_axes, lambda laid, places: padded(to, laid, [around[n] for n in places]))
