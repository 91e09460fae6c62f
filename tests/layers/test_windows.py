"""Convolutions and poolings over one, two and three axes, against loops over every cell of every window."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError, ShapeError
from netstudio.graph.problems import Hint, InsertBefore, SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers import LAYERS
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(11)
SHAPES: dict[int, tuple[int, ...]] = {1: (9, 6), 2: (9, 7, 6), 3: (5, 4, 6, 2)}
Array = Any


def made(name: str, rank: int, **params: Any) -> Any:
    return LAYERS[name.format(f"{rank}D")](**params)


def run(layer: Any, x: Array) -> tuple[Array, dict[str, Array]]:
    """What the layer computes by NumPy, of the shape that it says, and its weights, drawn at random."""
    weights = {k: RNG.normal(size=w.shape) for k, w in layer.weights(TensorSpec(x.shape[1:])).items()}
    y = layer.lower(NumpyOps(weights), x)
    assert y.shape[1:] == layer.infer(TensorSpec(x.shape[1:])).shape
    return y, weights


def sample(rank: int) -> Array:
    return RNG.normal(size=(3, *SHAPES[rank]))


def taps(layer: Any, sizes: Any, places: Any, size: Any, strides: Any, dilation: Any) -> Iterator[tuple[Any, Any, Any]]:
    """(place, cell of the window, cell of the input) wherever the window is on the input, by Keras's rules of padding.

    "same" gives ceil(size / stride) places and pads evenly, the odd cell after; "causal" pads before alone.
    """
    first = []
    for n, count, k, s, d in zip(sizes, places, size, strides, dilation, strict=True):
        reach = (count - 1) * s + (k - 1) * d + 1
        first.append({"valid": 0, "same": max(reach - n, 0) // 2, "causal": (k - 1) * d}[layer.padding])
    for place, tap in product(np.ndindex(*places), np.ndindex(*size)):
        cell = tuple(p * s + t * d - f for p, s, t, d, f in zip(place, strides, tap, dilation, first, strict=True))
        if all(0 <= c < n for c, n in zip(cell, sizes, strict=True)):
            yield place, tap, cell


def convolved(layer: Any, x: Array, kernel: Array, places: Any, groups: int) -> Array:
    """kernel (*window, channels of a group, outputs)"""
    y = np.zeros((len(x), *places, kernel.shape[-1]))
    every = slice(None)
    for place, tap, cell in taps(layer, x.shape[1:-1], places, layer.kernel_size, layer.strides, layer.dilation_rate):
        parts = zip(np.split(x[(every, *cell)], groups, 1), np.split(kernel[tap], groups, 1), strict=True)
        y[(every, *place)] += np.concatenate([a @ b for a, b in parts], 1)
    return y


CONVOLUTIONS: list[dict[str, Any]] = [
    {},
    {"padding": "same"},
    {"padding": "same", "strides": 2},
    {"strides": 3, "kernel_size": 2},
    {"dilation_rate": 2, "padding": "same"},
    {"groups": 2},
    {"groups": 2, "padding": "same", "activation": "relu", "kernel_size": 4},
    {"kernel_size": 1, "strides": 2},
]
UNEVEN: list[tuple[int, dict[str, Any]]] = [
    (1, {"padding": "causal", "kernel_size": 2, "dilation_rate": 3}),
    (1, {"padding": "causal", "kernel_size": 4, "strides": 2}),
    (2, {"padding": "same", "kernel_size": [9, 8], "strides": [2, 3]}),
    (2, {"kernel_size": [2, 3], "dilation_rate": [3, 1]}),
    (3, {"padding": "same", "kernel_size": [2, 3, 4], "strides": [1, 3, 2]}),
    (3, {"kernel_size": [3, 1, 2], "dilation_rate": [2, 1, 4]}),
    (3, {"kernel_size": [1, 3, 2], "strides": [2, 1, 1]}),
]


@pytest.mark.parametrize(("rank", "params"), [*((r, p) for r in SHAPES for p in CONVOLUTIONS), *UNEVEN])
def test_convolutions(rank: int, params: dict[str, Any]) -> None:
    layer, x = made("Conv{}", rank, **{"filters": 4, "kernel_size": 3, **params}), sample(rank)
    y, weights = run(layer, x)
    expected = convolved(layer, x, weights["kernel"], y.shape[1:-1], layer.groups) + weights["bias"]
    np.testing.assert_allclose(y, np.maximum(expected, 0) if layer.activation else expected, atol=1e-12)


DEPTHWISE = [
    {"kernel_size": 3},
    {"kernel_size": 2, "padding": "same", "depth_multiplier": 3},
    {"kernel_size": 2, "strides": 2, "dilation_rate": 2, "padding": "same"},
]


@pytest.mark.parametrize("params", DEPTHWISE)
@pytest.mark.parametrize("rank", [1, 2])
def test_depthwise_convolutions(rank: int, params: dict[str, Any]) -> None:
    layer, x = made("DepthwiseConv{}", rank, **params), sample(rank)
    y, weights = run(layer, x)
    kernel = weights["kernel"].reshape(*layer.kernel_size, 1, -1)
    expected = convolved(layer, x, kernel, y.shape[1:-1], x.shape[-1]) + weights["bias"]
    np.testing.assert_allclose(y, expected, atol=1e-12)
    channel = 2 * layer.depth_multiplier  # the first output of the third channel looks at that channel alone
    alone, own = run(layer, x * (np.arange(x.shape[-1]) == 2))
    alone = alone - own["bias"]
    assert alone[..., channel].any()
    assert not np.delete(alone, np.s_[channel : channel + layer.depth_multiplier], -1).any()


@pytest.mark.parametrize("params", DEPTHWISE)
@pytest.mark.parametrize("rank", [1, 2])
def test_separable_convolutions(rank: int, params: dict[str, Any]) -> None:
    layer, x = made("SeparableConv{}", rank, filters=5, **params), sample(rank)
    y, weights = run(layer, x)
    deep = convolved(
        layer, x, weights["depthwise_kernel"].reshape(*layer.kernel_size, 1, -1), y.shape[1:-1], x.shape[-1]
    )
    expected = np.tensordot(deep, weights["pointwise_kernel"].reshape(deep.shape[-1], 5), 1) + weights["bias"]
    np.testing.assert_allclose(y, expected, atol=1e-12)


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("rank", [1, 2])
def test_a_transposed_convolution_is_the_adjoint(rank: int, padding: str, kernel_size: int, strides: int) -> None:
    """(K u) · v = u · (K' v), with the convolution K from the large sizes to the small ones."""
    params = {"kernel_size": kernel_size, "strides": strides, "padding": padding, "use_bias": False}
    back, v = made("Conv{}Transpose", rank, filters=4, **params), sample(rank)
    y, weights = run(back, v)
    forth, u = made("Conv{}", rank, filters=v.shape[-1], **params), RNG.normal(size=y.shape)
    assert forth.infer(TensorSpec(y.shape[1:])).shape == v.shape[1:]
    np.testing.assert_allclose(np.vdot(forth.lower(NumpyOps(weights), u), v), np.vdot(u, y))


def test_sizes_of_a_transposed_convolution() -> None:
    def sizes(**params: Any) -> Any:
        layer = LAYERS["Conv2DTranspose"](filters=2, **params)
        return layer.infer(TensorSpec((5, 4, 3))).shape[:2]  # type: ignore[union-attr]

    assert sizes(kernel_size=3, strides=2, padding="same") == (10, 8)
    assert sizes(kernel_size=3, strides=2) == (11, 9)
    assert sizes(kernel_size=2, strides=3) == (15, 12)
    assert sizes(kernel_size=3, strides=[2, 3], output_padding=[1, 0]) == (12, 12)
    assert sizes(kernel_size=3, strides=[2, 3], output_padding=[1, 0], padding="same") == (10, 10)
    assert sizes(kernel_size=3, dilation_rate=[2, 3]) == (9, 10)


POOLINGS: list[dict[str, Any]] = [
    {},
    {"padding": "same"},
    {"pool_size": 3, "strides": 1, "padding": "same"},
    {"pool_size": 4, "strides": 3},
    {"pool_size": 1},
]


@pytest.mark.parametrize("params", POOLINGS)
@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize(("kind", "of"), [("Max", np.max), ("Average", np.mean)])
def test_poolings(kind: str, of: Any, rank: int, params: dict[str, Any]) -> None:
    layer, x = made(kind + "Pooling{}", rank, **params), sample(rank) - 9.0  # zeros of padding would win
    y, _ = run(layer, x)
    seen: dict[Any, list[Any]] = {}
    strides, ones = layer.strides or layer.pool_size, (1,) * rank
    for place, _, cell in taps(layer, x.shape[1:-1], y.shape[1:-1], layer.pool_size, strides, ones):
        seen.setdefault(place, []).append(x[(slice(None), *cell)])
    assert len(seen) == np.prod(y.shape[1:-1])
    for place, cells in seen.items():
        np.testing.assert_allclose(y[(slice(None), *place)], of(cells, 0))


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize(("kind", "of"), [("Max", np.max), ("Average", np.mean)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_global_poolings(kind: str, of: Any, rank: int, keepdims: bool) -> None:
    x = sample(rank)
    y, _ = run(made(f"Global{kind}Pooling{{}}", rank, keepdims=keepdims), x)
    np.testing.assert_allclose(y, of(x, tuple(range(1, rank + 1)), keepdims=keepdims))


# ----------------------------------------------------------------------------------------------------- weights, words


def weights(name: str, shape: tuple[int, ...], **params: Any) -> dict[str, tuple[int, ...]]:
    return {k: w.shape for k, w in LAYERS[name](**params).weights(TensorSpec(shape)).items()}


def test_weights_are_keras_own() -> None:
    assert weights("Conv1D", (9, 6), filters=4, kernel_size=3, groups=2) == {"kernel": (3, 3, 4), "bias": (4,)}
    assert weights("Conv3D", (5, 4, 6, 2), filters=8, kernel_size=[3, 2, 1], use_bias=False) == {
        "kernel": (3, 2, 1, 2, 8)
    }
    assert weights("DepthwiseConv2D", (9, 7, 6), kernel_size=[3, 2], depth_multiplier=4) == {
        "kernel": (3, 2, 6, 4), "bias": (24,),
    }  # fmt: skip
    assert weights("SeparableConv1D", (9, 6), filters=8, kernel_size=3, depth_multiplier=2) == {
        "depthwise_kernel": (3, 6, 2), "pointwise_kernel": (1, 12, 8), "bias": (8,),
    }  # fmt: skip
    assert weights("Conv2DTranspose", (5, 4, 6), filters=8, kernel_size=[3, 2]) == {
        "kernel": (3, 2, 8, 6),
        "bias": (8,),
    }


def test_each_weight_has_its_own_settings() -> None:
    names = ("depthwise", "pointwise", "bias")
    starts = {f"{n}_initializer": {"type": "Constant", "params": {"value": i}} for i, n in enumerate(names)}
    layer = LAYERS["SeparableConv2D"](
        filters=2, kernel_size=3, pointwise_regularizer="l2", depthwise_constraint="NonNeg", **starts
    )
    made = layer.weights(TensorSpec((5, 4, 3)))
    assert [w.initializer.value for w in made.values()] == [0.0, 1.0, 2.0]
    assert [w.regularizer is not None for w in made.values()] == [False, True, False]
    assert [w.constraint is not None for w in made.values()] == [True, False, False]


def refused(name: str, shape: tuple[int, ...], **params: Any) -> tuple[str, tuple[Hint, ...]]:
    with pytest.raises(ShapeError) as caught:
        LAYERS[name](**params).infer(TensorSpec(shape))
    return str(caught.value), caught.value.hints


def test_what_has_other_axes() -> None:
    message, hints = refused("Conv1D", (6,), filters=2, kernel_size=1)
    assert "(6,); expected (steps, features)" in message
    assert hints == (InsertBefore("Reshape", {"target_shape": [6, 1]}),)
    assert "(9, 7, 6); expected (depth, height, width, channels)" in refused("MaxPooling3D", (9, 7, 6))[0]
    assert "expected (height, width, channels)" in refused("Conv2DTranspose", (9, 7), filters=2, kernel_size=3)[0]
    assert "expected (depth, height, width, channels)" in refused("GlobalMaxPooling3D", (9, 7))[0]


def test_a_window_that_is_too_long() -> None:
    message, hints = refused("Conv1D", (4, 6), filters=2, kernel_size=3, dilation_rate=2)
    assert "covers 5 cells but the input has only 4 (shape (4, 6))" in message
    assert hints == (SetParam("padding", "same"),)
    message, _ = refused("AveragePooling3D", (5, 4, 6, 2), pool_size=[2, 5, 2])
    assert "covers (2, 5, 2) cells but the input has only (5, 4, 6)" in message


@pytest.mark.parametrize("name", ["Conv1D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose"])
def test_strides_and_dilation_exclude_each_other(name: str) -> None:
    rank = int(name[4])
    message, hints = refused(name, SHAPES[rank], filters=2, kernel_size=2, strides=2, dilation_rate=2)
    assert f"set one to {(1,) * rank}" in message
    assert hints == (SetParam("dilation_rate", (1,) * rank), SetParam("strides", (1,) * rank))


def test_output_padding_stays_below_the_stride() -> None:
    message, hints = refused("Conv2DTranspose", (5, 4, 3), filters=2, kernel_size=3, strides=[3, 2], output_padding=2)
    assert "output_padding is (2, 2) and strides is (3, 2)" in message
    assert hints == (SetParam("output_padding", None),)
    message, _ = refused(
        "Conv1DTranspose", (1, 3), filters=2, kernel_size=2, strides=2, output_padding=0, padding="same"
    )
    assert "an output of no cells" in message


def test_only_sequences_know_causes() -> None:
    for name in ("Conv2D", "DepthwiseConv1D", "SeparableConv1D", "Conv1DTranspose", "MaxPooling1D"):
        with pytest.raises(ParamError, match=r"padding is 'causal'"):
            LAYERS[name](**{**LAYERS[name].initial_params(), "padding": "causal"})


def test_one_number_or_a_list_of_one() -> None:
    assert LAYERS["Conv1D"](filters=2, kernel_size=3) == LAYERS["Conv1D"](filters=2, kernel_size=[3])
    assert LAYERS["MaxPooling1D"](pool_size=3).pool_size == (3,)  # type: ignore[attr-defined]


def test_captions() -> None:
    assert LAYERS["Conv1D"](filters=8, kernel_size=3, padding="causal").caption() == "8 · 3 · causal"
    assert LAYERS["Conv3D"](filters=8, kernel_size=3, strides=2).caption() == "8 · 3×3×3/2×2×2 · valid"
    assert LAYERS["DepthwiseConv2D"](kernel_size=3, activation="relu").caption() == "3×3 · valid · relu"
    assert LAYERS["AveragePooling1D"]().caption() == "2 · valid"


WINDOWED = [t for t in LAYERS if t.category in ("convolution", "pooling")]


@pytest.mark.parametrize("layer", WINDOWED, ids=lambda t: t.name)
def test_other_names_find_it(layer: Any) -> None:
    for name in filter(None, (layer.torch, layer.onnx)):
        assert any(name.lower() in word for word in (layer.name.lower(), *layer.keywords)), name
