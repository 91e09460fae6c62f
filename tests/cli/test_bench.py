"""`netstudio bench`, on the smallest workload and for a moment."""

import json
import sys
from pathlib import Path

import pytest

from netstudio.bench import run as run_module
from tests.cli.conftest import Run

QUICK = ("--only", "mlp_tabular", "--seconds", "0.05")
KEYS = {
    "name", "missing", "us_per_step", "samples_per_s", "gflops", "share_of_peak", "memory_bytes", "first_step_s",
    "speedup", "peers", "ratio",
}  # fmt: skip


def test_json_is_one_object(run: Run) -> None:
    status, out, _ = run("bench", *QUICK, "--json")
    report = json.loads(out)
    assert status == 0
    assert set(report) == {"threads", "peak_gflops", "workloads"}
    assert [set(w) for w in report["workloads"]] == [KEYS]


def test_a_table_shows_each_workload(run: Run) -> None:
    status, out, err = run("bench", *QUICK, "--threads", "2")
    assert status == 0
    assert out.startswith("2 threads · ")
    assert "mlp_tabular" in out
    assert "GFLOP/s  of peak" in out
    assert "1 thread / this" in out
    assert "ratio" not in out
    assert "mlp_tabular" in err


def test_a_table_compares_and_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = dict.fromkeys(KEYS, 1) | {
        "name": "small",
        "missing": [],
        "speedup": None,
        "ratio": 2.5,
        "peers": {"torch": 1234.5},
    }
    absent = dict.fromkeys(KEYS) | {"name": "song", "missing": ["Organ", "Zither"], "peers": {}}
    report = {"threads": 1, "peak_gflops": 100.0, "workloads": [measured, absent]}
    asked: list[object] = []
    monkeypatch.setattr(run_module, "bench", lambda *given: asked.append(given[3]) or report)
    status, out, _ = run("bench", "--peers")
    assert (status, asked) == (0, [[sys.executable]])
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line}
    assert lines["workload"][-3:] == ["torch", "µs", "ratio"]
    assert lines["small"][-2:] == ["1,234.5", "2.50"]
    assert lines["song"] == ["song", "no", "Organ,", "Zither"]


def test_a_profile_shows_items(run: Run) -> None:
    status, out, _ = run("bench", "--profile", "mlp_tabular", "--seconds", "0.01")
    assert status == 0
    assert "matmul (32, 64)" in out
    assert "µs in" in out


def test_a_document_can_be_profiled(run: Run) -> None:
    document = Path(__file__).parents[2] / "samples" / "two_heads.json"
    status, out, _ = run("bench", "--profile", str(document), "--seconds", "0.01", "--json")
    assert status == 0
    nodes = {row["node"] for row in json.loads(out)["rows"]}
    assert {n["id"] for n in json.loads(document.read_text())["nodes"] if n["type"] == "Dense"} <= nodes


def test_a_profile_as_json(run: Run) -> None:
    status, out, _ = run("bench", "--profile", "mlp_tabular", "--seconds", "0.01", "--json")
    report = json.loads(out)
    assert status == 0
    assert report["name"] == "mlp_tabular"
    assert {"node", "kernel", "what", "microseconds", "gflops", "bytes"} == set(report["rows"][0])


def test_an_unknown_name_is_told(run: Run) -> None:
    for option, name, words in (
        ("--only", "mlp", "there is no workload 'mlp'"),
        ("--profile", "mpl_wide", "'mpl_wide' is neither a workload nor a graph document: did you mean 'mlp_wide'?"),
        ("--profile", "zzz", "'zzz' is neither a workload nor a graph document; the workloads are mlp_tabular, "),
        ("--profile", "missing.json", "there is no file missing.json; check the path"),
    ):
        status, out, err = run("bench", option, name)
        assert (status, out) == (1, ""), name
        assert f"error: {words}" in err


def test_an_interpreter_that_can_not_be_run_is_told(run: Run) -> None:
    status, out, err = run("bench", *QUICK, "--peer-python", "/nowhere/python")
    assert (status, out) == (1, "")
    assert "error: --peer-python: /nowhere/python can't be run" in err


def test_no_threads_is_wrong_usage(run: Run) -> None:
    assert run("bench", *QUICK, "--threads", "0").status == 2
