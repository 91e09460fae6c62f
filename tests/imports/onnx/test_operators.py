"""Each operator, in the opsets that write it differently, against the reference evaluator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import helper

from tests.imports.onnx.graphs import model_of, same_as_reference

node = helper.make_node
Array = NDArray[Any]
RNG = np.random.default_rng(0)
IMAGE, LAST = [None, 4, 5, 6], (0, 2, 3, 1)


def floats(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


ACTIVATIONS = [
    node("Relu", ["h"], ["y"]), node("LeakyRelu", ["h"], ["y"], alpha=0.2), node("Elu", ["h"], ["y"], alpha=0.7),
    node("Selu", ["h"], ["y"]), node("Celu", ["h"], ["y"], alpha=2.0), node("Sigmoid", ["h"], ["y"]),
    node("HardSigmoid", ["h"], ["y"]), node("HardSwish", ["h"], ["y"]), node("Tanh", ["h"], ["y"]),
    node("Softplus", ["h"], ["y"]), node("Softsign", ["h"], ["y"]), node("Exp", ["h"], ["y"]),
    node("ThresholdedRelu", ["h"], ["y"], alpha=0.5), node("Softmax", ["h"], ["y"]), node("LogSoftmax", ["h"], ["y"]),
    node("Shrink", ["h"], ["y"], lambd=0.5, bias=0.5), node("Neg", ["h"], ["y"]), node("Abs", ["h"], ["y"]),
    node("Clip", ["h", "low", "high"], ["y"]), node("Clip", ["h", "low"], ["y"]),
    node("Clip", ["h", "", "high"], ["y"]),
    node("Max", ["h", "low"], ["y"]), node("Min", ["h", "high"], ["y"]), node("Pow", ["h", "two"], ["y"]),
    node("Mul", ["h", "h"], ["y"]), node("PRelu", ["h", "slope"], ["y"]), node("Mish", ["h"], ["y"]),
]  # fmt: skip


@pytest.mark.parametrize("op", ACTIVATIONS, ids=lambda op: op.op_type)
def test_functions_of_values(op: Any, tmp_path: Path) -> None:
    weights = {
        "w": floats(5, 7), "low": np.float32(-0.3), "high": np.float32(0.8), "two": np.float32(2), "slope": floats(7)
    }  # fmt: skip
    used = {k: v for k, v in weights.items() if k in op.input or k == "w"}
    model = model_of([node("MatMul", ["x", "w"], ["h"]), op], {"x": [None, 5]}, {"y": 2}, used, 18)
    same_as_reference(model, tmp_path, {"x": floats(3, 5)})


@pytest.mark.parametrize(
    ("op", "constant"),
    [(op, c) for op in ("Add", "Sub", "Mul", "Div") for c in ("number", "channel", "row", "place", "all")],
)
def test_constants_in_arithmetic(op: str, constant: str, tmp_path: Path) -> None:
    same_as_reference(arithmetic(op, constant, ["r", "c"]), tmp_path, {"x": floats(2, 4, 5, 6)}, LAST, LAST)


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul"])
def test_constants_that_stand_first(op: str, tmp_path: Path) -> None:
    same_as_reference(arithmetic(op, "channel", ["c", "r"]), tmp_path, {"x": floats(2, 4, 5, 6)}, LAST, LAST)


def arithmetic(op: str, constant: str, inputs: list[str]) -> Any:
    shape = {"number": (), "channel": (4, 1, 1), "row": (5, 1), "place": (5, 6), "all": (1, 4, 5, 6)}[constant]
    c = np.asarray(np.abs(floats(*shape)) + 0.5, np.float32)
    last = node("MaxPool", ["h"], ["y"], kernel_shape=[1, 1])
    return model_of([node("Relu", ["x"], ["r"]), node(op, inputs, ["h"]), last], {"x": IMAGE}, {"y": 4}, {"c": c})


CONVOLUTIONS: list[dict[str, Any]] = [
    {}, {"pads": [1, 1, 1, 1]}, {"pads": [0, 1, 2, 1]}, {"strides": [2, 1]}, {"dilations": [2, 2]}, {"group": 2},
    {"group": 4}, {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
    {"auto_pad": "VALID"},
]  # fmt: skip


@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "plain"])
def test_convolutions(options: dict[str, Any], bias: bool, tmp_path: Path) -> None:
    weights = {"k": floats(8, 4 // options.get("group", 1), 3, 2)} | ({"b": floats(8)} if bias else {})
    kernel = {"kernel_shape": [3, 2]}
    model = model_of([node("Conv", ["x", *weights], ["y"], **kernel, **options)], {"x": IMAGE}, {"y": 4}, weights)
    same_as_reference(model, tmp_path, {"x": floats(2, 4, 5, 6)}, LAST, LAST)


@pytest.mark.parametrize(
    "options",
    [{}, {"strides": [2, 2]}, {"strides": [2, 2], "pads": [1, 1, 1, 1]}, {"strides": [3, 3], "output_padding": [1, 0]},
     {"strides": [2, 2], "pads": [1, 0, 0, 1], "output_padding": [1, 1]}],
    ids=str,
)  # fmt: skip
def test_transposed_convolutions(options: dict[str, Any], tmp_path: Path) -> None:
    weights = {"k": floats(4, 3, 3, 3), "b": floats(3)}
    model = model_of([node("ConvTranspose", ["x", "k", "b"], ["y"], **options)], {"x": IMAGE}, {"y": 4}, weights)
    same_as_reference(model, tmp_path, {"x": floats(2, 4, 5, 6)}, LAST, LAST)


POOLINGS: list[tuple[str, dict[str, Any]]] = [
    ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("MaxPool", {"kernel_shape": [3, 3], "strides": [1, 1], "pads": [1, 1, 1, 1]}),
    ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    ("AveragePool", {"kernel_shape": [2, 3], "strides": [2, 1]}),
    ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
    ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1}),
    ("GlobalAveragePool", {}), ("GlobalMaxPool", {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), POOLINGS, ids=str)
def test_pooling(kind: str, options: dict[str, Any], tmp_path: Path) -> None:
    model = model_of([node(kind, ["x"], ["y"], **options)], {"x": [None, 4, 8, 6]}, {"y": 4}, {})
    same_as_reference(model, tmp_path, {"x": floats(2, 4, 8, 6)}, LAST, LAST)


def test_pooling_up_to_a_whole_window(tmp_path: Path) -> None:
    """The reference evaluator counts them otherwise than the standard: 5 cells in windows of 2 are 3."""
    from tests.imports.onnx.graphs import imported

    model = model_of([node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)],
                     {"x": [None, 1, 5, 4]}, {"y": 4}, {})  # fmt: skip
    x = -np.abs(floats(1, 5, 4, 1))
    found = imported(model, tmp_path).model(threads=1).predict(x)
    assert found.shape == (1, 3, 2, 1)
    np.testing.assert_allclose(found[0, 2, :, 0], x[0, 4, :, 0].reshape(2, 2).max(1))


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize("kind", ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"])
@pytest.mark.parametrize("axes", [[1], [2, 3], [-1], [1, 2, 3]], ids=str)
def test_reductions(kind: str, axes: list[int], keep: int, tmp_path: Path) -> None:
    nodes = [
        node("Conv", ["x", "k"], ["h"]),
        node(kind, ["h"], ["r"], axes=axes, keepdims=keep),
        node("Flatten", ["r"], ["y"]),
    ]
    model = model_of(nodes, {"x": IMAGE}, {"y": 2}, {"k": floats(3, 4, 1, 1)}, 11)
    same_as_reference(model, tmp_path, {"x": floats(2, 4, 5, 6)}, LAST)


def test_batch_normalisation_keeps_its_statistics(tmp_path: Path) -> None:
    weights = {"g": floats(4), "b": floats(4), "m": floats(4), "v": np.abs(floats(4))}
    model = model_of(
        [node("BatchNormalization", ["x", *weights], ["y"], epsilon=1e-3)], {"x": IMAGE}, {"y": 4}, weights
    )
    made = same_as_reference(model, tmp_path, {"x": floats(2, 4, 5, 6)}, LAST, LAST)
    np.testing.assert_array_equal(made.file.weights["batchnormalization1/moving_mean"], weights["m"])
    assert made.graph.nodes["batchnormalization1"].params["momentum"] == pytest.approx(0.9)


@pytest.mark.parametrize("opset", [7, 9, 13, 18])
def test_shapes_told_by_attributes_and_by_inputs(opset: int, tmp_path: Path) -> None:
    """Squeeze, Unsqueeze, Split, Slice, Pad and Clip changed the way in which they are told."""
    old = opset < 13
    sizes = {"axes": ints(1), "sizes": ints(2, 3), "first": ints(1), "last": ints(4), "around": ints(0, 0, 1, 0, 0, 2)}
    told: dict[str, Any] = {"axes": [1]} if old else {}
    nodes = [
        node("Unsqueeze", ["x"] if old else ["x", "axes"], ["u"], **told),
        node("Squeeze", ["u"] if old else ["u", "axes"], ["s"], **told),
        node("Split", ["s"] if old else ["s", "sizes"], ["a", "b"], axis=1, **({"split": [2, 3]} if old else {})),
        node("Concat", ["b", "a"], ["c"], axis=1),
        node("Slice", ["c"], ["d"], axes=[1], starts=[1], ends=[4])
        if opset < 10
        else node("Slice", ["c", "first", "last", "axes"], ["d"]),
        node("Pad", ["d"], ["p"], pads=[0, 0, 1, 0, 0, 2]) if opset < 11 else node("Pad", ["d", "around"], ["p"]),
        node("Dropout", ["p"], ["y"]),
    ]  # fmt: skip
    read = {name for n in nodes for name in n.input}
    model = model_of(nodes, {"x": [None, 5, 6]}, {"y": 3}, {k: v for k, v in sizes.items() if k in read}, opset)
    same_as_reference(model, tmp_path, {"x": floats(3, 5, 6)})


def test_a_keras_network_has_no_transposes_here(tmp_path: Path) -> None:
    """tf2onnx puts a Transpose before and after each convolution; ours are channels last as Keras's are."""
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Conv", ["t", "k"], ["c"], auto_pad="SAME_UPPER"),
        node("Add", ["c", "b"], ["a"]), node("Transpose", ["a"], ["l"], perm=[0, 2, 3, 1]), node("Relu", ["l"], ["r"]),
        node("Transpose", ["r"], ["t2"], perm=[0, 3, 1, 2]),
        node("MaxPool", ["t2"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Transpose", ["p"], ["l2"], perm=[0, 2, 3, 1]), node("Reshape", ["l2", "s"], ["f"]),
        node("MatMul", ["f", "w"], ["m"]), node("Add", ["m", "d"], ["y"]),
    ]  # fmt: skip
    weights = {
        "k": floats(3, 2, 3, 3),
        "b": floats(1, 3, 1, 1),
        "s": ints(-1, 3 * 4 * 3),
        "w": floats(36, 5),
        "d": floats(5),
    }
    model = model_of(nodes, {"x": [None, 6, 8, 2]}, {"y": 2}, weights, 13)
    made = same_as_reference(model, tmp_path, {"x": floats(2, 6, 8, 2)})
    types = [n.type for n in made.graph.nodes.values()]
    assert types[:6] == ["Input", "Conv2D", "ReLU", "MaxPooling2D", "Flatten", "Dense"]


@pytest.mark.parametrize("steps_first", [True, False])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_recurrent_layers(kind: str, steps_first: bool, tmp_path: Path) -> None:
    """From the start; test_golden has both directions, which the reference evaluator does not know."""
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]
    weights = {"w": floats(1, gates * 3, 4), "r": floats(1, gates * 3, 3), "b": floats(1, 2 * gates * 3)}
    before = [] if steps_first else [node("Transpose", ["x"], ["t"], perm=[1, 0, 2])]
    options = {"linear_before_reset": 1} if kind == "GRU" else {}
    made = node(kind, ["x" if steps_first else "t", *weights], ["", "h"], hidden_size=3, **options)
    shape = [5, None, 4] if steps_first else [None, 5, 4]
    nodes = [*before, made, node("Squeeze", ["h", "axis"], ["y"])]
    model = model_of(nodes, {"x": shape}, {"y": 2}, {**weights, "axis": ints(0)})
    given = floats(5, 2, 4) if steps_first else floats(2, 5, 4)
    same_as_reference(model, tmp_path, {"x": given}, (1, 0, 2) if steps_first else None)


