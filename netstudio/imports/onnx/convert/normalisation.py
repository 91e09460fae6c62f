"""Layers that shift and scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.importing import Importing, Value, converts
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import Tensor


@converts("BatchNormalization")
def batch(to: Importing, op: Op) -> list[Value | None]:
    """The statistics of the file become the moving averages."""
    x = to.tensor(op)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    given = [to.constant(op, n + 1, name).ravel() for n, name in enumerate(names)]
    x, place, cells = to.builder.with_axis(x, min(1, x.rank - 1))
    _check_length(given[0], len(cells), "gamma")
    params: dict[str, Any] = {"epsilon": _epsilon(op), "momentum": float(op.attributes.get("momentum", 0.9))}
    params |= {} if place == len(x.ours) - 1 else {"axis": place}
    weights = {name: array[cells] for name, array in zip(names, given)}
    at, _ = to.layer(op, "BatchNormalization", x, params, weights, to.names_of(op, 1, 2, 3, 4))
    return [replace(x, at=at, positive=False), *[None] * (len(op.outputs) - 1)]


def _epsilon(op: Op) -> float:
    return float(f"{float(op.attributes.get('epsilon', 1e-5)):.6g}")  # of 0.001 single precision makes 0.0010000000475


def _check_length(array: Array, wanted: int, what: str) -> None:
    if array.size != wanted:
        raise UnsupportedError(f"its {what} has {array.size} numbers; expected {wanted}, one for each channel")


@converts("LayerNormalization")
def layer(to: Importing, op: Op) -> list[Value | None]:
    x = to.tensor(op)
    axis = int(op.attributes.get("axis", -1)) % x.rank
    if any(n != 1 for n in x.shape[axis:-1]):
        raise UnsupportedError(f"it normalises over {x.rank - axis} axes; layers here do so over the last one")
    gamma, beta = to.constant(op, 1, "scale").ravel(), to.optional(op, 2, "bias")
    x, _, cells = to.builder.with_axis(x, x.rank - 1, last=True)
    _check_length(gamma, len(cells), "scale")
    weights = {"gamma": gamma[cells]} | ({} if beta is None else {"beta": beta.ravel()[cells]})
    params = {"epsilon": _epsilon(op)} | ({"center": False} if beta is None else {})
    at, _ = to.layer(op, "LayerNormalization", x, params, weights, to.names_of(op, 1, 2))
    return [replace(x, at=at, positive=False), *[None] * (len(op.outputs) - 1)]


@converts("RMSNormalization")
def rms(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op)
    if int(op.attributes.get("axis", -1)) % x.rank != x.rank - 1:
        raise UnsupportedError("it normalises over several axes; layers here do so over the last one")
    gamma = to.constant(op, 1, "scale").ravel()
    x, _, cells = to.builder.with_axis(x, x.rank - 1, last=True)
    _check_length(gamma, len(cells), "scale")
    at, _ = to.layer(op, "RMSNormalization", x, {"epsilon": _epsilon(op)}, {"scale": gamma[cells]}, to.names_of(op, 1))
    return replace(x, at=at, positive=False)


@converts("InstanceNormalization")
def instance(to: Importing, op: Op) -> Tensor:
    return _groups(to, op, to.tensor(op), 1, to.tensor(op).shape[1])


@converts("GroupNormalization")
def group(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op)
    return _groups(to, op, x, 1, int(op.attributes["num_groups"]))


def _groups(to: Importing, op: Op, x: Tensor, axis: int, groups: int) -> Tensor:
    """Groups of the channels on an ONNX axis; where the axis is but the groups of channels, PyTorch wrote it so."""
    gamma, beta = to.constant(op, 1, "scale").ravel(), to.constant(op, 2, "bias").ravel()
    named = to.names_of(op, 1, 2)
    whole = next((n for n, g in enumerate(x.ours) if n and len(g) > 1 and x.tight(x.axes[axis]) == g[:1]), None)
    if whole is not None and (gamma == 1).all() and (beta == 0).all():
        params: dict[str, Any] = {"groups": groups, "epsilon": _epsilon(op), "center": False, "scale": False}
        params |= {} if whole == len(x.ours) - 1 else {"axis": whole}
        at, _ = to.layer(op, "GroupNormalization", x, params)
        return replace(x, at=at, positive=False)
    x, place = to.builder.with_ordered_axis(x, axis)
    channels = x.shape[axis]
    if gamma.size == groups != channels:
        gamma, beta = (np.repeat(a, channels // groups) for a in (gamma, beta))
    _check_length(gamma, channels, "scale")
    params = {"groups": -1 if groups == channels else groups, "epsilon": _epsilon(op)}
    params |= {} if place == len(x.ours) - 1 else {"axis": place}
    at, _ = to.layer(op, "GroupNormalization", x, params, {"gamma": gamma, "beta": beta}, named)
    return replace(x, at=at, positive=False)
