"""Shapes, weights and what is said where they don't fit. The sizes all differ, so that a transposed axis shows."""

from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError, ShapeError
from netstudio.graph.problems import Hint, InsertBefore, SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers import LAYERS

IMAGE = (9, 7, 6)


def infer(name: str, *shapes: tuple[int, ...], **params: Any) -> tuple[int, ...]:
    spec = LAYERS[name](**params).infer(*map(TensorSpec, shapes))
    assert isinstance(spec, TensorSpec)
    return spec.shape


def refused(name: str, *inputs: tuple[int, ...] | TensorSpec, **params: Any) -> tuple[str, tuple[Hint, ...]]:
    specs = [x if isinstance(x, TensorSpec) else TensorSpec(x) for x in inputs]
    with pytest.raises(ShapeError) as caught:
        LAYERS[name](**params).infer(*specs)
    return str(caught.value), caught.value.hints


def weights(name: str, shape: tuple[int, ...], **params: Any) -> dict[str, tuple[int, ...]]:
    return {k: w.shape for k, w in LAYERS[name](**params).weights(TensorSpec(shape)).items()}


def test_dense() -> None:
    assert infer("Dense", (5,), units=3) == (3,)
    assert infer("Dense", (4, 5), units=3) == (4, 3)
    assert weights("Dense", (4, 5), units=3) == {"kernel": (5, 3), "bias": (3,)}
    assert weights("Dense", (5,), units=3, use_bias=False) == {"kernel": (5, 3)}
    message, hints = refused("Dense", (), units=3)
    assert "()" in message
    assert hints == (InsertBefore("Reshape", {"target_shape": [1]}),)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, (7, 5, 8)),
        ({"padding": "same"}, (9, 7, 8)),
        ({"strides": 2}, (4, 3, 8)),
        ({"strides": [2, 3], "padding": "same"}, (5, 3, 8)),
        ({"dilation_rate": [2, 3]}, (5, 1, 8)),
        ({"kernel_size": [9, 7]}, (1, 1, 8)),
        ({"kernel_size": 1}, (9, 7, 8)),
        ({"groups": 2}, (7, 5, 8)),
    ],
)
def test_conv2d(params: dict[str, Any], expected: tuple[int, ...]) -> None:
    assert infer("Conv2D", IMAGE, **{"filters": 8, "kernel_size": 3, **params}) == expected


def test_conv2d_weights() -> None:
    assert weights("Conv2D", IMAGE, filters=8, kernel_size=[3, 2]) == {"kernel": (3, 2, 6, 8), "bias": (8,)}
    assert weights("Conv2D", IMAGE, filters=8, kernel_size=3, groups=2, use_bias=False) == {"kernel": (3, 3, 3, 8)}


@pytest.mark.parametrize(("name", "params"), [("Conv2D", {"filters": 2, "kernel_size": 3}), ("MaxPooling2D", {})])
def test_what_is_no_image(name: str, params: dict[str, Any]) -> None:
    message, hints = refused(name, (8, 8), **params)
    assert "(8, 8)" in message
    assert "(height, width, channels)" in message
    assert hints == (InsertBefore("Reshape", {"target_shape": [8, 8, 1]}),)
    assert infer(name, (8, 8, 1), **params)
    assert "(5,)" in refused(name, (5,), **params)[0]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("Conv2D", {"filters": 2, "kernel_size": [3, 8]}),
        ("Conv2D", {"filters": 2, "kernel_size": 3, "dilation_rate": 4}),
        ("MaxPooling2D", {"pool_size": [10, 1]}),
        ("AveragePooling2D", {"pool_size": 8}),
    ],
)
def test_a_window_larger_than_the_image(name: str, params: dict[str, Any]) -> None:
    message, hints = refused(name, IMAGE, **params)
    assert "(9, 7)" in message
    assert hints == (SetParam("padding", "same"),)
    assert infer(name, IMAGE, **params, padding="same")


def test_groups_must_divide() -> None:
    message, hints = refused("Conv2D", IMAGE, filters=8, kernel_size=3, groups=4)
    assert "groups is 4" in message
    assert "channels" in message
    assert hints == (SetParam("groups", 1),)
    assert "filters: 8" in refused("Conv2D", IMAGE, filters=8, kernel_size=3, groups=3)[0]