def test_a_table_of_vectors(tmp_path: Path) -> None:
    nodes = [node("Gather", ["t", "x"], ["e"]), node("ReduceMean", ["e"], ["y"], axes=[1], keepdims=0)]
    model = model_of(nodes, {"x": [None, 4]}, {"y": 2}, {"t": floats(9, 5)}, 13, integers=["x"])
    made = same_as_reference(model, tmp_path, {"x": RNG.integers(0, 9, (3, 4))})
    assert made.graph.nodes["x"].params == {"shape": [4], "dtype": "int"}


def test_layer_normalisation_that_was_taken_apart(tmp_path: Path) -> None:
    nodes = [
        node("ReduceMean", ["x"], ["m"], axes=[-1]), node("Sub", ["x", "m"], ["d"]), node("Pow", ["d", "two"], ["q"]),
        node("ReduceMean", ["q"], ["v"], axes=[-1]), node("Add", ["v", "e"], ["ve"]), node("Sqrt", ["ve"], ["s"]),
        node("Div", ["d", "s"], ["n"]), node("Mul", ["n", "g"], ["ng"]), node("Add", ["ng", "b"], ["y"]),
    ]  # fmt: skip
    weights = {"two": np.float32(2), "e": np.float32(1e-5), "g": floats(6), "b": floats(6)}
    made = same_as_reference(
        model_of(nodes, {"x": [None, 3, 6]}, {"y": 3}, weights, 13), tmp_path, {"x": floats(2, 3, 6)}
    )
    assert [n.type for n in made.graph.nodes.values()][:2] == ["Input", "LayerNormalization"]


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_depth_to_space(mode: str, tmp_path: Path) -> None:
    nodes = [node("DepthToSpace", ["x"], ["d"], blocksize=2, mode=mode), node("Conv", ["d", "k"], ["y"])]
    model = model_of(nodes, {"x": [None, 8, 3, 4]}, {"y": 4}, {"k": floats(3, 2, 1, 1)}, 13)
    same_as_reference(model, tmp_path, {"x": floats(2, 8, 3, 4)}, LAST, LAST)


