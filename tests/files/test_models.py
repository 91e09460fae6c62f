"""Model files: whole, plain NumPy, and never trusted."""

import io
import json
import math
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netstudio.errors import DocumentError, FileError, ModelFileError, NetStudioError
from netstudio.files.documents import load_graph, parse_graph
from netstudio.files.models import ModelFile, read_model, weight_shapes, write_model
from netstudio.resources import SAMPLES

DOCUMENT = {
    "format": "netstudio/graph",
    "version": 1,
    "nodes": [
        {"id": "x", "type": "Input", "params": {"shape": [3]}},
        {"id": "d", "type": "Dense", "params": {"units": 2}},
    ],
    "wires": [["x.out", "d.in"]],
}
GRAPH = parse_graph(json.dumps(DOCUMENT))
WEIGHTS = {"d/kernel": np.arange(6, dtype=np.float32).reshape(3, 2), "d/bias": np.array([1, 2], np.float32)}


def model(**more: Any) -> ModelFile:
    return ModelFile(
        GRAPH,
        WEIGHTS,
        classes={"x": ("ü", "b")},
        preprocessing={"steps": {}},
        history={"loss": [1.0, math.nan]},
        info={"seed": 3},
        **more,
    )


def with_json(**changes: Any) -> bytes:
    value = {"format": "netstudio/model", "version": 1, "graph": DOCUMENT, **changes}
    return json.dumps({k: v for k, v in value.items() if v is not ...}).encode()


def archive(path: Path, text: bytes | None = None, **more: Any) -> Path:
    members: dict[str, Any] = {"__netstudio__.json": np.frombuffer(with_json() if text is None else text, np.uint8)}
    members |= {name.replace("__", "/"): value for name, value in more.items()} or WEIGHTS
    np.savez(path, **members)
    return path


def test_the_round_trip_is_the_identity(tmp_path: Path) -> None:
    state = {"momentum": np.arange(3, dtype=np.float64), "d/kernel": WEIGHTS["d/kernel"] * 2}
    before = model(state=state, state_info={"epoch": 4})
    write_model(tmp_path / "m.npz", before)
    after = read_model(tmp_path / "m.npz")
    assert (after.graph, after.classes, after.preprocessing) == (before.graph, before.classes, before.preprocessing)
    assert (after.info, after.state_info) == (before.info, before.state_info)
    assert after.history["loss"][0] == 1.0
    assert math.isnan(after.history["loss"][1])
    assert after.state is not None
    for told, expected in ((after.weights, WEIGHTS), (after.state, state)):
        assert set(told) == set(expected)
        for name, values in expected.items():
            np.testing.assert_array_equal(told[name], values)
            assert told[name].dtype == values.dtype


