"""Columns of a data set, filters and orders of rows: none of it knows Qt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netstudio.data.dataset import Dataset
from netstudio.data.loading import load
from netstudio.errors import DataError
from netstudio.gui.data.columns import Column, columns_of
from netstudio.gui.data.filters import masked, written
from netstudio.gui.data.order import ordered

AREA = Column("area (m²)", np.array([50, np.nan, 120, 50, 80], np.float32))
CITY = Column("city", np.array([1, 0, 2, 2, 1]), ("Bonn", "Aachen", "Köln"))
TABLE = (AREA, CITY)


def rows(text: str, sort: tuple[int, bool] | None = None) -> list[int]:
    found = ordered(TABLE, text, sort)
    return list(range(5)) if found is None else found.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("area (m²) > 50", [2, 4]),
        ("area (m²)<=50", [0, 3]),
        ("area (m²) = 50, city=Köln", [3]),
        ("area (m²) =", [1]),
        ("city != Köln", [0, 1, 4]),
        ("köl", [2, 3]),
        ("nowhere", []),
    ],
)
def test_a_line_lets_rows_through(text: str, expected: list[int]) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("areas > 3", "no column 'areas'"),
        ("city = Kölm", "did you mean 'Köln'"),
        ("city < Köln", "compare it with = or !="),
        ("area (m²) > much", "expected a number"),
    ],
)
def test_what_cannot_be_compared_is_told(text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        masked(text, TABLE)


def test_rows_sort_by_number_with_missing_ones_last() -> None:
    assert rows("", (0, False)) == [0, 3, 4, 2, 1]
    assert rows("", (0, True)) == [2, 4, 0, 3, 1]


def test_classes_sort_by_their_names() -> None:
    assert rows("", (1, False)) == [0, 4, 1, 2, 3]
    assert rows("area (m²) >= 0", (1, True)) == [2, 3, 0, 4]


def test_a_cells_own_condition_finds_its_row() -> None:
    for row in range(5):
        for column in TABLE:
            assert row in rows(written(column, row))


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40), st.booleans())
def test_an_order_is_stable_and_loses_no_row(values: list[int], falls: bool) -> None:
    column = Column("n", np.array(values, np.float32))
    found = ordered((column,), "", (0, falls))
    assert found is not None
    sign = -1 if falls else 1
    assert found.tolist() == sorted(range(len(values)), key=lambda i: sign * values[i])


def test_a_table_shows_its_own_columns_once() -> None:
    iris = columns_of(load("sklearn:iris"))
    assert [c.kind for c in iris] == ["number"] * 4 + ["class"]
    digits = columns_of(load("sklearn:digits"))
    assert {c.name: c.kind for c in digits} == {"image": "image", "pixels": "line", "label": "class"}


def test_a_target_that_is_a_column_is_not_shown_again() -> None:
    price = np.array([3, 1, 2], np.float32)
    fields = {"features": price[:, None], "area": price * 2, "price": price, "target": price}
    assert [c.name for c in columns_of(Dataset("t", fields, {}, ("area",)))] == ["area", "price"]
    kinds = np.array([1, 0, 1])
    fields = {"area": price, "kind": kinds, "label": kinds}
    classes = {"kind": ("a", "b"), "label": ("a", "b")}
    assert [c.name for c in columns_of(Dataset("t", fields, classes))] == ["area", "kind"]