def test_upsampling_repeats_cells(tmp_path: Path) -> None:
    made = node(
        "Resize",
        ["x", "", "f"],
        ["y"],
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    model = model_of([made], {"x": [None, 2, 3, 4]}, {"y": 4}, {"f": np.array([1, 1, 2, 3], np.float32)}, 13)
    same_as_reference(model, tmp_path, {"x": floats(2, 2, 3, 4)}, LAST, LAST)


def test_a_mask_that_is_the_same_for_all_samples(tmp_path: Path) -> None:
    allowed = np.tril(np.ones((4, 4), bool))
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 2, 1]), node("MatMul", ["x", "t"], ["s"]),
        node("Where", ["allowed", "s", "low"], ["w"]), node("Softmax", ["w"], ["p"], axis=-1),
        node("MatMul", ["p", "x"], ["y"]),
    ]  # fmt: skip
    weights = {"allowed": allowed, "low": np.float32(-np.inf)}
    same_as_reference(model_of(nodes, {"x": [None, 4, 3]}, {"y": 3}, weights, 13), tmp_path, {"x": floats(2, 4, 3)})


def test_one_number_a_sample(tmp_path: Path) -> None:
    nodes = [node("MatMul", ["x", "w"], ["h"]), node("Sigmoid", ["h"], ["y"])]
    same_as_reference(model_of(nodes, {"x": [None, 4]}, {"y": 1}, {"w": floats(4)}), tmp_path, {"x": floats(3, 4)})


def test_channels_last_images_grow_too(tmp_path: Path) -> None:
    options = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Conv", ["t", "k"], ["c"]),
        node("Transpose", ["c"], ["l"], perm=[0, 2, 3, 1]), node("Resize", ["l", "", "f"], ["y"], **options),
    ]  # fmt: skip
    weights = {"f": np.array([1, 2, 3, 1], np.float32), "k": floats(3, 2, 1, 1)}
    made = same_as_reference(
        model_of(nodes, {"x": [None, 3, 4, 2]}, {"y": 4}, weights, 13), tmp_path, {"x": floats(2, 3, 4, 2)}
    )
    assert [n.type for n in made.graph.nodes.values()][:3] == ["Input", "Conv2D", "UpSampling2D"]


def test_several_outputs_are_called_as_in_the_file(tmp_path: Path) -> None:
    nodes = [node("Relu", ["x"], ["first"]), node("Flatten", ["first"], ["second"]), node("Tanh", ["second"], ["h"])]
    model = model_of(nodes, {"x": [None, 2, 3]}, {"first": 3, "second": 2, "h": 2}, {})
    made = same_as_reference(model, tmp_path, {"x": floats(2, 2, 3)})
    assert {"first", "second", "h"} <= made.graph.nodes.keys()
