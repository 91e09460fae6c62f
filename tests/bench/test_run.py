"""The whole benchmark, and its talk with other frameworks: one of which is made up here."""

import json
import os
import sys
from pathlib import Path

import pytest

from netstudio.bench import peers as peers_module
from netstudio.bench import run as run_module
from netstudio.bench.peers import Peer, peers
from netstudio.bench.run import bench, pinned
from netstudio.errors import ParamError, TrainingError
from netstudio.graph import Graph, Node

FAKE = """
VERSION = "1.0"
def prepare(document, threads):
    print("chatter")
    if document["name"] == "deadly":
        import os
        os._exit(3)
    if document["name"] == "refused":
        raise ValueError("no such layer")
    import time
    return {"fast": lambda count: time.sleep(0), "slow": lambda count: time.sleep(0.002 * count)}
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An interpreter in which the only framework is called "fake"."""
    for path in peers_module.SIDE.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "fake_side.py").write_text(FAKE)
    monkeypatch.setattr(peers_module, "SIDE", tmp_path)
    monkeypatch.setattr(peers_module, "FRAMEWORKS", ("absent", "fake"))
    return sys.executable


def test_what_is_reported_of_a_workload() -> None:
    told: list[str] = []
    report = bench(["mlp_tabular"], 1, 0.05, [], told.append)
    (found,) = report["workloads"]
    assert report["threads"] == 1
    assert report["peak_gflops"] > 0.0
    assert found["name"] == "mlp_tabular"
    assert found["gflops"] == pytest.approx(481_280 / found["us_per_step"] / 1e3)
    assert found["samples_per_s"] == pytest.approx(32 / found["us_per_step"] * 1e6)
    assert found["share_of_peak"] == pytest.approx(found["gflops"] / report["peak_gflops"])
    assert found["first_step_s"] > 0.0
    assert (found["peers"], found["ratio"], found["speedup"], found["missing"]) == ({}, None, None, [])
    assert [text for text in told if not text.startswith("compiling ")] == ["mlp_tabular"]
    json.dumps(report, allow_nan=False)


def test_a_workload_whose_layers_are_not_there_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "workload", lambda name: Graph(name, {"a": Node("a", "Zither")}))
    (found,) = bench(["song"], 1, 0.05, [], lambda text: None)["workloads"]
    assert found["missing"] == ["Zither"]
    assert found["us_per_step"] is None
    assert found["ratio"] is None


def test_others_are_timed_in_turn(fake: str) -> None:
    told: list[str] = []
    (found,) = bench(["mlp_tabular"], 1, 0.05, [fake], told.append)["workloads"]
    assert list(found["peers"]) == ["fast", "slow"]
    assert found["peers"]["slow"] >= 2000.0
    assert found["ratio"] > 0.0
    assert told[0] == "compared with: fake 1.0"


def test_the_ratio_is_the_median_of_the_rounds_best(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [(1.0, 3.0, {"a": 9.0, "b": 4.0}), (2.0, 3.0, {"a": 2.0, "b": 7.0}), (1.0, 1.0, {"a": 3.0, "b": 2.0})]
    rounds = iter([run_module._Round(*times) for times in made])
    monkeypatch.setattr(run_module, "ROUNDS", 3)
    monkeypatch.setattr(run_module, "_round", lambda *arguments: next(rounds))
    (found,) = bench(["mlp_tabular"], 1, 0.05, [], lambda text: None)["workloads"]
    assert found["ratio"] == 2.0
    assert found["speedup"] == 1.5
    assert found["us_per_step"] == 1e6
    assert found["peers"] == {"a": 2e6, "b": 2e6}


def test_several_threads_are_timed_against_one() -> None:
    (found,) = bench(["mlp_tabular"], 2, 0.05, [], lambda text: None)["workloads"]
    assert found["speedup"] > 0.0
    assert found["ratio"] is None
    assert found["peers"] == {}


def test_a_framework_that_is_not_there_is_left_out(fake: str) -> None:
    with peers([fake, fake], 1) as found:
        assert [(peer.framework, peer.version) for peer in found] == [("fake", "1.0")]


def test_a_framework_that_fails_says_why(fake: str) -> None:
    with peers([fake], 1) as (peer,):
        with pytest.raises(TrainingError, match=r"^fake: ValueError: no such layer$"):
            peer.prepare({"name": "refused"})
        assert peer.prepare({"name": "taken"}) == ["fast", "slow"]
        with pytest.raises(TrainingError, match="fake: KeyError: 'unknown'"):
            peer.best_step("unknown", 0.0)


def test_a_framework_that_ends_is_no_end_of_ours(fake: str) -> None:
    with peers([fake], 1) as (peer,):
        for name in ("deadly", "taken"):
            with pytest.raises(TrainingError, match="fake: its process ended with status 3"):
                peer.prepare({"name": name})


def test_an_interpreter_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        ParamError, match=r"--peer-python: .*nowhere can't be run \(No such file or directory\); give it"
    ):
        Peer(str(tmp_path / "nowhere"), "torch", 1)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not say where threads may run")
def test_a_run_is_pinned_and_let_go() -> None:
    before = os.sched_getaffinity(0)
    with pinned(1):
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before
