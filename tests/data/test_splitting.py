"""Which samples train, validate and test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import DataSettings
from netstudio.data.splitting import Parts, split_dataset
from netstudio.errors import DataError

Some = dict[str, Any]


def parted(
    seed: int = 0,
    fields: Mapping[str, Array] | None = None,
    target: Any = None,
    classes: Mapping[str, tuple[str, ...]] | None = None,
    overlap: int = 0,
    rows: int = 100,
    **settings: Any,
) -> Parts:
    data = Dataset("d.csv", fields or {"features": np.zeros((rows, 2), np.float32)}, classes or {})
    targets = {} if target is None else {"y": np.asarray(target)}
    return split_dataset(data, DataSettings(**settings), seed, targets, overlap)


def refused(**more: Any) -> str:
    with pytest.raises(DataError) as caught:
        parted(**more)
    return str(caught.value)


def assert_shares_out(parts: Parts, rows: int) -> None:
    together = np.concatenate([parts.training, parts.validation, parts.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(rows))


# ------------------------------------------------------------------------------------------------------ at random


def test_the_numbers_are_those_of_documents_that_had_no_test_part() -> None:
    order = np.random.default_rng([7, 0x5B1]).permutation(100)
    parts = parted(seed=7, validation_split=0.25)
    np.testing.assert_array_equal(parts.validation, order[:25])
    np.testing.assert_array_equal(parts.training, order[25:])
    assert not len(parts.test)
    np.testing.assert_array_equal(parted(seed=7).training, np.arange(100))  # unsplit: in their own order


@given(
    rows=st.integers(3, 200), validation=st.floats(0.01, 0.49), test=st.floats(0.01, 0.49), seed=st.integers(0, 2**31)
)
def test_every_sample_is_in_one_part(rows: int, validation: float, test: float, seed: int) -> None:
    parts = parted(seed, rows=rows, validation_split=validation, test_split=test)
    assert_shares_out(parts, rows)
    assert len(parts.by_name()) == 3
    assert abs(len(parts.validation) - rows * validation) <= 1
    assert abs(len(parts.test) - rows * test) <= 1


def test_what_is_tested_does_not_hang_on_what_validates() -> None:
    tests = [parted(3, validation_split=v, test_split=0.2).test for v in (0.0, 0.1, 0.5)]
    for other in tests[1:]:
        np.testing.assert_array_equal(tests[0], other)


def test_shares_that_leave_nothing_are_refused() -> None:
    assert "leave nothing to train on" in refused(validation_split=0.6, test_split=0.4)
    assert refused(rows=2, validation_split=0.1, test_split=0.1) == (
        "2 samples can't be split into training, validation and test; set validation_split and test_split to 0"
    )


# ------------------------------------------------------------------------------------------------------ stratified


@given(
    counts=st.lists(st.integers(3, 40), min_size=2, max_size=6),
    validation=st.floats(0.05, 0.4),
    test=st.floats(0.0, 0.4),
    seed=st.integers(0, 999),
)
def test_each_part_has_its_share_of_each_class(counts: list[int], validation: float, test: float, seed: int) -> None:
    target = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    settings: Some = {"validation_split": validation, "test_split": test, "split": {"by": "stratified"}}
    parts = parted(seed, rows=len(target), target=target, **settings)
    assert_shares_out(parts, len(target))
    for rows, share in ((parts.validation, validation), (parts.test, test)):
        found = np.bincount(target[rows], minlength=len(counts))
        for have, count in zip(found, counts, strict=True):
            assert (have == 0) == (share == 0.0)
            assert abs(have - count * share) <= 1.0 or have == 1
    assert set(target[parts.training]) == set(range(len(counts)))


def test_one_hot_targets_and_columns_are_stratified_too() -> None:
    numbers = np.arange(60) % 3
    by: Some = {"validation_split": 0.2, "split": {"by": "stratified"}}
    plain = parted(rows=60, target=numbers, **by)
    one_hot = parted(rows=60, target=np.eye(3, dtype=np.float32)[numbers], **by)
    column = parted(
        fields={"kind": numbers}, classes={"kind": ("a", "b", "c")},
        **{**by, "split": {"by": "stratified", "column": "kind"}},
    )  # fmt: skip
    for other in (one_hot, column):
        np.testing.assert_array_equal(plain.validation, other.validation)
        np.testing.assert_array_equal(plain.training, other.training)


def test_what_can_not_be_stratified_says_why() -> None:
    by: Some = {"validation_split": 0.2, "test_split": 0.2, "split": {"by": "stratified"}}
    rare = refused(target=[0, 0, 0, 1, 1, 1, 2, 2], rows=8, **by)
    assert "class '2' has 2 samples; a stratified split into training, validation and test needs 3 of each" in rare
    assert "needs one Target of classes" in refused(rows=3, target=[0.5, 1.5, 2.5], **by)


# ------------------------------------------------------------------------------------------------------ by group


@given(groups=st.lists(st.integers(1, 20), min_size=3, max_size=30), seed=st.integers(0, 999))
def test_a_group_stays_together(groups: list[int], seed: int) -> None:
    of_row = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(groups)), groups)).astype(np.float32)
    parts = parted(
        seed, {"patient": of_row}, validation_split=0.3, test_split=0.2, split={"by": "group", "column": "patient"}
    )
    assert_shares_out(parts, len(of_row))
    assert len(parts.by_name()) == 3
    in_part = [set(of_row[rows]) for rows in parts.by_name().values()]
    assert sum(map(len, in_part)) == len(groups)


def test_the_column_whose_role_is_group_is_taken_unasked() -> None:
    fields = {"patient": np.arange(50, dtype=np.float32) // 5}
    asked = parted(fields=fields, validation_split=0.2, split={"by": "group", "column": "patient"})
    by_role = parted(fields=fields, validation_split=0.2, columns={"patient": {"role": "group"}})
    np.testing.assert_array_equal(asked.validation, by_role.validation)
    assert len(asked.validation) == 10


def test_groups_that_can_not_be_split_say_why() -> None:
    by: Some = {"validation_split": 0.2, "split": {"by": "group", "column": "p"}}
    assert "column 'p' has 1 group; a split into training and validation by group needs 2 or more" in refused(
        fields={"p": np.ones(9, np.float32)}, **by
    )
    empty = np.array([1, np.nan, 2], np.float32)
    assert "column 'p' is empty in sample 1 (from 0)" in refused(fields={"p": empty}, **by)
    assert "has no field 'p'" in refused(**by)
    needs = refused(validation_split=0.2, split={"by": "group"})
    assert 'set "column" of "split", or give a column the role "group"' in needs


# ------------------------------------------------------------------------------------------------------ by time


def test_the_latest_validate_and_test() -> None:
    day = np.random.default_rng(0).permutation(100).astype(np.float32)
    parts = parted(fields={"day": day}, validation_split=0.2, test_split=0.1, split={"by": "time", "column": "day"})
    assert day[parts.training].max() < day[parts.validation].min() < day[parts.validation].max() < day[parts.test].min()
    assert [len(rows) for rows in parts.by_name().values()] == [70, 20, 10]
    unnamed = parted(validation_split=0.2, split={"by": "time"})  # then in the order in which they stand
    np.testing.assert_array_equal(unnamed.validation, np.arange(80, 100))


def test_samples_of_one_time_stay_together() -> None:
    day = (np.arange(100) // 7).astype(np.float32)
    parts = parted(fields={"day": day}, validation_split=0.2, test_split=0.2, split={"by": "time", "column": "day"})
    assert_shares_out(parts, 100)
    assert len({*day[parts.training]} | {*day[parts.validation]} | {*day[parts.test]}) == 15
    assert not {*day[parts.training]} & {*day[parts.validation]}
    assert not {*day[parts.validation]} & {*day[parts.test]}
    told = refused(fields={"day": np.zeros(9)}, validation_split=0.2, split={"by": "time", "column": "day"})
    assert "column 'day' has too few different times to split into training and validation" in told


def test_windows_that_overlap_are_kept_apart() -> None:
    parts = parted(overlap=5, validation_split=0.2, test_split=0.1)
    assert parts.training.max() + 5 < parts.validation.min()
    assert parts.validation.max() + 5 < parts.test.min()
    assert "too few to split" in refused(rows=8, overlap=7, validation_split=0.2)


# ------------------------------------------------------------------------------------------------------ by names


def test_a_column_says_which_part_a_sample_is_of() -> None:
    part = np.array([0, 1, 2, 0, 0, 2, 1, 0])
    fields, classes = {"part": part}, {"part": ("train", "val", "test")}
    parts = parted(fields=fields, classes=classes, split={"by": "column", "column": "part"})
    assert parts.training.tolist() == [0, 3, 4, 7]
    assert parts.validation.tolist() == [1, 6]
    assert parts.test.tolist() == [2, 5]


def test_the_values_can_be_numbers_and_others_than_the_usual() -> None:
    fold = (np.arange(20) % 5).astype(np.float32)
    parts = parted(fields={"fold": fold}, split={"by": "column", "column": "fold", "validation": ["3"], "test": ["4"]})
    assert set(fold[parts.training]) == {0, 1, 2}
    assert set(fold[parts.validation]) == {3}
    assert set(fold[parts.test]) == {4}


def test_a_part_that_is_not_named_is_drawn_from_the_training() -> None:
    fields, classes = {"folder": np.arange(40) // 20}, {"folder": ("test", "train")}
    parts = parted(fields=fields, classes=classes, validation_split=0.25, split={"by": "folder"})
    assert parts.test.tolist() == list(range(20))
    assert len(parts.validation) == 5
    assert parts.validation.min() >= 20
    assert_shares_out(parts, 40)


def test_folders_that_are_named_as_parts_are_parts_unasked() -> None:
    fields = {"folder": np.arange(40) // 20}
    parts = parted(fields=fields, classes={"folder": ("test", "train")}, validation_split=0.25)
    assert parts.test.tolist() == list(range(20))
    assert len(parts.validation) == 5
    at_random = parted(fields=fields, classes={"folder": ("test", "train")}, split={"by": "random"})
    assert len(at_random.training) == 40
    other = parted(fields=fields, classes={"folder": ("summer", "winter")}, validation_split=0.25)
    assert len(other.validation) == 10
    assert not len(other.test)


def test_values_that_name_no_part_are_refused() -> None:
    told = refused(fields={"part": np.arange(9) % 3}, split={"by": "column", "column": "part"})
    assert "column 'part' holds '0', '1', '2'; none of them names a part: expected validation, valid, val, dev" in told
    every = {"fields": {"part": np.zeros(9, int)}, "classes": {"part": ("test",)}}
    assert "none of them is left for training" in refused(**every, split={"by": "column", "column": "part"})
    assert "is no folder of folders" in refused(split={"by": "folder"})
