"""The folds of a cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netstudio.data.dataset import Dataset
from netstudio.data.folding import fold_dataset
from netstudio.data.settings import DataSettings
from netstudio.data.splitting import Parts
from netstudio.errors import DataError


def folded(
    folds: int, rows: int = 60, seed: int = 0, target: Any = None, fields: Any = None, overlap: int = 0, **settings: Any
) -> list[Parts]:
    data = Dataset("d.csv", fields or {"features": np.zeros((rows, 2), np.float32)})
    targets = {} if target is None else {"y": np.asarray(target)}
    asked = DataSettings(**settings)
    return [fold_dataset(data, asked, seed, targets, overlap, number=number, folds=folds) for number in range(folds)]


@given(rows=st.integers(2, 100), folds=st.integers(2, 10), seed=st.integers(0, 99))
def test_each_sample_is_held_out_once_and_trains_otherwise(rows: int, folds: int, seed: int) -> None:
    if rows < folds:
        with pytest.raises(DataError, match=f"{rows} samples can't be split into {folds} folds"):
            folded(folds, rows, seed)
        return
    parts = folded(folds, rows, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([p.validation for p in parts])), np.arange(rows))
    for p in parts:
        np.testing.assert_array_equal(np.sort(np.concatenate([p.training, p.validation])), np.arange(rows))
        assert rows // folds <= len(p.validation) <= -(-rows // folds)


@given(counts=st.lists(st.integers(1, 40), min_size=2, max_size=5), seed=st.integers(0, 99))
def test_classes_are_kept_in_proportion_unasked(counts: list[int], seed: int) -> None:
    target = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    if len(target) < 4:
        return
    for p in folded(4, len(target), seed, target):
        for number, count in enumerate(counts):
            assert count // 4 <= (target[p.validation] == number).sum() <= -(-count // 4)


def test_at_random_is_at_random_where_the_document_says_so() -> None:
    target = np.repeat([0, 1], 50)
    shares = {float((target[p.validation] == 0).mean()) for p in folded(5, 100, 1, target, split={"by": "random"})}
    assert len(shares) > 1
    assert {float((target[p.validation] == 0).mean()) for p in folded(5, 100, 1, target)} == {0.5}


def test_groups_stay_together() -> None:
    rng = np.random.default_rng(0)
    patient = rng.integers(0, 17, 200).astype(np.float32)
    parts = folded(5, fields={"patient": patient}, columns={"patient": {"role": "group"}})
    for p in parts:
        assert not set(patient[p.training]) & set(patient[p.validation])
        assert 25 <= len(p.validation) <= 60
    assert sum(len(p.validation) for p in parts) == 200
    with pytest.raises(DataError, match="column 'patient' has 2 groups, which can't be split into 3 folds"):
        folded(3, fields={"patient": patient % 2}, split={"by": "group", "column": "patient"})


def test_by_time_the_past_trains_and_the_future_is_held_out() -> None:
    day = np.random.default_rng(0).permutation(90).astype(np.float32) // 3
    parts = folded(4, fields={"day": day}, split={"by": "time", "column": "day"})
    for p in parts:
        assert day[p.training].max() < day[p.validation].min()
    assert [len(p.training) for p in parts] == sorted(len(p.training) for p in parts)
    for p in folded(3, 40, overlap=4):
        assert p.training.max() + 4 < p.validation.min()
    with pytest.raises(DataError, match="too few different times to split into 3 folds"):
        folded(3, fields={"day": np.zeros(30)}, split={"by": "time", "column": "day"})


def test_the_test_part_takes_no_part() -> None:
    parts = folded(3, 50, test_split=0.2, validation_split=0.3)
    test = set(parts[0].test.tolist())
    assert len(test) == 10
    assert set(np.concatenate([p.validation for p in parts]).tolist()) == set(range(50)) - test
    by_name = folded(2, fields={"part": np.arange(12) % 3}, split={"by": "column", "column": "part", "test": ["2"]})
    assert all(set(p.test % 3) == {2} and len(p.training) == len(p.validation) == 4 for p in by_name)
