"""From a file or folder that people have to a model that predicts, by commands alone."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from netstudio import Trainer
from netstudio.files.documents import graph_from_json
from tests.cli.conftest import Run
from tests.journeys.journeys import JOURNEYS, PEERS, Journey

EACH = pytest.mark.parametrize("journey", JOURNEYS, ids=lambda j: j.name)
LESS_RIGHT, MORE_OFF = 0.015, 1.03  # what five seeds leave to chance: a share of the samples, and of the error


@EACH
def test_a_model_is_trained_judged_and_used(journey: Journey, run: Run, tmp_path: Path) -> None:
    source, graph, model = journey.make(tmp_path), tmp_path / "graph.json", tmp_path / "model.npz"
    document = journey.graph()
    document["data"]["source"] = str(source)
    graph.write_text(json.dumps(document), encoding="utf-8")
    status, told, err = run("train", graph, "--epochs", 3, "--out", model, "--json")
    assert status == 0, err
    last = {name: values[-1] for name, values in json.loads(told)["history"].items()}
    status, told, err = run("evaluate", model, "--json")
    assert status == 0, err
    judged = json.loads(told)
    assert judged[journey.figure] == pytest.approx(last[f"val_{journey.figure}"], rel=1e-5)
    assert judged["loss"] == pytest.approx(last["val_loss"], rel=1e-5)
    status, told, err = run("predict", model, source)
    assert status == 0, err
    heads, *rows = list(csv.reader(io.StringIO(told)))
    assert len(rows) > 100
    assert heads[:2] == (["sample", "class"] if journey.classes is not None else ["sample", heads[-1]])


@EACH
def test_it_learns_as_much_as_the_same_network_in_pytorch(journey: Journey, tmp_path: Path) -> None:
    source, peers = journey.make(tmp_path), PEERS[journey.name]
    ours = np.mean([_figure(journey, source, seed) for seed in range(len(peers))])
    if journey.classes is not None:
        assert ours >= np.mean(peers) - LESS_RIGHT
    else:
        assert ours <= np.mean(peers) * MORE_OFF


def _figure(journey: Journey, source: Path, seed: int) -> float:
    trainer = Trainer.from_graph(graph_from_json(journey.graph(seed)), source=str(source))
    for _ in trainer.run():
        pass
    return trainer.history.history[f"val_{journey.figure}"][-1]