def test_strides_and_dilation_exclude_each_other() -> None:
    message, hints = refused("Conv2D", IMAGE, filters=8, kernel_size=3, strides=2, dilation_rate=2)
    assert "dilation_rate" in message
    assert SetParam("dilation_rate", (1, 1)) in hints


def test_pooling() -> None:
    assert infer("MaxPooling2D", IMAGE) == (4, 3, 6)
    assert infer("MaxPooling2D", IMAGE, padding="same") == (5, 4, 6)
    assert infer("AveragePooling2D", IMAGE, pool_size=[3, 2], strides=1) == (7, 6, 6)
    assert infer("GlobalAveragePooling2D", IMAGE) == (6,)
    assert infer("GlobalAveragePooling2D", IMAGE, keepdims=True) == (1, 1, 6)


SEQUENCE = (9, 7)


def test_lstm() -> None:
    assert infer("LSTM", SEQUENCE, units=3) == (3,)
    assert infer("LSTM", SEQUENCE, units=3, return_sequences=True) == (9, 3)
    assert weights("LSTM", SEQUENCE, units=3) == {"kernel": (7, 12), "recurrent_kernel": (3, 12), "bias": (12,)}
    assert list(weights("LSTM", SEQUENCE, units=3, use_bias=False)) == ["kernel", "recurrent_kernel"]


@pytest.mark.parametrize(("unit_forget_bias", "forget"), [(True, 1.0), (False, 0.5)])
def test_lstm_begins_by_remembering(unit_forget_bias: bool, forget: float) -> None:
    start = {"type": "Constant", "params": {"value": 0.5}}
    layer = LAYERS["LSTM"](units=3, bias_initializer=start, unit_forget_bias=unit_forget_bias)
    bias = layer.weights(TensorSpec(SEQUENCE))["bias"]
    values = bias.initializer.sample(np.random.default_rng(0), bias.shape)
    np.testing.assert_array_equal(values, [0.5] * 3 + [forget] * 3 + [0.5] * 6)


def test_gru() -> None:
    assert infer("GRU", SEQUENCE, units=3) == (3,)
    assert weights("GRU", SEQUENCE, units=3) == {"kernel": (7, 9), "recurrent_kernel": (3, 9), "bias": (2, 9)}
    assert weights("GRU", SEQUENCE, units=3, reset_after=False)["bias"] == (9,)
    assert list(weights("GRU", SEQUENCE, units=3, use_bias=False)) == ["kernel", "recurrent_kernel"]


@pytest.mark.parametrize(
    ("name", "states"), [("LSTM", ["state_h", "state_c"]), ("GRU", ["state"]), ("SimpleRNN", ["state"])]
)
def test_states_have_ports_of_their_own(name: str, states: list[str]) -> None:
    layer = LAYERS[name](units=3, return_state=True, return_sequences=True)
    assert [p.name for p in layer.outputs] == ["out", *states]
    assert layer.infer(TensorSpec(SEQUENCE)) == (TensorSpec((9, 3)), *[TensorSpec((3,))] * len(states))
    assert LAYERS[name].ports({"units": 3, "return_state": True})[1] == layer.outputs
    assert [p.name for p in LAYERS[name].ports({"return_state": "yes"})[1]] == ["out"]


def both_ways(**params: Any) -> dict[str, Any]:
    return {"type": "LSTM", "params": {"units": 3, **params}}


@pytest.mark.parametrize(
    ("mode", "shapes"), [("concat", [(6,)]), ("sum", [(3,)]), ("mul", [(3,)]), ("ave", [(3,)]), (None, [(3,)] * 2)]
)
def test_bidirectional(mode: str | None, shapes: list[tuple[int, ...]]) -> None:
    layer = LAYERS["Bidirectional"](layer=both_ways(return_state=True), merge_mode=mode)
    assert layer.infer(TensorSpec(SEQUENCE)) == tuple(TensorSpec(s) for s in [*shapes, *[(3,)] * 4])
    states = ["forward_state_h", "forward_state_c", "backward_state_h", "backward_state_c"]
    assert [p.name for p in layer.outputs] == [*(["out"] if mode else ["forward", "backward"]), *states]
    one = {"kernel": (7, 12), "recurrent_kernel": (3, 12), "bias": (12,)}
    expected = {f"{way}_layer/{k}": s for way in ("forward", "backward") for k, s in one.items()}
    assert {k: w.shape for k, w in layer.weights(TensorSpec(SEQUENCE)).items()} == expected
    assert [p.name for p in LAYERS["Bidirectional"].ports({"layer": 3})[1]] == ["out"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"layer": both_ways(go_backwards=True)}, "set its go_backwards to false"),
        ({"layer": both_ways(), "backward_layer": both_ways()}, "both layers read the same way"),
        (
            {"layer": both_ways(), "backward_layer": both_ways(go_backwards=True, return_sequences=True)},
            "return_sequences is False in layer and True in backward_layer",
        ),
        ({"layer": "Dense"}, "unknown recurrent layer 'Dense'"),
        ({"layer": {"type": "LSTM", "params": {"units": 0}}}, "layer: units is 0; expected an integer of 1 or more"),
    ],
)
def test_two_ways_that_do_not_fit(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParamError, match=message):
        LAYERS["Bidirectional"](**params)


