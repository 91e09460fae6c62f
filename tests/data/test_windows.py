"""Time series cut into windows: what they show, and that no part sees another's rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netstudio.data.describe import describe
from netstudio.data.loading import load
from netstudio.data.prepare import PreparedData, prepare
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.samples import read_samples
from netstudio.data.settings import DataSettings
from netstudio.data.settings.window import WindowSettings
from netstudio.data.splitting import Parts
from netstudio.data.windows import Windows
from netstudio.errors import DataError
from netstudio.graph import Graph
from tests.data.test_prepare import graph

ROWS = 80


def series(folder: Path, order: list[int] | None = None, group: bool = False) -> Path:
    lines = [
        f"2026-01-{i // 24 + 1:02d} {i % 24:02d}:00,{i}{f',{i // 40}' if group else ''},{100 + i}" for i in range(ROWS)
    ]
    header = f"when,wind{',site' if group else ''},power\n"
    (folder / "s.csv").write_text(header + "\n".join(lines[i] for i in order or range(ROWS)) + "\n")
    return folder


def forecast(steps: int, features: int, **data: Any) -> Graph:
    block = {"source": "s.csv", "window": {"steps": steps}, **data}
    return graph([steps, features], target={"shape": [1]}, loss="MeanSquaredError", units=1, **block)


def rows_seen(data: PreparedData, rows: np.ndarray[Any, Any]) -> set[int]:
    """By the values, which are the rows' numbers."""
    inside = {int(v) for v in data.inputs["x"][rows][..., 0].reshape(-1)}
    return inside | {int(v) - 100 for v in data.targets["y"][rows].reshape(-1)}


def test_a_window_shows_the_features_and_the_target_of_before(tmp_path: Path) -> None:
    made = forecast(4, 2, window={"steps": 4, "horizon": 3, "stride": 2})
    data = prepare(made, series(tmp_path))
    assert data.preprocessing.columns["x"] == ("wind", "power")
    np.testing.assert_array_equal(data.inputs["x"][5], [[10, 110], [11, 111], [12, 112], [13, 113]])
    assert data.targets["y"][5] == 116
    assert len(data.inputs["x"]) == (ROWS - 7) // 2 + 1


def test_a_window_shows_what_is_asked_for(tmp_path: Path) -> None:
    for window, x, y in (
        ({"steps": 2, "columns": ["wind"]}, [[3], [4]], 105),
        ({"steps": 2, "horizon": 0}, [[3], [4]], 104),
    ):
        data = prepare(forecast(2, 1, window=window), series(tmp_path))
        np.testing.assert_array_equal(data.inputs["x"][3], x)
        assert data.targets["y"][3] == y


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(5, 120), steps=st.integers(1, 9), horizon=st.integers(0, 5), stride=st.integers(1, 7),
    seed=st.integers(0, 99), shares=st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)),
)  # fmt: skip
def test_no_two_parts_share_a_row(
    rows: int, steps: int, horizon: int, stride: int, seed: int, shares: tuple[float, float]
) -> None:
    count = (rows - steps - horizon) // stride + 1
    assume(count >= 3)
    windows = Windows(steps, horizon, stride, count, np.arange(count))
    order = np.random.default_rng(seed).permutation(count)
    first, second = (int(share * count) for share in shares)
    parts = windows._apart(Parts(order[first + second :], order[:first], order[first : first + second]))
    seen = [set(windows.rows(part).tolist()) for part in (parts.training, parts.validation, parts.test)]
    for part, own in zip((parts.training, parts.validation, parts.test), seen, strict=True):
        assert own == {i * stride + k for i in part.tolist() for k in range(steps + horizon)}
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    np.testing.assert_array_equal(parts.test, order[first : first + second])


@pytest.mark.parametrize("by", [None, "random", "time"])
@pytest.mark.parametrize("stride", [1, 3])
def test_a_series_is_split_without_a_leak(tmp_path: Path, by: str | None, stride: int) -> None:
    split = {"split": {"by": by}} if by else {}
    window = {"steps": 5, "stride": stride, "columns": ["wind"]}
    columns = {"when": {"role": "time", "type": "date"}}
    made = forecast(5, 1, window=window, columns=columns, validation_split=0.1, test_split=0.1, **split)
    data = prepare(made, series(tmp_path))
    seen = [rows_seen(data, rows) for rows in (data.train_rows, data.held_rows, data.test_rows)]
    assert all(seen)
    assert not seen[0] & (seen[1] | seen[2])
    assert not seen[1] & seen[2]
    if by != "random":
        assert max(seen[0]) < min(seen[1]) < max(seen[1]) < min(seen[2])


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 100))
def test_nothing_is_learnt_from_later_rows(tmp_path: Path, seed: int) -> None:
    columns = {"wind": {"scale": "standardize"}, "power": {"role": "target", "scale": "standardize"}}
    made = forecast(4, 2, columns=columns, validation_split=0.25)
    before = prepare(made, series(tmp_path))
    content = (tmp_path / "s.csv").read_text().splitlines()
    first = int(before.held_rows.min())  # no row before the first window that validates is in one
    for row in range(first, ROWS):
        content[row + 1] = f"2026-01-01,{seed * row},{-row}"
    (tmp_path / "s.csv").write_text("\n".join(content) + "\n")
    after = prepare(made, tmp_path)
    assert after.preprocessing == before.preprocessing
    np.testing.assert_array_equal(after.x["x"], before.x["x"])


