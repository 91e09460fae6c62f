"""From a file to a trained model by commands alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars
import pytest

from netstudio.resources import SAMPLES
from tests.cli.conftest import Run
from tests.data.workbooks import write_workbook

ROWS = 120


def customers(folder: Path, file: str) -> Path:
    """Who stays depends on the plan and the age; some cells are empty."""
    rng = np.random.default_rng(2)
    age = rng.integers(18, 90, ROWS).astype(float)
    plan = [["basic", "gold", None][i] for i in rng.choice(3, ROWS, p=[0.5, 0.4, 0.1])]
    stays = [("yes" if (p == "gold") != (a > 60) else "no") for a, p in zip(age, plan, strict=True)]
    age[rng.random(ROWS) < 0.1] = np.nan
    columns = {"number": np.arange(ROWS), "age": age, "plan": plan, "stays": stays}
    frame = polars.DataFrame(columns, nan_to_null=True)
    path = folder / file
    frame.write_csv(path) if path.suffix == ".csv" else frame.write_parquet(path)
    return path


def test_a_file_is_described(run: Run, tmp_path: Path) -> None:
    path = customers(tmp_path, "c.csv")
    told = run("data", path)
    assert told.status == 0
    assert f"{ROWS} samples, 4 columns" in told.out
    assert "read as separated by comma" in told.out
    assert "classes: " in told.out
    assert "column 'age' is empty" in told.out
    found = json.loads(run("data", path, "--json").out)
    assert [c["name"] for c in found["columns"]] == ["number", "age", "plan", "stays"]
    assert found["suggested"]["columns"]["age"] == {"type": "number", "missing": "flag", "scale": "standardize"}


@pytest.mark.parametrize("file", ["c.csv", "c.parquet"])
def test_bind_train_evaluate_predict(run: Run, tmp_path: Path, file: str) -> None:
    path = customers(tmp_path, file)
    made = run("data", path, "--bind", SAMPLES / "iris.json", "-o", tmp_path / "new.json", "--json")
    assert made.status == 0, made.err
    changes = json.loads(made.out)["changes"]
    assert "set shape to [5] of sizes" in changes
    assert "set units to 2 of scores" in changes
    model = tmp_path / "m.npz"
    trained = run("train", tmp_path / "new.json", "--epochs", 60, "--out", model, "--json")
    assert trained.status == 0, trained.err
    measured = json.loads(run("evaluate", model, "--json").out)
    assert (measured["part"], measured["samples"]) == ("validation", 24)
    assert measured["accuracy"] > 0.8
    (tmp_path / "new.csv").write_text("plan,age\ngold,30\nbasic,30\nplatinum,\n")
    predicted = run("predict", model, tmp_path / "new.csv")
    lines = predicted.out.splitlines()
    assert lines[0] == "sample,class,probability,p(no),p(yes)"
    assert [line.split(",")[1] for line in lines[1:3]] == ["yes", "no"]
    (tmp_path / "new.csv").write_text("Plan,age\ngold,30\n")
    refused = run("predict", model, tmp_path / "new.csv")
    assert refused.status != 0
    assert "new.csv has no column 'plan': did you mean 'Plan'" in refused.err


def test_an_empty_cell_unasked_names_its_place_and_the_setting(run: Run, tmp_path: Path) -> None:
    refused = run("train", SAMPLES / "iris.json", "--data", customers(tmp_path, "c.csv"))
    assert refused.status != 0
    assert "Traceback" not in refused.err
    assert "column 'age' is empty" in refused.err
    assert '{"age": {"missing": "mean"}}' in refused.err


def test_columns_that_nothing_takes_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,town,b,c,d,kind\n" + "1,x,2,3,4,k\n5,y,6,7,8,l\n" * 8)
    told = run("train", SAMPLES / "iris.json", "--data", tmp_path / "t.csv", "--epochs", 1)
    assert told.status == 0, told.err
    assert "note: not used: town; " in told.err
    assert "not used" not in run("train", SAMPLES / "iris.json", "--epochs", 1).err


def test_bind_needs_to_know_where_to_write(run: Run, tmp_path: Path) -> None:
    refused = run("data", "sklearn:iris", "--bind", SAMPLES / "iris.json")
    assert refused.status != 0
    assert "--bind GRAPH and -o NEW go together" in refused.err


def test_the_source_is_named_from_the_new_documents_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = customers(tmp_path / "data", "c.csv")
    run("data", path, "--bind", SAMPLES / "iris.json", "-o", tmp_path / "new.json")
    assert json.loads((tmp_path / "new.json").read_text())["data"]["source"] == "data/c.csv"


def test_how_a_file_is_read_can_be_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1,5\t2\tk\n" * 9 + "2,5\t3\tl\n" * 9, "utf-16")
    how = ("--delimiter", "tab", "--encoding", "utf-16", "--decimal", ",", "--no-header")
    found = json.loads(run("data", path, "--json", *how).out)
    assert [(c["name"], c["mean"]) for c in found["columns"][:2]] == [("column 1", 2.0), ("column 2", 2.5)]
    told = run("data", path, *how).out
    assert f"netstudio data {path} --no-header --delimiter tab --encoding utf-16 --decimal , --bind" in told
    assert run("data", path, "--bind", SAMPLES / "iris.json", "-o", tmp_path / "new.json", *how).status == 0
    read = json.loads((tmp_path / "new.json").read_text())["data"]["read"]
    assert read == {"delimiter": "\t", "encoding": "utf-16", "decimal": ",", "header": False}
    trained = run("train", tmp_path / "new.json", "--epochs", 1, "--json")
    assert trained.status == 0, trained.err
    again = run("data", path, "--bind", tmp_path / "new.json", "-o", tmp_path / "newer.json", "--delimiter", "tab")
    assert again.status == 0, again.err
    assert json.loads((tmp_path / "newer.json").read_text())["data"]["read"] == read


def test_what_a_file_is_read_by_is_checked(run: Run, tmp_path: Path) -> None:
    path = customers(tmp_path, "c.csv")
    refused = run("data", path, "--encoding", "utf8")
    assert refused.status != 0
    assert "encoding is 'utf8'" in refused.err
    assert "did you mean 'utf-8'" in refused.err


@pytest.mark.parametrize(
    ("text", "option", "mended"),
    [("1,2\n3,4\n", "--header or --no-header", "--no-header"), ("a;b\n1,500;2\n", "--decimal", "--decimal=,")],
)
def test_what_a_file_leaves_open_names_the_option(
    run: Run, tmp_path: Path, text: str, option: str, mended: str
) -> None:
    (tmp_path / "t.csv").write_text(text)
    refused = run("data", tmp_path / "t.csv")
    assert refused.status != 0
    assert f"(here by {option})" in " ".join(refused.err.split())
    assert run("data", tmp_path / "t.csv", mended).status == 0


def test_a_sheet_is_chosen(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    rows: list[list[str | float]] = [[i, "k"] for i in range(9)]
    write_workbook(path, First=[["a", "b"], *rows], Second=[["c", "d"], *rows])
    assert [c["name"] for c in json.loads(run("data", path, "--json").out)["columns"]] == ["a", "b"]
    found = json.loads(run("data", path, "--json", "--sheet", "Second").out)
    assert [c["name"] for c in found["columns"]] == ["c", "d"]


def test_json_tells_of_many_classes_how_many_there_are(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,town\n" + "".join(f"{i},town {i % 130}\n" for i in range(390)))
    found = json.loads(run("data", path, "--json").out)
    town = next(c for c in found["columns"] if c["name"] == "town")
    assert (len(town["classes"]), len(town["counts"]), town["distinct"]) == (50, 50, 130)
    field = next(f for f in found["fields"] if f["name"] == "town")
    assert (len(field["classes"]), field["counts"], field["distinct"]) == (50, [3] * 50, 130)