def test_time_distributed() -> None:
    conv = {"type": "Conv2D", "params": {"filters": 4, "kernel_size": 3}}
    assert infer("TimeDistributed", (5, 9, 7, 2), layer=conv) == (5, 7, 5, 4)
    assert weights("TimeDistributed", (5, 9, 7, 2), layer=conv) == {"layer/kernel": (3, 3, 2, 4), "layer/bias": (4,)}
    message, hints = refused("TimeDistributed", (5, 7), layer=conv)
    assert "at each step, the input has the shape (7,)" in message
    assert hints == ()
    assert "expected (steps, ...)" in refused("TimeDistributed", (), layer=conv)[0]
    for many in ("Add", "Split", "Input"):
        with pytest.raises(ParamError, match=f"unknown layer '{many}'"):
            LAYERS["TimeDistributed"](layer=many)
    with pytest.raises(ParamError, match="layer has 3 outputs; expected a layer with one"):
        LAYERS["TimeDistributed"](layer=both_ways(return_state=True))


def test_layer_normalization() -> None:
    assert infer("LayerNormalization", IMAGE) == IMAGE
    assert weights("LayerNormalization", IMAGE) == {"gamma": (6,), "beta": (6,)}
    assert weights("LayerNormalization", IMAGE, center=False, scale=False) == {}
    with pytest.raises(ParamError, match="axis is 1; expected -1, the last axis"):
        LAYERS["LayerNormalization"](axis=1)


def test_multi_head_attention() -> None:
    params: dict[str, Any] = {"num_heads": 2, "key_dim": 3}
    assert infer("MultiHeadAttention", SEQUENCE, (4, 5), **params) == SEQUENCE
    assert infer("MultiHeadAttention", SEQUENCE, (4, 5), (4, 6), **params, output_shape=8) == (9, 8)
    specs = [TensorSpec(s) for s in (SEQUENCE, (4, 5), (4, 6))]
    made = LAYERS["MultiHeadAttention"](**params, value_dim=10, output_shape=8).weights(*specs)
    assert {k: w.shape for k, w in made.items()} == {
        "query/kernel": (7, 2, 3), "query/bias": (2, 3), "key/kernel": (6, 2, 3), "key/bias": (2, 3),
        "value/kernel": (5, 2, 10), "value/bias": (2, 10),
        "attention_output/kernel": (2, 10, 8), "attention_output/bias": (8,),
    }  # fmt: skip


def test_keys_and_values_come_in_pairs() -> None:
    message, _ = refused("MultiHeadAttention", SEQUENCE, (4, 5), (6, 5), num_heads=2, key_dim=3)
    assert "key has 6 steps (shape (6, 5)) and value 4 (shape (4, 5))" in message


SEQUENCE_LAYERS: list[tuple[str, dict[str, Any], int]] = [
    *[(name, {"units": 3}, 1) for name in ("LSTM", "GRU", "SimpleRNN")],
    ("Bidirectional", {"layer": {"type": "GRU", "params": {"units": 3}}}, 1),
    ("GlobalAveragePooling1D", {}, 1),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, 2),
]


@pytest.mark.parametrize(("name", "params", "inputs"), SEQUENCE_LAYERS)
@pytest.mark.parametrize(("shape", "repaired"), [((6,), [6, 1]), ((9, 7, 6), [9, -1])])
def test_what_is_no_sequence(
    name: str, params: dict[str, Any], inputs: int, shape: tuple[int, ...], repaired: list[int]
) -> None:
    message, hints = refused(name, *[shape] * inputs, **params)
    assert f"the input has the shape {shape}; expected (steps, features)" in message
    assert hints == (InsertBefore("Reshape", {"target_shape": repaired}),)
    assert refused(name, *[()] * inputs, **params)[1] == ()


