"""Any table that is written as CSV is read back, cell by cell; whatever else a file holds, it is read or refused."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.data.settings.read import ReadSettings
from netstudio.data.sources import csv_form, csv_text
from netstudio.data.sources.csv_form import CsvForm, detect
from netstudio.errors import DataError, NetStudioError
from tests.data.bad.tables import GOOD

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.floats(-(2.0**90), 2.0**90, width=32)
TEXTS = st.text(st.sampled_from("abcé \"',;|\t\n"), min_size=1, max_size=12).map(lambda t: f"t{t}t")
ROWS = st.lists(st.tuples(NUMBERS, TEXTS, NUMBERS), min_size=1, max_size=20)


def written(rows: list[tuple[object, ...]], delimiter: str, decimal: str, end: str) -> str:
    file = io.StringIO()
    lines = csv.writer(file, delimiter=delimiter, lineterminator=end)
    for row in rows:
        lines.writerow([repr(c).replace(".", decimal) if isinstance(c, float) else c for c in row])
    return file.getvalue()


def assert_read_or_refused(folder: Path, name: str) -> None:
    """Nothing but an error of ours, which names the file, keeps it from being read."""
    try:
        data = load(name, folder)
    except NetStudioError as error:
        said = str(error)
    else:
        said = data.source
    assert name in said


@QUICK
@given(
    rows=ROWS,
    form=st.sampled_from([",.", ";.", ";,", "\t.", "\t,", "|,"]),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(["\n", "\r\n"]),
    part=st.sampled_from([16, 100, 1 << 20]),
)
def test_what_is_written_is_read(
    tmp_path: Path, rows: list[tuple[float, str, float]], form: str, encoding: str, end: str, part: int
) -> None:
    text = written([("a", "kind", "b"), *rows], *form, end)
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    told = {"delimiter": form[0], "decimal": form[1], "header": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_text, "PART", part)
        patch.setattr(csv_text, "LONGEST", 1000)
        data = load("t.csv", tmp_path, DataSettings(read=told, target="b"))
    np.testing.assert_array_equal(data.field("a"), np.array([r[0] for r in rows], np.float32))
    np.testing.assert_array_equal(data.field("b"), np.array([r[2] for r in rows], np.float32))
    names = data.classes["kind"]
    assert [names[i] for i in data.field("kind")] == [r[1] for r in rows]


@QUICK
@given(
    numbers=st.lists(st.tuples(st.integers(-999, 999), st.integers(1, 99), st.integers(0, 1)), min_size=3, max_size=9),
    form=st.sampled_from([",.", ";.", ";,", "\t.", "\t,", "|,"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "windows-1252"]),
    header=st.booleans(),
)
def test_the_form_is_found_out(
    tmp_path: Path, numbers: list[tuple[int, int, int]], form: str, encoding: str, header: bool
) -> None:
    rows: list[tuple[object, ...]] = [(a + b / 100, "xé"[c] * 2, b / 100) for a, b, c in numbers]
    rows.append(rows[0])  # a class that only one row has may be a name
    head: list[tuple[object, ...]] = [("länge", "kind", "breite")] if header else []
    (tmp_path / "t.csv").write_bytes(written(head + rows, *form, "\n").encode(encoding))
    found = detect(tmp_path / "t.csv", ReadSettings())
    assert (found.delimiter, found.decimal, found.header) == (form[0], form[1], header)
    assert found.names == (("länge", "kind", "breite") if header else ("column 1", "column 2", "column 3"))


@QUICK
@given(
    places=st.lists(st.integers(0, len(GOOD)), min_size=1, max_size=4),
    pieces=st.lists(st.sampled_from([b'"', b"\0", b"\n", b"\r", b",", b";", b"\xff", b"\xc3", b"1e", b"\x1a", b"'"])),
)
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path: Path, places: list[int], pieces: list[bytes]) -> None:
    content = GOOD.encode()
    for place, piece in zip(places, pieces, strict=False):
        content = content[:place] + piece + content[place:]
    (tmp_path / "t.csv").write_bytes(content)
    assert_read_or_refused(tmp_path, "t.csv")


@QUICK
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("t.csv", "t.xlsx", "t.npz", "t.npy", "t.parquet", "x-images-idx3-ubyte", "t.gz"):
        (tmp_path / name).write_bytes(content)
        assert_read_or_refused(tmp_path, name)


def test_bytes_far_down_that_are_no_utf8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what is looked at to find the encoding out."""
    monkeypatch.setattr(csv_form, "SCANNED", 1)
    (tmp_path / "t.csv").write_bytes(GOOD.encode() + b"1,2,x\n" * 200_000 + b"1,2,\xe9\n")
    with pytest.raises(DataError, match=r't\.csv.*utf-8.*set the "encoding" of the file in "read"'):
        load("t.csv", tmp_path)
    data = load("t.csv", tmp_path, DataSettings(read={"encoding": "latin-1"}))
    assert data.classes["kind"] == ("x", "y", "é")


def test_the_form_in_words() -> None:
    form = CsvForm(";", "windows-1252", ",", False, ("column 1",))
    assert form.described() == "separated by semicolon, windows-1252, decimals after a comma, no line of names"
