"""Cross-validation by the Python interface."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.data.dataset import Dataset
from netstudio.data.folding import fold_dataset
from netstudio.data.loading import load
from netstudio.data.prepare import prepare_dataset
from netstudio.errors import DataError, TrainingError
from netstudio.files.documents import load_graph
from netstudio.graph import Graph
from netstudio.resources import SAMPLES
from netstudio.training.progress import Progress


def iris(data: dict[str, Any] | None = None, **training: Any) -> Graph:
    sample = load_graph(SAMPLES / "iris.json")
    return replace(sample, data={**sample.data, **(data or {})}, training={**sample.training, "epochs": 15, **training})


def test_mean_and_spread_over_the_folds() -> None:
    told: list[tuple[int, Progress]] = []
    found = ns.cross_validate(iris(), folds=4, threads=1, on_progress=lambda fold, p: told.append((fold, p)))
    accuracy = [fold.figures["accuracy"] for fold in found.folds]
    assert [(fold.trained, fold.held) for fold in found.folds] == [(112, 38), (112, 38), (113, 37), (113, 37)]
    assert found.mean["accuracy"] == pytest.approx(np.mean(accuracy))
    assert found.deviation["accuracy"] == pytest.approx(np.std(accuracy, ddof=1))
    assert found.mean["accuracy"] > 0.85
    assert {fold for fold, _ in told} == {1, 2, 3, 4}
    last = [p.logs["val_accuracy"] for fold, p in told if p.event == "epoch" and p.epoch == 15]
    assert last == pytest.approx(accuracy)


def test_the_seed_decides_it_all() -> None:
    first, again, other = (ns.cross_validate(iris(seed=seed), folds=2, threads=1) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_fold_learns_nothing_from_what_it_holds_out() -> None:
    """Changing what a fold holds out changes its scaling in no other than the folds that train on it."""
    document = iris({"preprocess": {"sizes": "standardize"}})
    loaded = load("sklearn:iris")

    def learnt(data: Dataset, number: int) -> tuple[Any, Any]:
        made = prepare_dataset(document, data, "iris", divide=functools.partial(fold_dataset, number=number, folds=3))
        return made.preprocessing.to_json(), made.held_rows

    _, held = learnt(loaded, 1)
    features = loaded.fields["features"].copy()
    features[held] += 1000.0
    changed = replace(loaded, fields={**loaded.fields, "features": features})
    assert [learnt(changed, n)[0] == learnt(loaded, n)[0] for n in range(3)] == [False, True, False]


def test_what_can_not_be_folded_says_why() -> None:
    with pytest.raises(TrainingError, match="folds is 1; a cross-validation needs 2 or more"):
        ns.cross_validate(iris(), folds=1)
    with pytest.raises(DataError, match="150 samples can't be split into 151 folds"):
        ns.cross_validate(iris(), folds=151)
    with pytest.raises(DataError, match="names no data"):
        ns.cross_validate(replace(iris(), data={}))
