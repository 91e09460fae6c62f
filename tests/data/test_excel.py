"""A sheet of a workbook is a table like any other."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.data.sources import excel
from netstudio.errors import DataError
from tests.data.workbooks import write_workbook


def test_numbers_texts_and_truths(tmp_path: Path) -> None:
    rows = [["a", "kind", "ok", "b"], [1, "x", True, 0.1], [2.5, "y", False, -3e-7], [3, "x", True, 1e20]]
    write_workbook(tmp_path / "t.xlsx", Empty=[], Data=rows)
    data = load("t.xlsx", tmp_path)
    np.testing.assert_array_equal(data.field("a"), np.array([1, 2.5, 3], np.float32))
    np.testing.assert_array_equal(data.field("target"), np.array([0.1, -3e-7, 1e20], np.float32))
    assert (data.classes["kind"], data.classes["ok"]) == (("x", "y"), ("false", "true"))


def test_a_sheet_is_asked_for_by_name(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", One=[["a", "b"], [1, 2]], Two=[["c", "d"], [3, 4]])
    assert "c" in load("t.xlsx", tmp_path, DataSettings(read={"sheet": "Two"})).fields
    with pytest.raises(DataError, match="has no sheet 'two': did you mean 'Two'"):
        load("t.xlsx", tmp_path, DataSettings(read={"sheet": "two"}))


def test_no_names_in_the_first_row_and_rows_above_it(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", A=[[5.5, 1], [6.5, 0], [7, 1]])
    np.testing.assert_array_equal(load("t.xlsx", tmp_path).field("column 1"), [5.5, 6.5, 7])
    write_workbook(tmp_path / "t.xlsx", A=[[], [], ["a", "b"], [1, 2], [3, None]])
    data = load("t.xlsx", tmp_path)
    np.testing.assert_array_equal(data.field("a"), [1, 3])
    with pytest.raises(DataError, match="line 5, column 'b' is empty"):
        data.field("b")


def test_an_error_in_a_cell_is_an_empty_cell(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", A=[["a", "b"], [1, 2], ["#DIV/0!", 3]])
    with pytest.raises(DataError, match="line 3, column 'a' is empty"):
        load("t.xlsx", tmp_path).field("a")


def test_text_among_numbers_is_named(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", A=[["a", "b"], [1, 2], ["1,5", 3], [4, 5]])
    with pytest.raises(DataError, match="line 3, column 'a' is '1,5' in a column of numbers"):
        load("t.xlsx", tmp_path).field("a")


def test_what_is_no_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"t\.xlsx is no workbook that can be read"):
        load("t.xlsx", tmp_path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("hello.txt", "x" * 1000)
    with pytest.raises(DataError, match=r"t\.xlsx is no workbook that can be read"):
        load("t.xlsx", tmp_path)
    write_workbook(path, A=[])
    with pytest.raises(DataError, match="the sheet is empty"):
        load("t.xlsx", tmp_path)
    monkeypatch.setattr(excel, "MOST_UNPACKED", 100)
    with pytest.raises(DataError, match="unpacks to"):
        load("t.xlsx", tmp_path)
