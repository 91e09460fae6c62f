"""The sweep over sizes of products."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from netstudio.bench import sweep
from netstudio.bench.sweep import CURVES, LONGEST, Size, as_csv, gflops
from netstudio.bench.sweep_chart import CATEGORIES, HEIGHT, WIDTH, draw
from netstudio.resources import colours


def test_curves_grow_along_one_axis_or_all() -> None:
    assert [size_at(5) for size_at in CURVES.values()] == [(5, 64, 64), (64, 5, 64), (64, 64, 5), (5, 5, 5)]


def test_a_product_has_a_speed() -> None:
    assert gflops(Size(3, 5, 7), 0.0) > 0.0


def test_each_point_counts_at_its_fastest() -> None:
    size, other = Size(1, 2, 3), Size(2, 2, 2)
    passes = [[("a", size, 5.0), ("b", other, 1.0)], [("a", size, 3.0), ("b", other, 4.0)]]
    assert sweep.best_of(passes) == [("a", size, 5.0), ("b", other, 4.0)]


def test_points_are_told_as_csv() -> None:
    rows = list(csv.reader(as_csv([("odd", Size(1, 2, 3), 4.5678)]).splitlines()))
    assert rows == [["curve", "m", "n", "k", "gflops"], ["odd", "1", "2", "3", "4.57"]]


def test_curves_are_drawn_in_their_colours_where_they_belong() -> None:
    """A curve at half the peak crosses the middle of the picture at half the height of the peak's line."""
    picture = draw({"half": [50.0] * 40, "least": [0.0] * 40}, 100.0)
    assert picture.size == (WIDTH, HEIGHT)
    colour = bytes.fromhex(colours()["categories"][CATEGORIES[0]][1:])
    column = picture.crop((WIDTH // 2, 88, WIDTH // 2 + 1, HEIGHT)).tobytes()
    distances = [sum(abs(a - b) for a, b in zip(column[i : i + 3], colour)) for i in range(0, len(column), 3)]
    assert min(distances) < 60
    assert 88 + distances.index(min(distances)) == pytest.approx(576 - (576 - 88) * 50 / 105, abs=2)


def test_a_sweep_leaves_a_table_and_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "gflops", lambda size, seconds: float(size.m + size.n + size.k))
    sweep.main(["--out", str(tmp_path / "found")])
    rows = list(csv.DictReader((tmp_path / "found" / "gemm.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(CURVES) * LONGEST + len(sweep.ODD)
    assert all(float(row["gflops"]) == sum(int(row[axis]) for axis in "mnk") for row in rows)
    with Image.open(tmp_path / "found" / "gemm.png") as picture:
        assert picture.size == (WIDTH, HEIGHT)