def test_numpy_opens_it_without_pickles(tmp_path: Path) -> None:
    write_model(tmp_path / "m.npz", model())
    with np.load(tmp_path / "m.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"d/kernel", "d/bias", "__netstudio__.json"}
        np.testing.assert_array_equal(arrays["d/kernel"], WEIGHTS["d/kernel"])
        told = json.loads(arrays["__netstudio__.json"].tobytes())
    assert told["graph"]["nodes"][1]["id"] == "d"
    assert told["classes"] == {"x": ["ü", "b"]}
    assert told["history"] == {"loss": [1.0, None]}


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        write_model(tmp_path / name, model())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_model_packed_by_numpy_opens_too(tmp_path: Path) -> None:
    json_member = np.frombuffer(with_json(), np.uint8)
    np.savez_compressed(tmp_path / "m.npz", **{"__netstudio__.json": json_member, **WEIGHTS})
    np.testing.assert_array_equal(read_model(tmp_path / "m.npz").weights["d/bias"], WEIGHTS["d/bias"])


def test_the_weights_are_those_of_the_analysis() -> None:
    assert weight_shapes(GRAPH) == {"d/kernel": (3, 2), "d/bias": (2,)}


def test_no_file_is_written_that_could_not_be_read(tmp_path: Path) -> None:
    wrong = ModelFile(GRAPH, {"d/kernel": WEIGHTS["d/kernel"].T, "d/bias": WEIGHTS["d/bias"]})
    with pytest.raises(ModelFileError, match=r"d/kernel has the shape \(2, 3\); the graph's is \(3, 2\)"):
        write_model(tmp_path / "m.npz", wrong)
    assert not list(tmp_path.iterdir())


def test_the_old_file_stays_where_values_can_not_be_written(tmp_path: Path) -> None:
    write_model(tmp_path / "m.npz", model())
    before = (tmp_path / "m.npz").read_bytes()
    objects = np.array([object()])
    with pytest.raises(ValueError, match="pickle"):
        write_model(tmp_path / "m.npz", model(state={"a": objects}))
    assert (tmp_path / "m.npz").read_bytes() == before


KERNEL, BIAS = WEIGHTS["d/kernel"], WEIGHTS["d/bias"]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"d__kernel": KERNEL}, "the weight 'd/bias' is missing"),
        ({"d__kernel": KERNEL, "d__bias": BIAS, "d__beta": BIAS}, "unexpected array 'd/beta'"),
        ({"d__kernel": KERNEL, "d__bias": BIAS.astype(np.int32)}, "d/bias holds int32; expected float32"),
        ({"d__kernel": KERNEL[:2], "d__bias": BIAS}, r"has the shape (2, 2); the graph's is (3, 2)"),
        ({"d__kernel": KERNEL, "d__bias": np.array([1, None])}, "'d/bias' is damaged or not to be trusted"),
    ],
)
def test_weights_that_are_not_the_graphs(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        read_model(archive(tmp_path / "m.npz", **arrays))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "not JSON"),
        (b"[]", 'has no "format"'),
        (with_json(version=9), "a newer NetStudio wrote it"),
        (with_json(version="1"), '"version" should be an integer'),
        (with_json(graph=...), 'it has no "graph"'),
        (with_json(more=1), "unknown key 'more'"),
        (with_json(classes={"x": [1]}), '"classes" should be lists of names'),
        (with_json(history={"loss": 3}), '"history" should be lists of numbers'),
        (with_json(info=[]), "its 'info' is no object"),
        (with_json(state=3), 'its "state" is no object'),
        (with_json(graph={**DOCUMENT, "nodes": [{"id": "d", "type": "Dens"}]}), "unknown type 'Dens'"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_json_that_is_not_a_models(tmp_path: Path, text: bytes, words: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        read_model(archive(tmp_path / "m.npz", text))
    assert words in str(caught.value)


def test_other_files(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no file"):
        read_model(tmp_path / "m.npz")
    (tmp_path / "m.npz").write_text("no zip")
    with pytest.raises(ModelFileError, match=r"is no \.npz file, or a damaged one"):
        read_model(tmp_path / "m.npz")
    np.savez(tmp_path / "data.npz", a=np.zeros(3))
    with pytest.raises(ModelFileError, match=r"is no model file: it has no member __netstudio__\.json"):
        read_model(tmp_path / "data.npz")


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_damage_is_told_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("damaged") / "m.npz"
    write_model(path, model(state={"a": BIAS}))
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        read = read_model(path)
    except NetStudioError:
        return
    assert {name: a.shape for name, a in read.weights.items()} == weight_shapes(GRAPH)


def bomb(path: Path, shapes: dict[str, tuple[int, ...]], text: bytes) -> Path:
    """A zip whose members unpack to float32 zeros of those shapes, beside the JSON."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for name, shape in shapes.items():
            head = io.BytesIO()
            np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
            with zipped.open(f"{name}.npy", "w", force_zip64=True) as member:
                member.write(head.getvalue())
                for _ in range(4 * math.prod(shape) >> 20):
                    member.write(bytes(1 << 20))
        json_file = io.BytesIO()
        np.save(json_file, np.frombuffer(text, np.uint8))
        zipped.writestr("__netstudio__.json.npy", json_file.getvalue())
    return path


def peak_of_reading(path: Path) -> tuple[int, str]:
    """How many more megabytes a process of its own needs for reading the file, and what it says of it."""
    code = f"""
import resource
from netstudio.errors import NetStudioError
from netstudio.files.models import read_model
from netstudio.files.documents import load_graph, parse_graph
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
before, said = peak(), "read"
try:
    read_model({str(path)!r})
except NetStudioError as error:
    said = str(error)
print(peak() - before, said)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    peak, _, said = done.stdout.strip().partition(" ")
    return int(peak), said


def wide(units: int) -> dict[str, Any]:
    graph = json.loads(json.dumps(DOCUMENT))
    graph["nodes"][0]["params"]["shape"] = [1]
    graph["nodes"][1]["params"] |= {"units": units, "use_bias": False}
    return graph


@pytest.mark.parametrize(("megabytes", "words"), [(192, "unpacks to 192 MB"), (600, "unpacks to 600 MB"), (60, "read")])
def test_an_archive_made_to_fill_the_memory_does_not(tmp_path: Path, megabytes: int, words: str) -> None:
    graph = wide((megabytes << 20) // 4)
    shape = {"d/kernel": (1, (megabytes << 20) // 4)}
    path = bomb(tmp_path / "bomb.npz", shape, with_json(graph=graph, info={"a": nested(900)}))
    peak, said = peak_of_reading(path)
    assert words in said
    assert peak < 256


def nested(kilobytes: int) -> list[Any]:
    """JSON that takes far more memory than text."""
    inner: list[Any] = []
    for _ in range(20):
        inner = [inner]
    return [inner] * (kilobytes * 1024 // 44)


def test_json_made_to_fill_the_memory_is_refused(tmp_path: Path) -> None:
    text = with_json(info={"a": " " * (8 << 20)})
    np.savez_compressed(tmp_path / "m.npz", **{"__netstudio__.json": np.frombuffer(text, np.uint8), **WEIGHTS})
    with pytest.raises(ModelFileError, match="no honest file"):
        read_model(tmp_path / "m.npz")


def test_a_graph_that_asks_for_the_world_allocates_nothing(tmp_path: Path) -> None:
    graph = json.loads(json.dumps(DOCUMENT))
    graph["nodes"][1]["params"]["units"] = 2**31 - 1
    with pytest.raises(ModelFileError, match="the graph's is"):
        read_model(archive(tmp_path / "m.npz", with_json(graph=graph)))


def test_a_document_in_place_of_a_model_and_the_other_way_round(tmp_path: Path) -> None:
    with pytest.raises(
        ModelFileError, match=r"is a document, not a model; make a model of a graph by training it: nets"
    ):
        read_model(SAMPLES / "iris.json")
    np.savez(tmp_path / "m.npz", x=np.zeros(3))
    with pytest.raises(DocumentError, match=r"is no graph document but an archive, as models and exports are"):
        load_graph(tmp_path / "m.npz")