def test_global_average_pooling_of_sequences() -> None:
    assert infer("GlobalAveragePooling1D", SEQUENCE) == (7,)
    assert infer("GlobalAveragePooling1D", SEQUENCE, keepdims=True) == (1, 7)


def test_flatten_and_reshape() -> None:
    assert infer("Flatten", IMAGE) == (378,)
    assert infer("Flatten", ()) == (1,)
    assert infer("Reshape", IMAGE, target_shape=[63, 6]) == (63, 6)
    assert infer("Reshape", IMAGE, target_shape=[7, -1, 2]) == (7, 27, 2)
    assert infer("Reshape", (1,), target_shape=[]) == ()
    assert LAYERS["Flatten"]().infer(TensorSpec((3, 4), "int")) == TensorSpec((12,), "int")


@pytest.mark.parametrize(("shape", "wanted"), [([5, 2], "10"), ([5, -1], "a multiple of 5"), ([], "1")])
def test_reshape_of_a_wrong_count(shape: list[int], wanted: str) -> None:
    message, hints = refused("Reshape", (3, 4), target_shape=shape)
    assert "(3, 4)" in message
    assert "12" in message
    assert wanted in message
    assert hints == (SetParam("target_shape", (-1,)),)


@pytest.mark.parametrize("shape", [[0], [-1, -1], [-2], ["a"], 1.5])
def test_reshape_to_what_is_no_shape(shape: Any) -> None:
    with pytest.raises(ParamError, match=r"target_shape.*one may be -1"):
        LAYERS["Reshape"](target_shape=shape)


@pytest.mark.parametrize("name", ["Add", "Multiply"])
def test_merges_broadcast(name: str) -> None:
    assert infer(name, (3, 4)) == (3, 4)
    assert infer(name, (3, 4), (3, 4), (3, 4)) == (3, 4)
    assert infer(name, (3, 1, 5), (1, 4, 5)) == (3, 4, 5)
    assert infer(name, (5,), (3, 4, 5)) == (3, 4, 5)
    assert infer(name, (), (2, 3)) == (2, 3)
    message, _ = refused(name, (3, 4), (4, 3))
    assert "(3, 4) and (4, 3)" in message


def test_concatenate() -> None:
    assert infer("Concatenate", (3, 4), (3, 5), (3, 1)) == (3, 10)
    assert infer("Concatenate", (3, 4), (2, 4), axis=1) == (5, 4)
    assert infer("Concatenate", (3, 4), (2, 4), axis=-2) == (5, 4)
    message, hints = refused("Concatenate", (3, 4), (2, 4))
    assert "(3, 4) and (2, 4)" in message
    assert hints == (SetParam("axis", 1),)
    assert "expected equal shapes" in refused("Concatenate", (3, 4), (3, 4, 1))[0]
    assert "float and int" in refused("Concatenate", (3,), TensorSpec((3,), "int"))[0]
    assert refused("Concatenate", (), ())[1] == (InsertBefore("Reshape", {"target_shape": [1]}),)


@pytest.mark.parametrize("axis", [0, 3, -3, -4])
def test_concatenate_along_an_axis_that_is_not_there(axis: int) -> None:
    message, hints = refused("Concatenate", (3, 4), (3, 4), axis=axis)
    assert f"axis is {axis}" in message
    assert "1 to 2 or -1 to -2" in message
    assert hints == (SetParam("axis", -1),)


@pytest.mark.parametrize("name", [t.name for t in LAYERS if t.category == "activation" and t.name != "GLU"])
def test_activations_keep_the_shape(name: str) -> None:
    assert infer(name, IMAGE) == IMAGE
    assert "integers" in refused(name, TensorSpec(IMAGE, "int"))[0]


def test_glu_halves_an_axis() -> None:
    assert infer("GLU", IMAGE) == (9, 7, 3)
    assert infer("GLU", (4, 7, 6), axis=1) == (2, 7, 6)
    assert "7 along axis -2; expected an even number" in refused("GLU", IMAGE, axis=-2)[0]


