"""Bad data gets one error that says where and how to mend it, soon and without a traceback; odd data is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.data.sources import csv_batches, csv_text
from tests.cli.conftest import Run
from tests.data.bad import files, tables

SECONDS = 2.0  # of this process's time: other processes may hold it up for longer
LONGEST = 1200  # characters of a message


def document(folder: Path, shape: list[int], source: str, data: Mapping[str, Any] | None = None) -> Path:
    """A classifier of two classes."""
    nodes = [
        {"id": "x", "type": "Input", "params": {"shape": shape}},
        {"id": "flat", "type": "Flatten"},
        {"id": "scores", "type": "Dense", "params": {"units": 2}},
        {"id": "y", "type": "Target", "params": {"shape": [], "dtype": "int"}},
        {"id": "loss", "type": "SparseCategoricalCrossentropy", "params": {"from_logits": True}},
    ]
    wires = [["x.out", "flat.in"], ["flat.out", "scores.in"], ["scores.out", "loss.pred"], ["y.out", "loss.target"]]
    path = folder / "graph.json"
    graph = {"format": "netstudio/graph", "version": 1, "name": "bad", "nodes": nodes, "wires": wires}
    graph |= {"data": {"source": source, **(data or {})}, "training": {"batch_size": 64, "epochs": 1}}
    path.write_text(json.dumps(graph), encoding="utf-8")
    return path


def refused(run: Run, words: tuple[str, ...], *arguments: object) -> None:
    started = time.process_time()
    status, out, err = run(*arguments)
    spent = time.process_time() - started
    assert (status, out) == (1, ""), err
    assert [word for word in words if word not in err] == [], err
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert len(err) < LONGEST
    assert spent < SECONDS


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is imported when the first file of a kind is read is no part of its time."""
    folder = tmp_path_factory.mktemp("warm")
    (folder / "t.csv").write_text(tables.GOOD)
    load("t.csv", folder)
    files.pictures(folder)
    load("set", folder)


def test_the_corpus_is_large() -> None:
    assert len(tables.BAD) + len(files.BAD) >= 40


@pytest.mark.parametrize("name", tables.BAD)
def test_a_bad_table(run: Run, tmp_path: Path, name: str) -> None:
    case = tables.BAD[name]
    (tmp_path / "t.csv").write_bytes(case.content)
    refused(run, ("t.csv", *case.words), "train", document(tmp_path, [2], "t.csv", case.data))


@pytest.mark.parametrize("name", files.BAD)
def test_a_bad_file(run: Run, tmp_path: Path, name: str) -> None:
    case = files.BAD[name]
    data = {"image": {"file_column": "file"}} if name == "pictures that a table does not find" else {}
    refused(run, case.words, "train", document(tmp_path, [8, 8, 1], case.make(tmp_path), data))


@pytest.mark.parametrize("name", tables.ODD)
def test_an_odd_table_is_read(tmp_path: Path, name: str) -> None:
    case = tables.ODD[name]
    (tmp_path / "t.csv").write_bytes(case.content)
    data = load("t.csv", tmp_path, DataSettings(**case.data))
    np.testing.assert_array_equal(data.field("features"), np.array(case.features, np.float32))
    assert data.classes["label"] == case.classes


def test_few_rows_and_large_batches_train(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,kind\n1,2,x\n3,4,y\n")
    status, _, err = run("train", document(tmp_path, [2], "t.csv"))
    assert status == 0, err
    (tmp_path / "t.csv").write_text("a,b,kind\n1,2,x\n")
    status, _, err = run("train", document(tmp_path, [2], "t.csv"))
    assert status == 0, err


def test_a_file_that_vanishes_while_it_is_read(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "t.csv").write_text(tables.GOOD)
    monkeypatch.setattr(csv_batches, "rows_of", lambda path, form: path.unlink() or csv_text.rows_of(path, form))
    refused(run, ("can't read t.csv: no such file",), "train", document(tmp_path, [2], "t.csv"))


GERMAN = """
import json, locale, sys
try:
    locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
except locale.Error:
    pass
from PySide6.QtCore import QLocale
QLocale.setDefault(QLocale("de_DE"))
from pathlib import Path
from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.errors import NetStudioError
from tests.data.bad import tables
told = {}
for name, case in {**tables.BAD, **tables.ODD}.items():
    Path("t.csv").write_bytes(case.content)
    try:
        data = load("t.csv", None, DataSettings(**case.data))
        told[name] = [sorted(data.problems.items()), data.hash]
    except NetStudioError as error:
        told[name] = str(error)
print(json.dumps(told))
"""


def test_a_german_locale_changes_nothing(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root), "QT_QPA_PLATFORM": "offscreen"}

    def told(language: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", GERMAN if language.startswith("de") else GERMAN.replace("de_DE", "en_US")],
            cwd=tmp_path,
            env={**environment, "LC_ALL": language, "LANG": language},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
        return json.loads(done.stdout)

    assert told("de_DE.UTF-8") == told("C.UTF-8")
