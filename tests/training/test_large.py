"""Training on arrays that lie in files: bit for bit as in memory, in little memory, with no thread left."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.data import spool
from netstudio.errors import DataError
from netstudio.training import prefetch
from netstudio.training.trainer import Trainer
from tests.graphs import classifier
from tests.training.examples import Array, assert_same_weights, classes

X, Y = classes(400)
TRAIN, HELD = np.split(np.random.default_rng(3).permutation(400), [310])


def trained(x: Array, y: Array, **rows: Array | None) -> Trainer:
    model = ns.compile(classifier(), seed=1, threads=1)
    arrays = model.arrays(x, y)
    run = Trainer(model, arrays, arrays, epochs=3, batch_size=16, **rows)
    assert [p.event for p in run.run()].count("epoch") == 3
    return run


def reading_ahead() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "reading ahead"]


def test_row_numbers_do_what_copies_do() -> None:
    by_number = trained(X, Y, rows=TRAIN, held_rows=HELD)
    model = ns.compile(classifier(), seed=1, threads=1)
    copies = Trainer(model, model.arrays(X[TRAIN], Y[TRAIN]), model.arrays(X[HELD], Y[HELD]), epochs=3, batch_size=16)
    for _ in copies.run():
        pass
    assert by_number.history.history == copies.history.history
    assert_same_weights(by_number.model, model)
    assert by_number.rows == 310


@pytest.mark.parametrize("wrong", [[0, 400], [-1, 3]])
def test_rows_that_are_not_there_never_reach_the_engine(wrong: list[int]) -> None:
    with pytest.raises(DataError, match=r"the rows are numbered from -?\d to \d+; the arrays have 400 rows"):
        trained(X, Y, rows=np.array(wrong))


def test_arrays_in_files_train_as_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained(X, Y, rows=TRAIN, held_rows=HELD)
    monkeypatch.setattr(spool, "LIMIT", 0)
    monkeypatch.setattr(prefetch, "AHEAD", 4096)
    monkeypatch.setattr(prefetch, "PART", 400)  # so that it has to wait for the engine and is there to be counted
    seen: list[int] = []
    monkeypatch.setattr(ns.training.trainer, "reading_ahead", _counting(seen))
    mapped = trained(X, Y, rows=TRAIN, held_rows=HELD)
    assert mapped.history.history == whole.history.history
    assert_same_weights(mapped.model, whole.model)
    np.testing.assert_array_equal(mapped.model.predict(X), whole.model.predict(X))
    assert seen == [1, 1, 1]
    assert not reading_ahead()


def _counting(seen: list[int]) -> Any:
    """`reading_ahead`, noting how many threads it has."""

    @contextmanager
    def counted(*args: Any) -> Iterator[None]:
        with prefetch.reading_ahead(*args):
            seen.append(len(reading_ahead()))
            yield

    return counted


def test_it_reads_so_far_ahead_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LIMIT", 0)
    monkeypatch.setattr(prefetch, "AHEAD", 4000)
    monkeypatch.setattr(prefetch, "PART", 400)
    array, order, used = spool.empty((1000, 10), np.float32), np.random.default_rng(0).permutation(1000), [0]
    array[:] = 1
    touched: list[int] = []
    take = np.take
    monkeypatch.setattr(prefetch.np, "take", lambda a, rows, axis: touched.extend(rows) or take(a, rows, axis))
    with prefetch.reading_ahead([array, None], order, lambda: used[0]):
        _wait(lambda: len(touched) == 100)
        time.sleep(0.03)
        assert len(touched) == 100  # 100 rows of 40 bytes
        used[0] = 50
        _wait(lambda: len(touched) == 150)
        assert len(reading_ahead()) == 1
    assert touched == order[:150].tolist()
    assert not reading_ahead()


def test_an_abandoned_run_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LIMIT", 0)
    monkeypatch.setattr(prefetch, "AHEAD", 0)  # so that it would wait for ever
    model = ns.compile(classifier(), seed=1, threads=1)
    told = Trainer(model, model.arrays(X, Y), {}, epochs=100, batch_size=1).run()
    next(told)
    assert reading_ahead()
    told.close()  # type: ignore[attr-defined]
    assert not reading_ahead()


def test_arrays_in_memory_need_no_thread() -> None:
    with prefetch.reading_ahead([X], np.arange(400), lambda: 0):
        assert not reading_ahead()


def _wait(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.001)


SCRIPT = """
import sys
from netstudio.data import spool
from netstudio.files.documents import load_graph
from netstudio.training.trainer import Trainer
spool.LIMIT = 1 << 20
def private():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) << 10
from netstudio.training.model import Model
graph = load_graph(sys.argv[1])
Model(graph, threads=1).train_on_batch([[0.0] * 100] * 500, [0] * 500)  # what a model takes with little data
before = most = private()
run = Trainer.from_graph(graph, sys.argv[2], threads=1)
for told in run.run():
    most = max(most, private())
print(most - before, told.logs["val_accuracy"])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's private memory")
def test_a_large_array_is_never_in_memory(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200_000, 100)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", (x[:, :10].sum(1) > 0).astype(np.int64))
    document = {
        "format": "netstudio/graph", "version": 1,
        "nodes": [
            {"id": "x", "type": "Input", "params": {"shape": [100]}},
            {"id": "d", "type": "Dense", "params": {"units": 2}},
            {"id": "y", "type": "Target", "params": {"shape": [], "dtype": "int"}},
            {"id": "loss", "type": "SparseCategoricalCrossentropy", "params": {"from_logits": True}},
        ],
        "wires": [["x.out", "d.in"], ["d.out", "loss.pred"], ["y.out", "loss.target"]],
        "data": {"source": ".", "validation_split": 0.1, "preprocess": {"x": "standardize"}},
        "training": {"epochs": 1, "batch_size": 500, "metrics": ["accuracy"]},
    }  # fmt: skip
    (tmp_path / "g.json").write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "g.json"), str(tmp_path)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    grown, accuracy = done.stdout.split()
    assert int(grown) < x.nbytes / 2
    assert float(accuracy) > 0.9
