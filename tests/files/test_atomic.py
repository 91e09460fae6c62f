"""Files are replaced whole or not at all."""

import os
from pathlib import Path

import pytest

from netstudio.errors import FileError
from netstudio.files.atomic import replacing, write_bytes, write_text


def test_what_is_written_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "über")
    write_bytes(path, b"second")
    assert path.read_bytes() == b"second"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_the_old_file_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as handle:
            handle.write(b"half of the n")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_full_disk_is_a_file_error_and_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="no space left on device"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_the_permissions_of_the_old_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    write_text(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_read_only_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(FileError, match="read-only; choose another name"):
        write_text(path, "new")
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing/a.json", "there is no folder"), ("", "it is a folder"), ("a\0b", "can't write")],
)
def test_places_that_can_not_be_written(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(FileError, match=words):
        write_text(f"{tmp_path}/{name}", "text")
