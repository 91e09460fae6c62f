"""What the plots of a data set show."""

from __future__ import annotations

import numpy as np
import pytest

from netstudio.gui.data.columns import Column
from netstudio.gui.data.statistics import (
    class_counts,
    correlation,
    examples,
    histogram,
    missing,
    sample,
)

DRAW = np.random.default_rng(3)
ALL = np.arange(1000)
KIND = Column("kind", DRAW.integers(0, 3, 1000), ("a", "b", "c"))


def test_a_histogram_counts_every_value_of_each_part() -> None:
    column = Column("n", DRAW.standard_normal(1000).astype(np.float32))
    found = histogram(column, {"training": ALL[:700], "validation": ALL[700:]})
    assert {part: int(n.sum()) for part, n in found.counts.items()} == {"training": 700, "validation": 300}
    expected, _ = np.histogram(column.values[:700], found.edges)
    np.testing.assert_array_equal(found.counts["training"], expected)


def test_whole_numbers_have_a_bin_each() -> None:
    column = Column("rooms", np.array([1, 2, 2, 5, np.nan], np.float32))
    found = histogram(column, {"": np.arange(5)})
    assert found.edges.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert found.counts[""].tolist() == [1, 2, 0, 0, 1]


@pytest.mark.parametrize("values", [[np.nan, np.nan], [2.5, 2.5]])
def test_a_column_that_never_varies_has_a_histogram(values: list[float]) -> None:
    found = histogram(Column("n", np.array(values, np.float32)), {"": np.arange(2)})
    assert found.counts[""].sum() == np.isfinite(values).sum()


def test_classes_are_counted_in_each_part() -> None:
    found = class_counts(KIND, {"training": ALL[:600], "test": ALL[600:]})
    assert found.counts["test"].tolist() == np.bincount(KIND.values[600:], minlength=3).tolist()


def test_correlations_are_those_of_numpy_and_pass_over_what_is_missing() -> None:
    x = DRAW.standard_normal((1000, 3)) + 1e3
    x[:, 1] += x[:, 0]
    names = "abc"
    whole = correlation([Column(n, v) for n, v in zip(names, x.T)])
    np.testing.assert_allclose(whole.values, np.corrcoef(x.T), atol=1e-9)
    x[:100, 0] = np.nan
    holed = correlation([Column(n, v) for n, v in zip(names, x.T)])
    np.testing.assert_allclose(holed.values[0, 1], np.corrcoef(x[100:, :2].T)[0, 1], atol=1e-9)
    np.testing.assert_allclose(holed.values[1, 2], np.corrcoef(x[:, 1:].T)[0, 1], atol=1e-9)


def test_a_column_that_never_varies_correlates_with_nothing() -> None:
    found = correlation([Column("n", DRAW.standard_normal(50)), Column("one", np.ones(50))])
    assert np.isnan(found.values[0, 1])
    assert found.values[0, 0] == pytest.approx(1.0)


def test_missing_cells_are_found_where_they_are() -> None:
    values = np.ones(1000, np.float32)
    values[500:] = np.nan
    found = missing([Column("n", values), KIND])
    assert found.shares.tolist() == [0.5, 0.0]
    assert found.stripes[0, 0] == 0.0
    assert found.stripes[-1, 0] == 1.0


def test_examples_take_turns_between_the_classes() -> None:
    images = Column("image", np.zeros((1000, 4, 4, 1), np.float32))
    rows = examples(images, KIND, 9)
    assert KIND.values[rows].tolist() == [0, 1, 2] * 3
    assert len(examples(images, None, 9)) == 9


def test_a_sample_of_many_rows_is_even() -> None:
    rows = sample(1_000_000, 1000)
    assert len(rows) == 1000
    assert (rows[0], rows[-1]) == (0, 999_999)
    assert sample(10, 1000).tolist() == list(range(10))
