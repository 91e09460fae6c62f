"""The table that a written program reads is the one that NetStudio reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from netstudio.exports.numpy.program import read_table


@pytest.mark.parametrize("mark", ["\x0c", "\x0b", "\x1c", "\x85", "\u2028"])
def test_only_a_new_line_ends_a_row(tmp_path: Path, mark: str) -> None:
    """Not what str.splitlines takes for one: cells that were copied from a PDF hold form feeds."""
    path = tmp_path / "t.csv"
    path.write_text(f'a,b\n1{mark}x,2\n"3{mark}\ny",4\r\n5,6', encoding="utf-8", newline="")
    assert read_table(path) == {"a": [f"1{mark}x", f"3{mark}\ny", "5"], "b": ["2", "4", "6"]}


def test_an_empty_file_and_one_of_names_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("")
    with pytest.raises(ValueError, match="is empty"):
        read_table(path)
    path.write_text("a,b\n")
    assert read_table(path) == {"a": [], "b": []}
