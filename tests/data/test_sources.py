"""Every source gives the samples it names, or says what is wrong and where."""

import gzip
import struct
from pathlib import Path

import numpy as np
import polars
import pytest
from PIL import Image

from netstudio.data.dataset import Dataset
from netstudio.data.describe import describe
from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.data.sources import packed
from netstudio.errors import DataError, FileError
from netstudio.files.documents import load_graph
from netstudio.graph import Graph, Node, Wire
from netstudio.resources import SAMPLES


def table(folder: Path, text: str, **settings: str) -> Dataset:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    return load("t.csv", folder, DataSettings(**settings))


# ------------------------------------------------------------------------------------------------------ scikit-learn


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_scikit_learns_tables_are_scikit_learns(name: str) -> None:
    import sklearn.datasets

    theirs = getattr(sklearn.datasets, f"load_{name}")()
    ours = load(f"sklearn:{name}")
    np.testing.assert_array_equal(ours.field("features"), theirs.data.astype(np.float32))
    np.testing.assert_array_equal(ours.field("label"), theirs.target)
    assert ours.classes["label"] == tuple(theirs.target_names)
    assert ours.columns == tuple(theirs.feature_names)
    np.testing.assert_array_equal(ours.field(ours.columns[1]), theirs.data[:, 1].astype(np.float32))


def test_the_digits_are_scikit_learns() -> None:
    import sklearn.datasets

    theirs, ours = sklearn.datasets.load_digits(), load("sklearn:digits")
    np.testing.assert_allclose(ours.field("image")[..., 0], theirs.images / 16, rtol=1e-7)
    np.testing.assert_array_equal(ours.field("pixels"), ours.field("image").reshape(-1, 64))
    np.testing.assert_array_equal(ours.field("label"), theirs.target)
    assert ours.rows == 1797


def test_diabetes_is_scikit_learns_unscaled() -> None:
    import sklearn.datasets

    theirs, ours = sklearn.datasets.load_diabetes(scaled=False), load("sklearn:diabetes")
    np.testing.assert_array_equal(ours.field("features"), theirs.data.astype(np.float32))
    np.testing.assert_array_equal(ours.field("target"), theirs.target.astype(np.float32))
    assert ours.columns == tuple(theirs.feature_names)


def test_an_unknown_set_names_the_nearest() -> None:
    with pytest.raises(DataError, match="sklearn has no data set 'digit' here: did you mean 'digits'"):
        load("sklearn:digit")


# ------------------------------------------------------------------------------------------------------ tables


def test_a_table_of_numbers_and_classes(tmp_path: Path) -> None:
    data = table(tmp_path, "a,b,kind\n1,2.5,y\n3,-4e1,x\n5,6,y\n")
    np.testing.assert_array_equal(data.field("features"), np.array([[1, 2.5], [3, -40], [5, 6]], np.float32))
    np.testing.assert_array_equal(data.field("b"), np.array([2.5, -40, 6], np.float32))
    np.testing.assert_array_equal(data.field("label"), [1, 0, 1])
    assert data.classes == {"kind": ("x", "y"), "label": ("x", "y")}
    assert data.columns == ("a", "b")
    assert data.field("features").dtype == np.float32
    assert data.field("label").dtype == np.int64


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_line_ends(tmp_path: Path, separator: str) -> None:
    text = "\ufeffa,b\r\n1,2\r\n3,4\r\n".replace(",", separator)
    np.testing.assert_array_equal(table(tmp_path, text).field("a"), [1, 3])


def test_the_target_is_the_column_asked_for_or_named_so_or_the_last(tmp_path: Path) -> None:
    text = "target,b,c\n1,2,3\n4,5,6\n"
    np.testing.assert_array_equal(table(tmp_path, text).field("target"), [1, 4])
    np.testing.assert_array_equal(table(tmp_path, text, target="b").field("target"), [2, 5])
    np.testing.assert_array_equal(table(tmp_path, text, target="b").field("features"), [[1, 3], [4, 6]])
    np.testing.assert_array_equal(table(tmp_path, text.replace("target", "a")).field("target"), [3, 6])
    with pytest.raises(DataError, match=r"t\.csv has no column 'd' for the target; there are target, b, c"):
        table(tmp_path, text, target="d")


