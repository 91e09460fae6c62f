"""What does not fit is refused before it is taken, and what is done with is given back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

import netstudio as ns
from netstudio.augmentations import AUGMENTATIONS
from netstudio.errors import MemoryLimitError
from netstudio.graph import Graph
from netstudio.training.model import estimate_graph
from tests.graphs import cnn, graph

GIB = 2**30


@pytest.fixture
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """16 GiB free, whatever there is."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=16 * GIB))


def wide(units: int) -> Graph:
    nodes = [
        ("x", "Input", {"shape": [units]}), ("d", "Dense", {"units": units}), ("y", "Target", {"shape": [units]}),
        ("loss", "MeanSquaredError", {}),
    ]  # fmt: skip
    return graph(nodes, "x d, d loss.pred, y loss.target")


@pytest.mark.usefixtures("small_machine")
def test_an_absurd_graph_is_refused_at_once() -> None:
    """10^10 weights, as many gradients and two slots of Adam: 4 · 40 GB."""
    process = psutil.Process()
    before, began = process.memory_info().rss, time.process_time()
    with pytest.raises(MemoryLimitError) as caught:
        ns.compile(wide(100_000), threads=1)
    assert time.process_time() - began < 0.9
    assert process.memory_info().rss - before < 50 * 2**20
    assert str(caught.value) == (
        "this graph needs about 149.0 GiB of memory and 16.0 GiB are free; make the batch or the layers smaller"
    )
    assert caught.value.needed == 4 * 4 * (100_000**2 + 100_000)
    assert caught.value.available == 16 * GIB


@pytest.mark.usefixtures("small_machine")
def test_an_absurd_batch_is_refused_at_once() -> None:
    model = ns.compile(cnn(), threads=1)
    process = psutil.Process()
    before, began = process.memory_info().rss, time.process_time()
    with pytest.raises(MemoryLimitError, match=r"this graph needs about \d+\.\d GiB of memory and 16\.0 GiB are free"):
        model.executor.program("train", 30_000_000)
    assert time.process_time() - began < 0.9
    assert process.memory_info().rss - before < 50 * 2**20
    rng = np.random.default_rng(0)
    assert np.isfinite(model.train_on_batch(rng.normal(size=(4, 8, 7, 2)), [0, 1, 2, 3])["loss"])


def test_the_estimate_grows_with_the_batch_and_takes_nothing() -> None:
    small, large = (estimate_graph(cnn(), batch).memory_bytes for batch in (32, 3200))
    assert 20 * small < large < 200 * small
    assert estimate_graph(wide(100_000)).memory_bytes > 149 * GIB


def test_the_estimate_counts_augmentation() -> None:
    """It changes by what the plan of a step does, which may pack better with more in it."""
    plain, steps = cnn(), ["Flip", "Rotate", "Noise", "MixUp"]
    asked = replace(plain, data={**plain.data, "augment": steps})
    model = ns.compile(plain, threads=1)
    before = model.executor.layout("train", 512).bytes
    model.executor.augment([AUGMENTATIONS.make(name) for name in steps])
    more = model.executor.layout("train", 512).bytes - before
    assert abs(more) > 512 * 4
    assert estimate_graph(asked, 512).memory_bytes - estimate_graph(plain, 512).memory_bytes == pytest.approx(
        more, abs=256
    )


CYCLES = """
import gc, numpy as np, psutil
import netstudio as ns
from netstudio.graph import Node
from tests.graphs import cnn, regression
from dataclasses import replace

x, y = np.ones((24, 5), np.float32), np.ones((24, 3), np.float32)
images, labels = np.ones((24, 8, 7, 2), np.float32), np.zeros(24)
process, graph = psutil.Process(), regression()
for cycle in range(240):
    if cycle == 40:
        gc.collect()
        before = process.memory_info().rss
    node = Node("d0", "Dense", {"units": 8 + cycle % 50, "activation": ("relu", "tanh", "gelu")[cycle % 3]})
    graph = replace(graph, nodes={**graph.nodes, "d0": node})
    model = ns.compile(graph, threads=2)
    model.fit(x, y, batch_size=7, validation_split=0.2)
    model.predict(x)
    if cycle % 4 == 0:
        ns.compile(cnn(dropout=cycle / 300), threads=2).fit(images, labels, batch_size=10)
gc.collect()
print((process.memory_info().rss - before) / 2**20)
"""


def test_200_edits_and_runs_leak_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CYCLES], capture_output=True, text=True, timeout=300, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 10.0, "MiB"