def test_windows_stay_within_a_group(tmp_path: Path) -> None:
    columns = {"site": {"role": "group"}, "when": {"role": "time", "type": "date"}}
    data = prepare(forecast(6, 2, columns=columns), series(tmp_path, group=True))
    assert len(data.train_rows) == 2 * (40 - 6)
    for x, y in zip(data.x["x"], data.y["y"], strict=True):
        assert x[0, 0] // 40 == (y[0] - 100) // 40


def test_no_window_spans_a_row_that_was_left_out(tmp_path: Path) -> None:
    content = series(tmp_path).joinpath("s.csv").read_text().splitlines()
    content[31] = content[31].partition(",")[0] + ",,130"
    (tmp_path / "s.csv").write_text("\n".join(content) + "\n")
    data = prepare(forecast(5, 2, columns={"wind": {"missing": "drop"}}), tmp_path)
    assert len(data.train_rows) == (30 - 5) + (49 - 5)
    for x, y in zip(data.x["x"], data.y["y"], strict=True):
        np.testing.assert_array_equal(np.diff(x[:, 0]), [1, 1, 1, 1])
        assert y[0] == x[-1, 1] + 1


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ([0, 2, 1, *range(3, ROWS)], "line 4 is earlier than the line before it; windows need the rows in the order"),
        ([*range(30), *range(50, ROWS), *range(30, 50)], "the rows of a group do not stand together"),
    ],
)
def test_rows_out_of_order_are_refused(tmp_path: Path, order: list[int], words: str) -> None:
    columns = {"site": {"role": "group"}, "when": {"role": "time", "type": "date"}}
    series(tmp_path, order, group=True)
    with pytest.raises(DataError, match=words):
        prepare(forecast(6, 2, columns=columns), tmp_path)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ({"steps": 80}, "has 80 rows, too few for a window of 80 steps and a target 1 rows after it"),
        ({"steps": 3, "columns": ["wnd"]}, "has no column 'wnd': did you mean 'wind'"),
    ],
)
def test_windows_that_can_not_be(tmp_path: Path, window: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        prepare(forecast(3, 2, window=window), series(tmp_path))
    with pytest.raises(DataError, match='is no table, and "window" of the data speaks of one'):
        prepare(forecast(3, 2, source="sklearn:digits"), tmp_path)


def test_a_forecast_is_of_every_window_the_last_too(tmp_path: Path) -> None:
    columns = {"wind": {"scale": "minmax"}}
    made = forecast(4, 2, columns=columns)
    data = prepare(made, series(tmp_path))
    fitted = Preprocessing.from_json(json.loads(json.dumps(data.preprocessing.to_json())))
    samples = read_samples(tmp_path / "s.csv", made, fitted, {})
    assert samples.names == tuple(str(i) for i in range(3, ROWS))
    np.testing.assert_array_equal(samples.x["x"][:-1], data.inputs["x"])
    np.testing.assert_array_equal(samples.x["x"][-1][:, 1], [176, 177, 178, 179])


def test_a_forecast_keeps_to_groups_and_needs_none(tmp_path: Path) -> None:
    columns = {"site": {"role": "group"}, "when": {"role": "time"}}
    made = forecast(6, 2, columns=columns)
    fitted = prepare(made, series(tmp_path, group=True)).preprocessing
    assert len(read_samples(tmp_path / "s.csv", made, fitted, {}).names) == 2 * (40 - 5)
    assert len(read_samples(series(tmp_path) / "s.csv", made, fitted, {}).names) == ROWS - 5
    series(tmp_path, [1, 0, *range(2, ROWS)])
    with pytest.raises(DataError, match="line 3 is earlier than the line before it"):
        read_samples(tmp_path / "s.csv", made, fitted, {})


def test_windows_are_views_of_the_rows(tmp_path: Path) -> None:
    said = DataSettings(window={"steps": 4})
    loaded = load("s.csv", series(tmp_path), said)
    assert loaded.table is not None
    windows = Windows.of(loaded.table, said, WindowSettings(steps=4))
    cut = windows.cut(loaded, loaded)
    assert np.shares_memory(cut.field("features"), loaded.field("features"))
    assert cut.field("features").shape == (ROWS - 4, 4, 1)


def test_the_description_tells_the_windows_shape(tmp_path: Path) -> None:
    found = describe("s.csv", series(tmp_path), {"window": {"steps": 7}})
    assert found.problem is None
    shapes = {field.name: field.shape for field in found.fields}
    assert shapes["features"] == (7, 2)
    assert shapes["target"] == ()