def test_the_target_is_no_column_that_is_said_to_be_something_else(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    for columns, target in (
        ({"c": {"role": "feature"}}, [2, 5]),
        ({"c": {"role": "ignore"}}, [2, 5]),
        ({"a": {"role": "target"}}, [1, 4]),
        ({"a": {"role": "feature"}, "b": {"role": "weight"}, "c": {"role": "feature"}}, [3, 6]),
    ):
        data = load("t.csv", tmp_path, DataSettings(columns=columns))
        np.testing.assert_array_equal(data.field("target"), target)


@pytest.mark.parametrize(
    ("column", "labels", "classes"),
    [
        ("0 2 1 0", [0, 2, 1, 0], ("0", "1", "2")),
        ("3 5 4 3", [0, 2, 1, 0], ("3", "4", "5")),
        ("-1 1 1 -1", [0, 1, 1, 0], ("-1", "1")),
    ],
)
def test_whole_numbers_can_be_classes(tmp_path: Path, column: str, labels: list[int], classes: tuple[str]) -> None:
    data = table(tmp_path, "a,b\n" + "".join(f"1,{v}\n" for v in column.split()))
    np.testing.assert_array_equal(data.field("label"), labels)
    assert data.classes["label"] == classes


def test_fractions_are_no_classes_and_text_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no field 'label'"):
        table(tmp_path, "a,b\n1,0.5\n2,1.5\n").field("label")
    with pytest.raises(DataError, match="column 'b' holds text"):
        table(tmp_path, "a,b\n1,x\n2,y\n").field("target")


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("a,b\n1,2\n3,\n", "b", "line 3, column 'b' is empty; fill it in"),
        ("a,b\n1,2\n,3\n", "features", "line 3, column 'a' is empty"),
        ("a,b\n1,2\nx,3\n4,5\n", "a", "line 3, column 'a' is 'x' in a column of numbers"),
        ("a,b\n1,2\nnan,3\n4,5\n", "a", "line 3, column 'a' is nan; expected a finite number"),
        ("a,b\n1,2\n1e99,3\n", "a", "column 'a' is 1e+99; expected a finite number"),
        ("a,b\n1,2\n", "c", "has no field 'c'; there are features, a, b"),
    ],
)
def test_a_column_that_can_not_be_used_says_where(tmp_path: Path, text: str, field: str, words: str) -> None:
    data = table(tmp_path, text)
    with pytest.raises(DataError) as caught:
        data.field(field)
    assert words in str(caught.value)


def test_a_bad_column_leaves_the_others_alone(tmp_path: Path) -> None:
    np.testing.assert_array_equal(table(tmp_path, "a,b,c\n1,,3\n4,5,6\n").field("c"), [3, 6])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; expected a line of column names"),
        ("a,b\n", "has no rows"),
        ("1,2\n3,4\n", "the first line may hold names or a sample (1, 2); say which by "),
        ("a,a\n3,4\n", "two columns are named 'a'"),
        ("features,b\n3,4\n", "a column can't be named 'features'"),
        ("a,b\n1,2\n3,4,5\n", "line 3 has 3 cells and the first 2"),
    ],
)
def test_a_table_that_can_not_be_read(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        table(tmp_path, text)
    assert words in str(caught.value)


def test_lines_are_the_files_whatever_stands_above_a_row(tmp_path: Path) -> None:
    text = 'a,b\n\n"x\ny",1\n\n\n"z",2\nw,?!\nv,4\n'
    with pytest.raises(DataError, match=r"line 8, column 'b' is '\?!' in a column of numbers"):
        table(tmp_path, text).field("b")


def test_parquet_is_a_table_with_types(tmp_path: Path) -> None:
    frame = polars.DataFrame({"a": [1, 2], "b": [True, False], "c": ["x", "y"], "d": [0.5, 1.5]})
    frame.write_parquet(tmp_path / "t.parquet")
    data = load("t.parquet", tmp_path)
    np.testing.assert_array_equal(data.field("features"), [[1], [2]])
    assert data.classes["b"] == ("false", "true")
    np.testing.assert_array_equal(data.field("target"), np.array([0.5, 1.5], np.float32))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match="is no readable Parquet file"):
        load("bad.parquet", tmp_path)


