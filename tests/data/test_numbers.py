"""How columns of numbers are filled and scaled, whatever they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netstudio.data import spool
from netstudio.data.recipe import numbers
from netstudio.data.recipe.numbers import NumberRecipe, Numbers
from netstudio.data.settings.columns import ColumnSettings
from netstudio.errors import DataError

WAYS = st.sampled_from(["error", "mean", "median", "constant", "flag"])
SCALES = st.sampled_from(["none", "standardize", "minmax", "robust", "log"])


@settings(max_examples=80, deadline=None)
@given(
    rows=st.integers(1, 40), seed=st.integers(0, 10_000), chunk=st.sampled_from([8, 64, 1 << 20]),
    said=st.lists(st.tuples(WAYS, SCALES), min_size=1, max_size=5),
)  # fmt: skip
def test_columns_are_filled_then_scaled(rows: int, seed: int, said: list[tuple[str, str]], chunk: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.abs(rng.normal(3, 50, (rows, len(said)))).astype(np.float32)
    values[rng.random(values.shape) < 0.3] = np.nan
    learnt = np.sort(rng.permutation(rows)[: max(1, rows // 2)])
    for place, (way, _) in enumerate(said):
        if way == "error":
            values[:, place] = np.nan_to_num(values[:, place])
    assume(all(np.isfinite(values[learnt, i]).any() for i in range(len(said))))
    columns = [ColumnSettings(missing=way, scale=scale, fill=2.5) for way, scale in said]
    names = [f"c{i}" for i in range(len(said))]
    old, spool.CHUNK = spool.CHUNK, chunk
    try:
        recipes = numbers.fit(names, columns, values, range(len(said)), learnt)
    finally:
        spool.CHUNK = old
    found, empty = Numbers(recipes).encoded(values)
    np.testing.assert_array_equal(empty, np.isnan(values))
    for place, (way, scale) in enumerate(said):
        column = values[:, place].astype(np.float64)
        there = column[learnt][~np.isnan(column[learnt])]
        fill = {"median": np.median(there), "constant": 2.5}.get(way, there.mean())
        filled = np.where(np.isnan(column), fill, column)
        if scale == "log":
            filled = np.log1p(filled)
        some = filled[learnt]
        low, middle, high = np.quantile(some, (0.25, 0.5, 0.75))
        shift, spread = {
            "standardize": (some.mean(), some.std()),
            "minmax": (some.min(), np.ptp(some)),
            "robust": (middle, high - low),
        }.get(scale, (0.0, 1.0))
        expected = (filled - shift) / (spread if spread > 1e-9 * (1 + abs(shift)) else recipes[place].spread)
        np.testing.assert_allclose(found[:, place], expected, rtol=1e-6, atol=1e-6 * (1 + abs(shift)))
        assert NumberRecipe.from_json(recipes[place].to_json()) == recipes[place]


def test_a_column_without_a_number_in_training_can_not_be_filled() -> None:
    values = np.array([[np.nan], [1.0]], np.float32)
    for way in ("mean", "median"):
        with pytest.raises(DataError, match="column 'a' is empty in every training row"):
            numbers.fit(["a"], [ColumnSettings(missing=way)], values, [0], np.array([0]))


@pytest.mark.parametrize("value", [7, 0.1, -1e30, 1e-30, 0])
@pytest.mark.parametrize("rows", [5, 1003])
def test_a_column_that_never_varies_is_only_shifted(value: float, rows: int) -> None:
    values = np.full((rows, 1), value, np.float32)
    for scale in ("standardize", "minmax", "robust"):
        (recipe,) = numbers.fit(["a"], [ColumnSettings(scale=scale)], values, [0], np.arange(rows))
        assert recipe.spread == 1.0
        assert recipe.shift == pytest.approx(values[0, 0], rel=1e-12)


def test_the_least_difference_counts() -> None:
    values = np.full((1001, 1), 1e6, np.float32)
    values[0] = np.nextafter(np.float32(1e6), np.float32(2e6))
    (recipe,) = numbers.fit(["a"], [ColumnSettings(scale="standardize")], values, [0], np.arange(1001))
    assert recipe.spread == pytest.approx(values.astype(np.float64).std(), rel=1e-6)
