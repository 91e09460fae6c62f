"""Arrays in memory and in files: the same values either way, and no file left behind."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from netstudio.data import spool
from netstudio.errors import FileError


@pytest.fixture(params=[False, True], ids=["memory", "file"])
def in_file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether arrays are too large for memory; chunks are of a few rows."""
    monkeypatch.setattr(spool, "CHUNK", 64)
    if request.param:
        monkeypatch.setattr(spool, "LIMIT", 0)
    return bool(request.param)


def test_an_array_lies_where_it_should_and_can_be_written(in_file: bool) -> None:
    made = spool.empty((5, 3), np.float32)
    assert (made.shape, made.dtype, spool.is_mapped(made)) == ((5, 3), np.float32, in_file)
    made[:] = np.arange(15).reshape(5, 3)
    np.testing.assert_array_equal(made[3:], [[9, 10, 11], [12, 13, 14]])
    assert spool.is_mapped(made[2:, 1]) == in_file
    assert spool.empty((0, 3), np.float32).shape == (0, 3)


def test_no_file_is_left_behind(in_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = [spool.empty((100,), np.int64) for _ in range(3)]
    made[0][:] = 1
    del made
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_rows_can_be_appended(in_file: bool) -> None:
    growing = spool.Growing((2,), np.float32)
    parts = [np.arange(2 * n).reshape(n, 2) + n for n in (3, 0, 1, 4)]
    for part in parts:
        growing.append(part)
    made = growing.finish()
    np.testing.assert_array_equal(made, np.concatenate(parts))
    assert (growing.rows, made.dtype, spool.is_mapped(made)) == (8, np.float32, in_file)
    assert spool.Growing((2,), np.float32).finish().shape == (0, 2)


@pytest.mark.parametrize("values", [np.arange(60.0).reshape(20, 3), np.asfortranarray(np.ones((20, 3), np.int16))])
def test_converting_makes_what_astype_makes(in_file: bool, values: np.ndarray) -> None:
    made = spool.converted(values, np.float32)
    np.testing.assert_array_equal(made, values.astype(np.float32))
    assert made.flags.c_contiguous
    assert spool.converted(made, np.float32) is made


def test_unaligned_values_are_moved() -> None:
    raw = np.frombuffer(b"\0" + np.arange(6, dtype=np.float32).tobytes() + b"\0\0\0", np.uint8)
    values = raw[1:25].view(np.float32)
    assert not values.flags.aligned
    made = spool.converted(values, np.float32)
    assert made.flags.aligned
    np.testing.assert_array_equal(made, range(6))


def test_taking_rows_and_putting_columns_side_by_side(in_file: bool) -> None:
    values = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    rows = np.random.default_rng(1).permutation(50)[:31]
    np.testing.assert_array_equal(spool.taken(values, rows), values[rows])
    np.testing.assert_array_equal(spool.side_by_side([values[:, 2:], values[:, :1]]), values[:, [2, 3, 0]])


def test_looking_chunk_by_chunk_finds_the_first(in_file: bool) -> None:
    values = np.zeros((40, 3))
    assert spool.first_row(values, lambda part: part > 0) is None
    values[[17, 33], 2] = 1
    assert spool.first_row(values, lambda part: part > 0) == 17
    np.testing.assert_array_equal(spool.distinct(np.arange(100) % 7), range(7))
    assert len(spool.distinct(np.zeros(0))) == 0


def test_chunks_cover_all_rows_once() -> None:
    values = np.zeros((1000, 5000), np.int8)
    covered = [i for rows in spool.chunks(values) for i in range(rows.start, rows.stop)]
    assert covered == list(range(1000))
    assert all((rows.stop - rows.start) * 5000 <= spool.CHUNK for rows in spool.chunks(values))


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system can't reserve room")
def test_a_full_disk_is_an_error_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(FileError, match=r"can't keep 96 MB of data in a temporary file in .*No space left.*TMPDIR"):
        spool.empty((24 << 20,), np.float32)