# ------------------------------------------------------------------------------------------------------ arrays


def test_arrays_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", image=np.arange(12.0).reshape(3, 2, 2), label=np.array([0, 1, 0], np.uint8))
    data = load("d.npz", tmp_path)
    assert data.field("image").dtype == np.float32
    np.testing.assert_array_equal(data.field("label"), [0, 1, 0])
    assert data.field("label").dtype == np.int64


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": np.zeros(3), "b": np.zeros(4)}, "unequally many rows (a 3, b 4)"),
        ({"a": np.zeros((0, 3))}, "has no rows"),
        ({"a": np.float64(3)}, "'a' is a single number"),
        ({"a": np.array([1, np.nan])}, "field 'a' is not a finite number in sample 1"),
        ({"a": np.array(["x"])}, "expected plain numbers"),
        ({"a": np.array([None])}, "expected plain numbers"),
        ({}, "holds no arrays"),
    ],
)
def test_arrays_that_are_no_samples(tmp_path: Path, arrays: dict[str, np.ndarray], words: str) -> None:
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises((DataError, FileError)) as caught:
        load("d.npz", tmp_path)
    assert words in str(caught.value)


# ------------------------------------------------------------------------------------------------------ images, IDX


def picture(path: Path, size: tuple[int, int], colour: int, mode: str = "L") -> None:
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, size, colour if mode == "L" else (colour, 0, 255)).save(path)


def test_a_folder_of_images_by_class(tmp_path: Path) -> None:
    for name, colour in (("cat/1.png", 0), ("cat/2.png", 51), ("dog/1.png", 255)):
        picture(tmp_path / name, (5, 3), colour)
    data = load(str(tmp_path))
    assert data.field("image").shape == (3, 3, 5, 1)
    np.testing.assert_allclose(data.field("image")[:, 0, 0, 0], [0, 0.2, 1])
    np.testing.assert_array_equal(data.field("label"), [0, 0, 1])
    assert data.classes["label"] == ("cat", "dog")


def test_images_of_other_sizes_and_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no class folders with images"):
        load(str(tmp_path))
    picture(tmp_path / "a" / "1.png", (5, 3), 0, "RGB")
    picture(tmp_path / "a" / "2.png", (5, 4), 0, "RGB")
    with pytest.raises(DataError, match=r"2\.png is 5×4 pixels and 1\.png 5×3"):
        load(str(tmp_path))
    (tmp_path / "a" / "2.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"2\.png is no image that can be read"):
        load(str(tmp_path))


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_with_their_labels(tmp_path: Path, packed: bool) -> None:
    images = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    suffix = ".gz" if packed else ""
    for name, values in (("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", np.uint8([3, 1]))):
        content = idx(values)
        (tmp_path / f"{name}{suffix}").write_bytes(gzip.compress(content) if packed else content)
    data = load(f"train-images-idx3-ubyte{suffix}", tmp_path)
    np.testing.assert_allclose(data.field("image"), images[..., None] / 255, rtol=1e-6)
    np.testing.assert_array_equal(data.field("label"), [3, 1])


def test_packed_files_of_another_kind_are_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "t.json.gz").write_bytes(gzip.compress(b"{}"))
    with pytest.raises(DataError, match=r"t\.json\.gz is packed.*; unpack it \(gunzip\), and name t\.json"):
        load("t.json.gz", tmp_path)


