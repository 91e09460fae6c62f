"""Data that does not fit: with every limit made small, each source gives what it gives in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pytest

from netstudio.data import spool
from netstudio.data.dataset import Dataset
from netstudio.data.loading import load
from netstudio.data.preprocessing import Scaling
from netstudio.data.settings import DataSettings
from netstudio.data.sources import csv_text, parquet_batches
from netstudio.errors import DataError, FileError

ROWS = 300
RNG = np.random.default_rng(0)
IMAGE = RNG.normal(size=(ROWS, 4, 3)).astype(np.float32)
LABEL = RNG.integers(0, 3, ROWS)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LIMIT", 0)
    monkeypatch.setattr(spool, "CHUNK", 256)
    monkeypatch.setattr(csv_text, "PART", 100)
    monkeypatch.setattr(parquet_batches, "PART", 50)
    monkeypatch.setattr(parquet_batches, "TOGETHER", 2)


def assert_same(a: Dataset, b: Dataset) -> None:
    assert (a.fields.keys(), a.classes, a.columns, a.problems) == (b.fields.keys(), b.classes, b.columns, b.problems)
    for name, values in a.fields.items():
        np.testing.assert_array_equal(values, b.fields[name], err_msg=name)
        assert values.dtype == b.fields[name].dtype


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_in_an_npz(tmp_path: Path, request: pytest.FixtureRequest, save: object) -> None:
    save(tmp_path / "d.npz", image=IMAGE, label=LABEL, turned=np.asfortranarray(IMAGE[:, :, 0]))  # type: ignore[operator]
    whole = load("d.npz", tmp_path)
    request.getfixturevalue("small")
    mapped = load("d.npz", tmp_path)
    assert_same(mapped, whole)
    assert all(spool.is_mapped(values) for values in mapped.fields.values())
    assert mapped.hash == load("d.npz", tmp_path).hash


def test_an_npz_whose_array_is_cut_off(tmp_path: Path, small: None) -> None:
    np.savez(tmp_path / "d.npz", image=IMAGE)
    content = (tmp_path / "d.npz").read_bytes()
    (tmp_path / "d.npz").write_bytes(content.replace(b"(300, 4, 3)", b"(900, 4, 3)"))
    with pytest.raises(FileError, match="damaged"):
        load("d.npz", tmp_path)


@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_arrays_in_npy_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(spool, "LIMIT", limit)
    np.save(tmp_path / "x.npy", IMAGE)
    np.save(tmp_path / "y.npy", LABEL.astype(np.int16))
    one = load("x.npy", tmp_path)
    assert list(one.fields) == ["x"]
    np.testing.assert_array_equal(one.field("x"), IMAGE)
    assert spool.is_mapped(one.field("x")) == (limit == 0)
    both = load(str(tmp_path))
    assert list(both.fields) == ["x", "y"]
    np.testing.assert_array_equal(both.field("y"), LABEL)


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY\x01\0", b"no array at all", np.zeros(3).tobytes()], ids=["none", "cut", "text", "raw"]
)
def test_a_damaged_npy_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(FileError, match=r"x\.npy is no \.npy file, or a damaged one"):
        load("x.npy", tmp_path)


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(FileError, match="expected plain numbers"):
        load("x.npy", tmp_path)


def table(folder: Path) -> polars.DataFrame:
    texts = [f'a "quoted", {i % 3}\nline' for i in range(ROWS)]
    frame = polars.DataFrame(
        {"a": IMAGE[:, 0, 0], "t": texts, "b": IMAGE[:, 1, 0], "n": np.arange(ROWS) % 5 - 2, "c": LABEL}
    )
    frame.write_csv(folder / "t.csv")
    frame.write_parquet(folder / "t.parquet")
    return frame


@pytest.mark.parametrize("file", ["t.csv", "t.parquet"])
@pytest.mark.parametrize("target", [None, "t", "n"])
def test_a_table_in_parts_is_the_table(
    tmp_path: Path, request: pytest.FixtureRequest, file: str, target: str | None
) -> None:
    frame, settings = table(tmp_path), DataSettings(target=target) if target else DataSettings()
    whole = load(file, tmp_path, settings)
    request.getfixturevalue("small")
    parted = load(file, tmp_path, settings)
    assert_same(parted, whole)
    assert spool.is_mapped(parted.field("features"))
    np.testing.assert_array_equal(parted.field("a"), frame["a"].to_numpy())
    names = parted.classes["t"]
    assert [names[i] for i in parted.field("t")] == frame["t"].to_list()


def test_what_a_column_holds_is_told_by_all_its_cells(tmp_path: Path, small: None) -> None:
    late_text, late_numbers = ["1"] * 40 + ["x"] * 60, ["x"] * 40 + ["1"] * 60
    rows = "".join(f"{a},{b},{i}\n" for i, (a, b) in enumerate(zip(late_text, late_numbers, strict=True)))
    (tmp_path / "t.csv").write_text("a,b,c\n" + rows)
    data = load("t.csv", tmp_path)
    assert data.classes["a"] == ("1", "x")
    np.testing.assert_array_equal(data.field("a"), [0] * 40 + [1] * 60)
    with pytest.raises(DataError, match="line 2, column 'b' is 'x' in a column of numbers"):
        data.field("b")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,,3", "line 92, column 'b' is empty; fill it in or drop the row"),
        ("1, x ,3", "line 92, column 'b' is 'x' in a column of numbers; mend it"),
        ("1,1e99,3", "line 92, column 'b' is 1e+99; expected a finite number"),
    ],
)
def test_a_bad_cell_far_down_is_found(tmp_path: Path, small: None, row: str, words: str) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n" + "1,2,3\n" * 90 + f"{row}\n" + "1, 2 ,3\n" * 90)
    data = load("t.csv", tmp_path)
    for field in ("b", "features"):
        with pytest.raises(DataError) as caught:
            data.field(field)
        assert words in str(caught.value)
    assert data.rows == 181


def test_a_row_too_long_far_down_is_found(tmp_path: Path, small: None) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 90 + "1,2,3\n" + "1,2\n" * 90)
    with pytest.raises(DataError, match="line 92 has 3 cells and the first 2"):
        load("t.csv", tmp_path)


@pytest.mark.parametrize("kind", ["standardize", "minmax"])
def test_scaling_fitted_in_parts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = RNG.permutation(ROWS)[:200]
    whole = Scaling.fit(kind, IMAGE, rows)
    assert whole == Scaling.fit(kind, IMAGE[rows])
    monkeypatch.setattr(spool, "CHUNK", 1000)
    parted = Scaling.fit(kind, IMAGE, rows)
    np.testing.assert_allclose(parted.shift, whole.shift, rtol=1e-12)
    np.testing.assert_allclose(parted.scale, whole.scale, rtol=1e-12)
    np.testing.assert_array_equal(whole.apply(IMAGE), ((IMAGE - whole.shift) / whole.scale).astype(np.float32))
