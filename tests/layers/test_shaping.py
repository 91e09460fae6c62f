"""Layers that move, cut, join and reduce: shapes, and what is said where they don't fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError, ShapeError
from netstudio.graph.problems import InsertBefore, SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers import LAYERS
from tests.layers.test_lower import apply
from tests.layers.test_shapes import IMAGE, infer, refused
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(5)
SEQUENCE, VOLUME = (9, 7), (4, 3, 5, 2)


@pytest.mark.parametrize(
    ("name", "params", "shape", "expected"),
    [
        ("Permute", {"dims": [3, 1, 2]}, IMAGE, (6, 9, 7)),
        ("RepeatVector", {"n": 4}, (5,), (4, 5)),
        ("Slice", {"start": -3}, SEQUENCE, (9, 3)),
        ("Slice", {"axis": 1, "start": 1, "stop": 100, "step": 3}, SEQUENCE, (3, 7)),
        ("Slice", {"axis": -2, "step": -1}, SEQUENCE, SEQUENCE),
        ("ZeroPadding1D", {"padding": [2, 3]}, SEQUENCE, (14, 7)),
        ("ZeroPadding2D", {"padding": [[1, 2], [3, 4]]}, IMAGE, (12, 14, 6)),
        ("ZeroPadding3D", {"padding": [1, 2, [3, 4]]}, VOLUME, (6, 7, 12, 2)),
        ("Cropping3D", {}, VOLUME, (2, 1, 3, 2)),
        ("UpSampling3D", {"size": [1, 2, 3]}, VOLUME, (4, 6, 15, 2)),
        ("Cropping1D", {"cropping": 3}, SEQUENCE, (3, 7)),
        ("Cropping2D", {"cropping": [1, 2]}, IMAGE, (7, 3, 6)),
        ("UpSampling1D", {"size": 3}, SEQUENCE, (27, 7)),
        ("UpSampling2D", {"size": [2, 3]}, IMAGE, (18, 21, 6)),
        ("GlobalMaxPooling1D", {}, SEQUENCE, (7,)),
        ("GlobalMaxPooling2D", {"keepdims": True}, IMAGE, (1, 1, 6)),
        ("MaxPooling1D", {}, SEQUENCE, (4, 7)),
        ("AveragePooling1D", {"pool_size": 4, "strides": 2, "padding": "same"}, SEQUENCE, (5, 7)),
        ("ReduceMean", {}, IMAGE, ()),
        ("ReduceSum", {"axis": [1, -1]}, IMAGE, (7,)),
        ("ReduceMax", {"axis": 2, "keepdims": True}, IMAGE, (9, 1, 6)),
        ("ReduceMin", {"axis": []}, SEQUENCE, SEQUENCE),
    ],
)
def test_shapes(name: str, params: dict[str, Any], shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert infer(name, shape, **params) == expected


def test_split() -> None:
    assert LAYERS["Split"]().infer(TensorSpec((9, 6))) == (TensorSpec((9, 3)), TensorSpec((9, 3)))
    assert LAYERS["Split"](axis=1, size=2).infer(TensorSpec((9, 6))) == (TensorSpec((2, 6)), TensorSpec((7, 6)))
    message, hints = refused("Split", SEQUENCE)
    assert "7 along axis 2; expected an even number" in message
    assert hints == (SetParam("size", 3),)
    assert "expected more than 9" in refused("Split", SEQUENCE, axis=1, size=9)[0]


def test_split_in_many_parts() -> None:
    parts: Any = LAYERS["Split"](parts=3)
    sizes: Any = LAYERS["Split"](axis=1, size=[2, 3])
    assert [p.name for p in parts.outputs] == ["part1", "part2", "part3"] == [p.name for p in sizes.outputs]
    assert parts.infer(TensorSpec((9, 6))) == (TensorSpec((9, 2)),) * 3
    assert [s.shape for s in sizes.infer(TensorSpec((9, 6)))] == [(2, 6), (3, 6), (4, 6)]
    x = RNG.normal(size=(2, 9, 6))
    for part, expected in zip(sizes.lower(NumpyOps(), x), np.split(x, [2, 5], 1), strict=True):
        np.testing.assert_array_equal(part, expected)
    assert "expected a multiple of 3" in refused("Split", SEQUENCE, parts=3)[0]
    assert "expected more than 9" in refused("Split", SEQUENCE, axis=1, size=[4, 5])[0]
    assert [p.name for p in LAYERS["Split"].ports({"size": [1, 1]})[1]] == ["part1", "part2", "part3"]
    assert LAYERS["Split"].ports({"parts": "many"})[1] == LAYERS["Split"].outputs
    with pytest.raises(ParamError, match="size lists no parts"):
        LAYERS["Split"](size=[])


def test_integers_may_be_moved() -> None:
    ids = TensorSpec((4, 6), "int")
    for name, params in [("Permute", {"dims": [2, 1]}), ("Slice", {"stop": 2}), ("RepeatVector", {"n": 2})]:
        spec = ids if name != "RepeatVector" else TensorSpec((4,), "int")
        assert LAYERS[name](**params).infer(spec).dtype == "int"
    assert LAYERS["Stack"]().infer(ids, ids) == TensorSpec((4, 6, 2), "int")
    assert "integers" in refused("ReduceSum", ids)[0]


def test_dot_and_products() -> None:
    assert infer("Dot", (5,), (5,)) == (1,)
    assert infer("Dot", (3, 4), (7, 4)) == (3, 7)
    assert infer("Dot", (4, 3), (2, 4, 5), axes=[1, 2]) == (3, 2, 5)
    message, _ = refused("Dot", (3, 4), (4, 3))
    assert "have 4 and 3 values along axis 2 and axis 2" in message
    assert "axes is 3" in refused("Dot", (3, 4), (4, 3), axes=3)[0]
    assert infer("MatMul", (2, 1, 3, 4), (7, 4, 5)) == (2, 7, 3, 5)
    assert "4 columns against 3 rows" in refused("MatMul", (3, 4), (3, 4))[0]
    assert "expected (..., rows, columns)" in refused("MatMul", (3,), (3, 4))[0]


def test_products_of_many_axes() -> None:
    a, b = RNG.normal(size=(5, 2, 1, 3, 4)), RNG.normal(size=(5, 1, 7, 4, 2))
    np.testing.assert_allclose(apply("MatMul", a, b), a @ b)


@pytest.mark.parametrize("axes", [[1, 2], [2, 1], [-1, -2]])
def test_dot_against_einsum(axes: list[int]) -> None:
    a, b = RNG.normal(size=(5, 3, 3)), RNG.normal(size=(5, 3, 3))
    names = ["ni", "nj"]
    subscripts = [name[:1] + ("k" + name[1] if axis % 3 == 1 else name[1] + "k") for name, axis in zip(names, axes)]
    expected = np.einsum(f"{subscripts[0]},{subscripts[1]}->nij", a, b)
    np.testing.assert_allclose(apply("Dot", a, b, axes=axes), expected)


def test_stack() -> None:
    assert infer("Stack", (3, 4), (3, 4), (3, 4)) == (3, 4, 3)
    assert infer("Stack", (3, 4), (3, 4), axis=1) == (2, 3, 4)
    assert infer("Stack", (), ()) == (2,)
    assert "(3, 4) (float) and (4, 3) (float) differ" in refused("Stack", (3, 4), (4, 3))[0]
    message, hints = refused("Stack", (3, 4), axis=4)
    assert "expected 1 to 3 or -1 to -3" in message
    assert hints == (SetParam("axis", -1),)


@pytest.mark.parametrize("dims", [[1], [1, 1], [1, 3], [1, 2, 3]])
def test_permute_names_each_axis_once(dims: list[int]) -> None:
    message, hints = refused("Permute", SEQUENCE, dims=dims)
    assert f"dims is {dims}" in message
    assert "expected each of [1, 2] once" in message
    assert hints == (SetParam("dims", (2, 1)),)


def test_what_leaves_nothing() -> None:
    assert "nothing of the 7 cells of axis 2" in refused("Slice", SEQUENCE, start=5, stop=5)[0]
    assert "leaves nothing of the sequence (9, 7)" in refused("Cropping1D", SEQUENCE, cropping=[4, 5])[0]
    assert "leaves nothing of the image (9, 7, 6)" in refused("Cropping2D", IMAGE, cropping=[0, 4])[0]
    with pytest.raises(ParamError, match="an integer other than 0"):
        LAYERS["Slice"](step=0)


@pytest.mark.parametrize("given", [2, [2, 2], [[2, 2], [2, 2]], [2, 2, 2, 2]])
def test_margins_as_keras_writes_them(given: Any) -> None:
    assert LAYERS["ZeroPadding2D"](padding=given).padding == (2, 2, 2, 2)
    assert LAYERS["ZeroPadding2D"](padding=given).caption() == "2"


@pytest.mark.parametrize("given", [-1, [1, 2, 3], [[1, 2], 3.5], "a", [[1, 2], [3, 4], [5, 6]]])
def test_margins_that_are_none(given: Any) -> None:
    with pytest.raises(ParamError, match="top, bottom, left and right"):
        LAYERS["ZeroPadding2D"](padding=given)


@pytest.mark.parametrize("name", ["ReduceMax", "UnitNormalization"])
def test_axes_that_are_not_there(name: str) -> None:
    assert "axis is 3" in refused(name, SEQUENCE, axis=[1, 3])[0]
    assert "axis is 0" in refused(name, SEQUENCE, axis=0)[0]
    with pytest.raises(ParamError, match="an axis or a list of axes"):
        LAYERS[name](axis="last")


@pytest.mark.parametrize("name", ["ZeroPadding2D", "Cropping2D", "UpSampling2D", "GlobalMaxPooling2D"])
def test_what_is_no_image(name: str) -> None:
    assert refused(name, (8, 8))[1] == (InsertBefore("Reshape", {"target_shape": [8, 8, 1]}),)


@pytest.mark.parametrize("name", ["ZeroPadding1D", "Cropping1D", "UpSampling1D", "GlobalMaxPooling1D", "MaxPooling1D"])
def test_what_is_no_sequence(name: str) -> None:
    assert refused(name, (8,))[1] == (InsertBefore("Reshape", {"target_shape": [8, 1]}),)


def test_a_window_longer_than_the_sequence() -> None:
    message, hints = refused("MaxPooling1D", SEQUENCE, pool_size=10)
    assert "9" in message
    assert hints == (SetParam("padding", "same"),)


def test_group_normalization_groups_must_divide() -> None:
    message, hints = refused("GroupNormalization", IMAGE, groups=4)
    assert "groups is 4" in message
    assert ": 6;" in message
    assert hints == (SetParam("groups", 2),)
    assert refused("GroupNormalization", IMAGE, groups=0)[1] == (SetParam("groups", -1),)


def test_normalization_has_both_or_neither() -> None:
    message, hints = refused("Normalization", SEQUENCE, mean=3.0)
    assert "expected both, or neither" in message
    assert hints == (SetParam("variance", 1.0),)


def test_embedding_takes_ids() -> None:
    layer = LAYERS["Embedding"](input_dim=10, output_dim=3)
    assert layer.infer(TensorSpec((4, 2), "int")) == TensorSpec((4, 2, 3))
    assert {k: w.shape for k, w in layer.weights(TensorSpec((4,), "int")).items()} == {"embeddings": (10, 3)}
    with pytest.raises(ShapeError, match='expected token ids: set the dtype of its Input to "int"'):
        layer.infer(TensorSpec((4,)))
    with pytest.raises(ParamError, match="from 1 to 16777216"):
        LAYERS["Embedding"](input_dim=2**24 + 1, output_dim=3)


def test_volumes_are_asked_for() -> None:
    for name in ("ZeroPadding3D", "Cropping3D", "UpSampling3D"):
        message, hints = refused(name, (4, 3, 5))
        assert "expected (depth, height, width, channels)" in message
        assert hints == (InsertBefore("Reshape", {"target_shape": [4, 3, 5, 1]}),)
    assert "leaves nothing of the volume (4, 3, 5, 2)" in refused("Cropping3D", VOLUME, cropping=2)[0]
    with pytest.raises(ParamError, match=r"top, bottom, left and right, or \(depth, rows, columns\), or one number"):
        LAYERS["ZeroPadding3D"](padding=[1, 2])
