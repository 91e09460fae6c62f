"""A table is read once while somebody chooses what its columns are for, and is then what it would be read anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netstudio.data.dataset import Dataset
from netstudio.data.encoding import Encoded, encode
from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.data.sources import table
from netstudio.data.sources.reuse import Reuse
from netstudio.errors import DataError

COLUMNS = ("size", "weight", "kind", "group", "large", "answer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "t.csv"
    draw = np.random.default_rng(0)
    lines = [",".join(COLUMNS)]
    for i in range(60):
        size = "" if i == 5 else f"{draw.normal():.3f}"
        lines.append(f"{size},{draw.uniform():.3f},{'abc'[i % 3]},{i % 4},{10**9 + i},{i % 2}")
    made.write_text("\n".join(lines))
    return made


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were really read."""
    found: list[Path] = []
    read: Callable[..., Any] = table.read_table
    monkeypatch.setattr(table, "read_table", lambda path, *more: (found.append(path), read(path, *more))[1])
    return found


def encoded(dataset: Dataset, settings: DataSettings) -> Encoded | str:
    try:
        return encode(dataset, settings, 0, lambda _d: {})
    except DataError as error:
        return str(error)


def said(**columns: Any) -> DataSettings:
    return DataSettings(columns={"size": {"missing": "mean"}, **columns}, validation_split=0.25)


NEARLY = {
    "nothing else": {},
    "ignored": {"size": {"role": "ignore"}},
    "a gap told of": {"size": {}},
    "predicted": {"weight": {"role": "target"}, "answer": {}},
    "classes predicted": {"group": {"role": "target"}, "answer": {}},
    "a gap predicted": {"size": {"role": "target"}, "answer": {}},
    "texts predicted": {"kind": {"role": "target"}, "answer": {}},
    "grouped by": {"group": {"role": "group"}},
    "weighed": {"weight": {"role": "weight"}},
    "scaled": {"weight": {"scale": "minmax"}, "kind": {"encode": "one_hot"}},
    "dropped": {"size": {"missing": "drop"}},
}


@pytest.mark.parametrize("columns", NEARLY.values(), ids=NEARLY)
def test_another_role_needs_no_reading_and_gives_what_reading_would(
    columns: dict[str, Any], path: Path, reads: list[Path]
) -> None:
    reuse, settings = Reuse(), said(**columns)
    load(str(path), None, said(), reuse=reuse)
    again = load(str(path), None, settings, reuse=reuse)
    assert len(reads) == 1
    fresh = load(str(path), None, settings)
    ours, theirs = encoded(again, settings), encoded(fresh, settings)
    if isinstance(theirs, str):
        assert ours == theirs
        return
    assert isinstance(ours, Encoded)
    assert (ours.recipe, ours.dataset.problems) == (theirs.recipe, theirs.dataset.problems)
    assert ours.dataset.classes == theirs.dataset.classes
    assert set(ours.dataset.fields) == set(theirs.dataset.fields)
    for name, values in theirs.dataset.fields.items():
        np.testing.assert_array_equal(ours.dataset.fields[name], values, name)
    for mine, others in zip(ours.parts.by_name().values(), theirs.parts.by_name().values(), strict=True):
        np.testing.assert_array_equal(mine, others)


def test_what_may_read_otherwise_is_read_again(path: Path, reads: list[Path]) -> None:
    reuse = Reuse()
    load(str(path), None, said(), reuse=reuse)
    for settings in (
        said(kind={"type": "text"}),
        said(large={"role": "target"}, answer={}),  # numbers that float32 does not tell apart
        DataSettings(columns=said().params["columns"], read={"delimiter": ","}),
    ):
        before = len(reads)
        load(str(path), None, settings, reuse=reuse)
        assert len(reads) == before + 1
    path.write_text(path.read_text() + "\n1,1,a,0,1,1")
    assert load(str(path), None, settings, reuse=reuse).rows == 61
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    before = len(reads)
    load(str(path), None, settings, reuse=reuse)
    assert len(reads) == before + 1


def test_a_look_at_some_rows_has_the_parts_and_the_problems_of_all(path: Path) -> None:
    settings = said(kind={"encode": "integer"})
    dataset = load(str(path), None, settings)
    whole = encode(dataset, settings, 0, lambda _d: {})
    some = encode(dataset, settings, 0, lambda _d: {}, most=10)
    assert some.dataset.rows == 10
    assert len(some.parts.training) == len(whole.parts.training) == 45
    assert some.dataset.classes == whole.dataset.classes
    assert {n: v.shape[1:] for n, v in some.dataset.fields.items()} == {
        n: v.shape[1:] for n, v in whole.dataset.fields.items()
    }
    gap = DataSettings(columns={"size": {"scale": "none"}})
    problems = [
        encode(load(str(path), None, gap), gap, 0, lambda _d: {}, most=most).dataset.problems for most in (10, 99)
    ]
    assert problems[0] == problems[1]
    assert "column 'size' is empty" in problems[0]["features"]
