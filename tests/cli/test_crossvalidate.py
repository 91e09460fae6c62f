"""`netstudio crossvalidate`, and evaluation of the part that a document keeps for the test."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netstudio.resources import SAMPLES
from tests.cli.conftest import Run

IRIS = SAMPLES / "iris.json"


def test_the_table_ends_with_mean_and_spread(run: Run) -> None:
    status, out, err = run("crossvalidate", IRIS, "--folds", 3, "--epochs", 4, "--threads", 1)
    assert status == 0
    lines = out.splitlines()
    assert lines[0].split() == ["fold", "trained", "on", "held", "out", "loss", "accuracy"]
    accuracy = [float(line.split()[-1]) for line in lines[1:4]]
    told = re.search(r"3 folds, mean and standard deviation: .* accuracy (\S+) ± (\S+)", out)
    assert told
    assert float(told[1]) == pytest.approx(np.mean(accuracy), abs=1e-4)
    assert float(told[2]) == pytest.approx(np.std(accuracy, ddof=1), abs=1e-4)
    assert [line.split(" · ")[0] for line in err.splitlines() if line.startswith("fold")] == [
        "fold 1/3", "fold 2/3", "fold 3/3"
    ]  # fmt: skip


def test_json_is_one_object_and_the_same_again(run: Run) -> None:
    command = ("crossvalidate", IRIS, "--folds", 2, "--epochs", 2, "--seed", 4, "--json")
    first, again = (run(*command).out for _ in range(2))
    report = json.loads(first)
    assert first == again
    assert [fold["samples"] for fold in report["folds"]] == [75, 75]
    assert report["mean"]["loss"] == pytest.approx(np.mean([fold["loss"] for fold in report["folds"]]))
    assert set(report["deviation"]) == {"loss", "accuracy"}


def test_what_can_not_be_folded_is_an_error(run: Run) -> None:
    status, _, err = run("crossvalidate", IRIS, "--folds", 200)
    assert (status, err) == (1, "error: 150 samples can't be split into 200 folds; take fewer folds\n")
    assert run("crossvalidate", IRIS, "--folds", 1).status == 2


def document(tmp_path: Path, **data: Any) -> Path:
    sample = json.loads(IRIS.read_text(encoding="utf-8"))
    path = tmp_path / "g.json"
    path.write_text(json.dumps({**sample, "data": {**sample["data"], **data}}), encoding="utf-8")
    return path


def test_evaluate_takes_the_test_part_and_says_so(run: Run, tmp_path: Path) -> None:
    graph, model = document(tmp_path, test_split=0.1, split={"by": "stratified"}), tmp_path / "m.npz"
    trained = json.loads(run("train", graph, "--epochs", 3, "--out", model, "--json").out)
    report = json.loads(run("evaluate", model, "--json").out)
    assert (report["part"], report["samples"]) == ("test", 15)
    assert report["loss"] != pytest.approx(trained["history"]["val_loss"][-1], rel=1e-6)
    assert "15 samples of the test of sklearn:iris" in run("evaluate", model).out
    every = json.loads(run("evaluate", model, "--data", "sklearn:iris", "--json").out)
    assert (every["part"], every["samples"]) == ("all", 150)


def test_class_weights_of_a_document_reach_the_training(run: Run, tmp_path: Path) -> None:
    def loss(**data: Any) -> float:
        told = run("train", document(tmp_path, validation_split=0.0, **data), "--epochs", 1, "--threads", 1, "--json")
        return float(json.loads(told.out)["history"]["loss"][0])

    plain = loss()
    assert loss(class_weight="balanced") == pytest.approx(plain, rel=1e-6)  # fifty of each
    assert loss(class_weight={"setosa": 2.0, "versicolor": 2.0, "virginica": 2.0}) == pytest.approx(2 * plain, rel=0.1)
    assert loss(class_weight={"setosa": 0.0}) < plain
    status, _, err = run("train", document(tmp_path, class_weight={"setoso": 1.0}))
    assert status == 1
    assert "class_weight names the class 'setoso', which the data has not: did you mean 'setosa'?" in err
    status, _, err = run("train", document(tmp_path, class_weight="even"))
    assert "class_weight is 'even'; expected \"balanced\", or an object that gives classes" in err


def test_impossible_splits_are_told(run: Run, tmp_path: Path) -> None:
    for data, told in (
        ({"validation_split": 0.7, "test_split": 0.5}, "leave nothing to train on; together they must stay below 1"),
        ({"split": {"by": "group"}}, 'a split by group needs a column: set "column" of "split"'),
        ({"split": {"by": "groups"}}, "by is 'groups': did you mean 'group'?"),
        ({"split": {"by": "folder"}}, "sklearn:iris is no folder of folders"),
    ):
        status, _, err = run("train", document(tmp_path, **data))
        assert status == 1
        assert told in err