@pytest.mark.parametrize("name", ["t.csv.gz", "t.TSV.GZ", "t.csv"])
def test_tables_of_text_may_be_packed(name: str, tmp_path: Path) -> None:
    text = "a;b\n1,5;x\n;y\n".encode("utf-16")
    (tmp_path / name).write_bytes(gzip.compress(text))
    data = load(name, tmp_path)
    np.testing.assert_array_equal(data.table["a"].values, [1.5, np.nan])  # type: ignore[index]
    assert data.classes["b"] == ("x", "y")
    assert "line 3, column 'a' is empty" in data.problems["a"]
    assert "separated by semicolon, utf-16" in (describe(str(tmp_path / name)).form or "")


def test_packed_tables_that_are_damaged_or_far_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv.gz"
    content = gzip.compress(b"a,b\n" + b"1,2\n" * 300_000)
    path.write_bytes(content[:-900])
    with pytest.raises(DataError, match=r"t\.csv\.gz: it is damaged"):
        load(path.name, tmp_path)
    path.write_bytes(content)
    assert load(path.name, tmp_path).rows == 300_000
    monkeypatch.setattr(packed, "MOST", 1 << 20)
    with pytest.raises(DataError, match=r"holds more than .* unpacked; unpack it \(gunzip\), and name t\.csv"):
        load(path.name, tmp_path)


def test_idx_files_that_are_damaged_or_alone(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(idx(np.zeros((2, 3, 4), np.uint8))[:-1])
    with pytest.raises(DataError, match="is damaged: its sizes"):
        load(path.name, tmp_path)
    path.write_bytes(b"\0\0")
    with pytest.raises(DataError, match="is no IDX file"):
        load(path.name, tmp_path)
    path.write_bytes(idx(np.zeros((2, 3, 4), np.uint8)))
    with pytest.raises(DataError, match="there is no file train-labels-idx1-ubyte beside"):
        load(path.name, tmp_path)


# ------------------------------------------------------------------------------------------------------ others


@pytest.mark.parametrize("source", ["a.doc", "https://x/y.zip", "a\0b.doc"])
def test_what_is_no_source(tmp_path: Path, source: str) -> None:
    with pytest.raises(DataError, match=r"is no source of data; expected a table \(\.csv"):
        load(source, tmp_path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"there is no file .*no\.csv"):
        load("no.csv", tmp_path)


def test_generated_samples_suit_the_graph_and_repeat() -> None:
    graph = load_graph(SAMPLES / "image_cnn.json")
    data = load("generated:50", graph=graph, seed=3)
    assert data.field("x").shape == (50, 28, 28, 1)
    assert set(np.unique(data.field("y"))) <= set(range(10))
    assert data.hash == load("generated:50", graph=graph, seed=3).hash
    assert data.hash != load("generated:50", graph=graph, seed=4).hash


def test_generated_classes_can_be_told_apart() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    data = load("generated:600", graph=load_graph(SAMPLES / "dense_32_64_10.json"))
    x, y = data.field("x"), data.field("y")
    assert KNeighborsClassifier(5).fit(x[:400], y[:400]).score(x[400:], y[400:]) > 0.9


def test_generated_targets_suit_their_losses() -> None:
    for loss, check in (
        ("BinaryCrossentropy", lambda y: set(np.unique(y)) == {0, 1}),
        ("CategoricalCrossentropy", lambda y: (y.sum(axis=1) == 1).all() and set(np.unique(y)) == {0, 1}),
        ("MeanSquaredError", lambda y: len(np.unique(y)) > 50 and np.abs(y).max() <= 1),
    ):
        nodes = {
            "x": Node("x", "Input", {"shape": [4]}),
            "d": Node("d", "Dense", {"units": 3}),
            "y": Node("y", "Target", {"shape": [3]}),
            "loss": Node("loss", loss),
        }
        wires = (Wire.parse("x.out", "d.in"), Wire.parse("d.out", "loss.pred"), Wire.parse("y.out", "loss.target"))
        assert check(load("generated:60", graph=Graph("", nodes, wires)).field("y")), loss


@pytest.mark.parametrize("count", ["", "0", "-1", "ten", "1" * 30])
def test_a_count_that_is_none(count: str) -> None:
    with pytest.raises(DataError, match="should say how many samples"):
        load(f"generated:{count}", graph=Graph())
