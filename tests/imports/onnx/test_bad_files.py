"""Whatever is in the file, there is a model or one message that says what is wrong and where."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from netstudio.errors import FileError, ModelImportError, NetStudioError
from netstudio.imports import read_import
from netstudio.imports.onnx import CONVERTERS
from netstudio.imports.onnx.folding import FOLDS
from tests.imports.onnx.graphs import imported, model_of

node = helper.make_node
DENSE = {"w": np.ones((4, 3), np.float32)}
GOLDEN = Path(__file__).parent / "models" / "cnn_script.onnx"


def dense(shape: Sequence[Any] = (None, 4), **options: Any) -> Any:
    return model_of([node("MatMul", ["x", "w"], ["y"])], {"x": shape}, {"y": 2}, DENSE, **options)


def message(model: Any, folder: Path, **options: Any) -> str:
    with pytest.raises(ModelImportError) as caught:
        imported(model, folder, **options)
    assert str(folder / "made.onnx") in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "is empty"), (b"\x00\xff" * 40, "no ONNX file"), (b"PK\x03\x04 a zip", "no ONNX file"),
     (b"{}", "no ONNX file"), (GOLDEN.read_bytes()[:5000], "no ONNX file")],
    ids=["empty", "noise", "zip", "json", "truncated"],
)  # fmt: skip
def test_what_is_no_onnx_file(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "made.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelImportError, match=expected):
        read_import(path)


def test_no_file_and_another_kind_of_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no file"):
        read_import(tmp_path / "none.onnx")
    with pytest.raises(ModelImportError, match="models are imported from ONNX files"):
        read_import(tmp_path / "model.pt")


def test_an_operator_that_there_is_no_layer_for_is_named(tmp_path: Path) -> None:
    model = model_of([node("Det", ["x"], ["y"], name="/head/Det")], {"x": [None, 3, 3]}, {"y": 1}, {})
    with pytest.raises(ModelImportError) as caught:
        imported(model, tmp_path)
    assert (caught.value.operator, caught.value.kind) == ("/head/Det", "Det")
    assert "'/head/Det' (Det) can't be imported: there is no layer here for Det" in str(caught.value)


def test_operators_of_other_programs_are_told_apart(tmp_path: Path) -> None:
    model = dense()
    model.graph.node[0].domain = "com.microsoft"
    assert "belongs to another program" in message(model, tmp_path)


ONES = {"w": np.ones(4, np.float32)}
GATES = {"a": np.ones((1, 4, 2), np.float32), "r": np.ones((1, 4, 1), np.float32), "p": np.ones((1, 3), np.float32)}
HUGE = {"w": np.ones(1, np.float32), "s": np.array([1 << 20, 4]), "t": np.array([1 << 10, 1])}
GROWN = [node("Expand", ["w", "s"], ["h"]), node("Tile", ["h", "t"], ["k"]), node("Add", ["x", "k"], ["y"])]
PEEPHOLES = node("LSTM", ["x", "a", "r", "", "", "", "", "p"], ["y"], hidden_size=1)
# By what is wrong: the operators, the shape of x, the constants and part of the message.
CASES: Mapping[str, tuple[list[Any], list[Any], dict[str, Any], str]] = {
    "constant divided": ([node("Div", ["w", "x"], ["y"])], [None, 4], ONES, "divides a constant"),
    "power": ([node("Pow", ["x", "w"], ["y"])], [None, 4], {"w": np.float32(0.5)}, "exponent"),
    "rows mixed": ([node("Gemm", ["x", "w"], ["y"], transA=1)], [None, 4], DENSE, "transA"),
    "weights computed": ([node("Gemm", ["x", "x"], ["y"])], [None, 4], {}, "matrix B is computed from the data"),
    "weights too few": ([node("MatMul", ["x", "w"], ["y"])], [None, 5], DENSE, "expected 5 rows"),
    "over the samples": ([node("ReduceMean", ["x"], ["y"], axes=[0])], [None, 4], {}, "over the samples"),
    "samples picked": ([node("Gather", ["x", "w"], ["y"])], [None, 4], {"w": np.int64(0)}, "axis of the batch"),
    "shapes": ([node("Reshape", ["x", "w"], ["y"])], [None, 4], {"w": np.array([-1, 3])}, "4 values a sample"),
    "unsorted": ([node("Relu", ["h"], ["y"]), node("MatMul", ["x", "w"], ["h"])], [None, 4], DENSE, "order"),
    "input missing": ([node("MatMul", ["x", "gone"], ["y"])], [None, 4], {}, "'gone'"),
    "attribute missing": ([node("Concat", ["x", "x"], ["y"])], [None, 4], {}, "not as its kind has them"),
    "borders": (
        [node("Pad", ["x", "w"], ["y"], mode="reflect")], [None, 1, 4], {"w": np.array([0, 0, 1, 0, 0, 1])},
        "expected zeros",
    ),
    "half a size": (
        [node("Resize", ["x", "", "w"], ["y"])], [None, 1, 4, 4], {"w": np.array([1, 1, 0.5, 0.5], np.float32)},
        "whole numbers",
    ),
    "peepholes": ([PEEPHOLES], [5, None, 2], GATES, "peepholes"),
    "huge": (GROWN, [None, 4], HUGE, "would make a constant of"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_no_layer_expresses(case: str, tmp_path: Path) -> None:
    nodes, shape, weights, expected = CASES[case]
    model = model_of(nodes, {"x": shape}, {"y": 2}, weights)
    assert expected in message(model, tmp_path)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [(["n", "m"], "leaves sizes open (m)"), ([None, 0], "expected 1 or more"), ([None, 1 << 40], "expected 1 or more"),
     ([], "without an axis for samples")],
    ids=str,
)  # fmt: skip
def test_inputs_of_unknown_or_impossible_size(shape: list[Any], expected: str, tmp_path: Path) -> None:
    assert expected in message(dense(shape), tmp_path)


def test_sizes_that_are_left_open_can_be_given(tmp_path: Path) -> None:
    assert imported(dense(["n", "m"]), tmp_path, shapes={"x": [4]}).graph.nodes["x"].params["shape"] == [4]
    assert "do not fit" in message(dense(), tmp_path, shapes={"x": [3]})
    assert "no input 'z'; it has x" in message(dense(), tmp_path, shapes={"z": [3]})


@pytest.mark.parametrize("kind", [TensorProto.STRING, TensorProto.COMPLEX64])
def test_inputs_that_are_no_numbers(kind: int, tmp_path: Path) -> None:
    model = dense()
    model.graph.input[0].type.tensor_type.elem_type = kind
    assert "expected numbers" in message(model, tmp_path)


def test_old_opsets_say_what_to_do(tmp_path: Path) -> None:
    assert "opset 6" in message(dense(opset=6), tmp_path)


def test_weights_whose_bytes_are_not_there(tmp_path: Path) -> None:
    model = dense()
    model.graph.initializer[0].dims[0] = 1 << 40
    assert "the file is damaged" in message(model, tmp_path)
    model.graph.initializer[0].dims[0] = -4
    assert "impossible shape" in message(model, tmp_path)


def outside(location: str, **facts: int) -> Any:
    """A model whose weight stands in another file."""
    model = dense()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **facts}.items():
        tensor.external_data.add(key=key, value=str(value))
    return model


def written(model: Any, folder: Path) -> Path:
    path = folder / "made.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_weights_beside_the_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "made.data").write_bytes(b"????" + DENSE["w"].tobytes())
    found = read_import(written(outside("made.data", offset=4, length=48), tmp_path))
    np.testing.assert_array_equal(found.file.weights["dense1/kernel"], DENSE["w"])


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "a/../../secret", "", ".", "link"])
def test_no_weights_are_read_from_elsewhere(location: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(DENSE["w"].tobytes())
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelImportError, match="outside of the model's folder"):
        read_import(written(outside(location, length=48), folder))


def test_weights_beside_the_file_that_are_gone_or_short(tmp_path: Path) -> None:
    path = written(outside("made.data", length=48), tmp_path)
    with pytest.raises(FileError, match="there is no such file"):
        read_import(path)
    (tmp_path / "made.data").write_bytes(b"short")
    with pytest.raises(ModelImportError, match="not of one export"):
        read_import(path)


def test_a_file_that_predicts_no_numbers(tmp_path: Path) -> None:
    model = dense()
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.INT64
    assert "no output of numbers" in message(model, tmp_path)


def spoiled(data: st.DataObject, model: Any) -> None:
    """Take something away from an operator, or make it another."""
    op = data.draw(st.sampled_from(list(model.graph.node)))
    match data.draw(st.sampled_from(["input", "inputs", "outputs", "type", "attribute", "number", "weight"])):
        case "input" if op.input:
            op.input[data.draw(st.integers(0, len(op.input) - 1))] = data.draw(st.sampled_from(["", "gone", "x"]))
        case "inputs":
            del op.input[data.draw(st.integers(0, 2)) :]
        case "outputs":
            del op.output[data.draw(st.integers(0, 1)) :]
        case "type":
            op.op_type = data.draw(st.sampled_from([*sorted(CONVERTERS), *sorted(FOLDS), "ZipMap", "Erf", "If"]))
        case "attribute" if op.attribute:
            del op.attribute[data.draw(st.integers(0, len(op.attribute) - 1))]
        case "number" if op.attribute:
            attribute = data.draw(st.sampled_from(list(op.attribute)))
            attribute.i = data.draw(st.sampled_from([-(2**62), -7, -1, 0, 1, 99, 2**62]))
            attribute.ints[:] = data.draw(st.lists(st.integers(-3, 9), max_size=5))
        case "weight" if model.graph.initializer:
            tensor = data.draw(st.sampled_from(list(model.graph.initializer)))
            del tensor.dims[data.draw(st.integers(0, 2)) :]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_spoiled_operators_never_raise_anything_else(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["cnn_script", "lstm_dynamo", "vision_transformer_dynamo", "sklearn_classes"]))
    model = onnx.load(GOLDEN.with_name(f"{name}.onnx"))
    for _ in range(data.draw(st.integers(1, 3))):
        spoiled(data, model)
    with contextlib.suppress(NetStudioError):
        read_import(written(model, tmp_path))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_never_raise_anything_else(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(GOLDEN.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.onnx"
    path.write_bytes(content)
    with contextlib.suppress(NetStudioError):
        read_import(path)