@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax", "Sparsemax", "GLU"])
@pytest.mark.parametrize("axis", [0, 4, -4])
def test_an_axis_that_is_not_there(name: str, axis: int) -> None:
    message, hints = refused(name, IMAGE, axis=axis)
    assert f"axis is {axis}" in message
    assert "1 to 3 or -1 to -3 (0 is the batch axis)" in message
    assert hints == (SetParam("axis", -1),)


def test_prelu_shares_slopes() -> None:
    assert weights("PReLU", IMAGE) == {"alpha": IMAGE}
    assert weights("PReLU", IMAGE, shared_axes=[1, 2]) == {"alpha": (1, 1, 6)}
    message, hints = refused("PReLU", (5,), shared_axes=[2])
    assert "shared_axes is [2]" in message
    assert "the axes 1 to 1" in message
    assert hints == (SetParam("shared_axes", None),)


@pytest.mark.parametrize("name", ["Softmax", "BatchNormalization", "LayerNormalization"])
def test_what_needs_a_last_axis(name: str) -> None:
    assert refused(name, ())[1] == (InsertBefore("Reshape", {"target_shape": [1]}),)


COMPUTING = [
    "Dense",
    "Conv2D",
    "MaxPooling2D",
    "GlobalAveragePooling2D",
    "Dropout",
    "BatchNormalization",
    "Add",
    "ReLU",
]


@pytest.mark.parametrize("name", COMPUTING)
def test_class_numbers_are_no_numbers(name: str) -> None:
    assert "integers" in refused(name, TensorSpec(IMAGE, "int"), **LAYERS[name].initial_params())[0]


def test_batch_normalization_weights() -> None:
    made = LAYERS["BatchNormalization"]().weights(TensorSpec(IMAGE))
    assert list(made) == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert {w.shape for w in made.values()} == {(6,)}
    assert [w.trainable for w in made.values()] == [True, True, False, False]
    assert [w.initializer.name for w in made.values()] == ["Ones", "Zeros", "Zeros", "Ones"]
    assert list(weights("BatchNormalization", (6,), center=False, scale=False)) == ["moving_mean", "moving_variance"]


@pytest.mark.parametrize(
    ("name", "shape", "params"),
    [
        ("BatchNormalization", IMAGE, {}),
        ("LayerNormalization", IMAGE, {}),
        ("GroupNormalization", IMAGE, {"groups": 2}),
        ("PReLU", IMAGE, {}),
        *[(name, SEQUENCE, {"units": 3}) for name in ("LSTM", "GRU", "SimpleRNN")],
        ("Dense", (5,), {"units": 3}),
        ("Conv2D", IMAGE, {"filters": 2, "kernel_size": 3}),
    ],
)
def test_weights_carry_their_penalties_and_constraints(name: str, shape: tuple[int, ...], params: Any) -> None:
    kinds = {"_regularizer": "l2", "_constraint": "NonNeg"}
    given = {p: kinds[k] for p in LAYERS[name].declared for k in kinds if p.endswith(k)}
    made = LAYERS[name](**params, **given).weights(TensorSpec(shape))
    for weight in (w for w in made.values() if w.trainable):
        assert weight.regularizer.name == "L2"
        assert weight.constraint.name == "NonNeg"


def test_data_nodes() -> None:
    assert LAYERS["Input"](shape=[9, 7]).infer() == TensorSpec((9, 7))
    assert LAYERS["Target"](shape=[], dtype="int").infer() == TensorSpec((), "int")
    assert LAYERS["Output"]().infer(TensorSpec((3,))) == ()
    with pytest.raises(ParamError, match="Input needs shape"):
        LAYERS["Input"]()
    with pytest.raises(ParamError, match="shape"):
        LAYERS["Input"](shape=[8, 0])


def test_captions() -> None:
    conv = LAYERS["Conv2D"](filters=32, kernel_size=3, padding="same", strides=2, activation="relu")
    assert conv.caption() == "32 · 3×3/2×2 · same · relu"
    assert LAYERS["Dense"](units=7).caption() == "7"
    assert LAYERS["MaxPooling2D"]().caption() == "2×2 · valid"
    assert LAYERS["Input"](shape=[8, 8, 1], dtype="int").caption() == "8×8×1 · int"
    assert LAYERS["Reshape"](target_shape=[4, -1]).caption() == "4×-1"
