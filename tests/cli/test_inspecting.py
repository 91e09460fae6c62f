"""Commands that look at a graph: check, layers, render; usage and errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from netstudio.catalogue import CATALOGUE
from netstudio.cli import guard
from netstudio.resources import SAMPLES
from tests.cli.conftest import Run

CNN = SAMPLES / "digits_cnn.json"


def changed(folder: Path, old: str, new: str, name: str = "g.json") -> Path:
    text = CNN.read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    return folder / name


def test_check_shows_the_layers(run: Run) -> None:
    status, out, err = run("check", CNN)
    assert (status, err) == (0, "")
    assert "conv2    Conv2D" in out
    assert "1,179,648" in out
    assert "29,066 parameters" in out
    assert "the graph is right" in out


def test_check_json_is_one_object(run: Run) -> None:
    status, out, _ = run("check", CNN, "--json")
    report = json.loads(out)
    assert status == 0
    assert report["ok"] is True
    assert report["problems"] == []
    assert report["parameters"] == 29066
    assert report["memory_bytes"] > 4 * 29066
    conv = next(layer for layer in report["layers"] if layer["node"] == "conv2")
    assert conv == {
        "node": "conv2",
        "type": "Conv2D",
        "output_shape": [8, 8, 64],
        "parameters": 32 * 9 * 64 + 64,
        "multiply_adds": 8 * 8 * 64 * 9 * 32,
    }


def test_check_tells_a_wrong_shape_with_its_repair(run: Run, tmp_path: Path) -> None:
    path = changed(tmp_path, '"shape": [8, 8, 1]', '"shape": [64]')
    status, out, err = run("check", path, "--json")
    report = json.loads(out)
    assert status == 1
    assert report["ok"] is False
    problem = next(p for p in report["problems"] if p["severity"] == "error")
    assert problem["node"] == "conv1"
    assert set(problem) == {"severity", "node", "port", "param", "message", "repairs"}
    assert "conv1" in err
    assert "Traceback" not in err


def test_check_tells_an_augmentation_that_nothing_suits(run: Run, tmp_path: Path) -> None:
    sample = json.loads((SAMPLES / "iris.json").read_text())
    for augment, right in ((["MixUp"], True), (["Flip"], False)):
        (tmp_path / "g.json").write_text(json.dumps({**sample, "data": {**sample["data"], "augment": augment}}))
        status, out, err = run("check", tmp_path / "g.json")
        assert (status == 0, "the graph is right" in out) == (right, right)
    assert "the augmentation Flip changes images" in err
    assert "the shape (4,)" in err
    assert "to mend it: remove Flip from the augmentations" in err


def test_check_json_is_there_for_a_document_that_is_none(run: Run, tmp_path: Path) -> None:
    path = changed(tmp_path, '"filters": 32', '"filter": 32')
    status, out, err = run("check", path, "--json")
    report = json.loads(out)
    assert status == 1
    assert [(p["node"], p["param"]) for p in report["problems"]] == [("conv1", "filter"), ("conv1", "filters")]
    assert "did you mean 'filters'?" in err
    status, out, err = run("check", tmp_path / "h.json", "--json")
    assert status == 1
    assert json.loads(out)["problems"][0]["node"] is None
    assert "there is no file" in err


def test_layers_lists_every_type(run: Run) -> None:
    status, out, _ = run("layers")
    assert status == 0
    assert all(t.name in out for t in CATALOGUE)
    listed = json.loads(run("layers", "--json").out)["layers"]
    assert {entry["type"] for entry in listed} == {t.name for t in CATALOGUE}


def test_layers_describes_one(run: Run) -> None:
    described = json.loads(run("layers", "Dense", "--json").out)
    units = described["params"][0]
    assert (units["name"], units["required"], units["takes"]) == ("units", True, "an integer of 1 or more")
    assert (units["type"], units["range"], units["choices"], units["initial"]) == ("int", {"minimum": 1}, None, 64)
    params = {param["name"]: param for param in described["params"]}
    assert "relu" in params["activation"]["choices"]
    assert "HeNormal" in params["kernel_initializer"]["choices"]
    assert params["use_bias"]["default"] is True
    assert described["inputs"][0]["name"] == "in"
    assert described["formula"] == "y = activation(x · kernel + bias)."
    assert described["summary"] == "A fully connected layer: y = activation(x · kernel + bias)."
    assert "Linear" in described["search"]
    status, out, _ = run("layers", "conv2d")
    assert status == 0
    assert "kernel_size" in out
    status, _, err = run("layers", "Conv2")
    assert status == 1
    assert "did you mean 'Conv2D'?" in err
    for name, words in (
        ("zzz", "error: unknown node type 'zzz'; `netstudio layers` lists all\n"),
        ("acme.Swish", "the type acme.Swish belongs to a package that adds the node types acme.*"),
    ):
        status, out, err = run("layers", name)
        assert (status, out) == (1, "")
        assert words in err


def test_render_draws(run: Run, tmp_path: Path) -> None:
    assert run("render", CNN, "-o", tmp_path / "g.svg").status == 0
    assert (tmp_path / "g.svg").read_text().startswith("<svg")
    assert run("render", CNN, "-o", tmp_path / "g.png", "--dark").status == 0
    with Image.open(tmp_path / "g.png") as image:
        assert image.width > image.height
    assert run("render", CNN, "-o", tmp_path / "g.jpeg").status == 1


def test_wrong_usage_is_2(run: Run) -> None:
    for arguments in (
        ["nothing"],
        ["check"],
        ["train", CNN, "--epochs", "0"],
        ["train", CNN, "--epochs", "x"],
        ["render", CNN],
    ):
        assert run(*arguments).status == 2, arguments


def test_help_is_0_and_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for command in ("check", "train", "evaluate", "predict", "export", "render", "layers", "gui"):
        assert command in out


def test_an_unexpected_error_is_a_line_and_a_log(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_log_dir", lambda *a, **k: str(tmp_path / "logs"))
    monkeypatch.setattr("netstudio.files.documents.load_graph", lambda path: 1 / 0)
    status, out, err = run("render", CNN, "-o", tmp_path / "g.svg")
    assert (status, out) == (1, "")
    assert "unexpected ZeroDivisionError" in err
    assert "Traceback" not in err
    (log,) = (tmp_path / "logs").iterdir()
    assert str(log) in err
    assert "ZeroDivisionError" in log.read_text()


def test_an_interruption_is_130(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("netstudio.files.documents.load_graph", interrupt)
    status, _, err = run("render", CNN, "-o", tmp_path / "g.svg")
    assert status == guard.INTERRUPTED == 130
    assert "interrupted" in err


def modules_after(*arguments: str) -> set[str]:
    """Which heavy modules a new process has loaded once the command is done."""
    code = f"""
import sys
from netstudio.cli.app import app
try:
    app({list(arguments)!r})
except SystemExit:
    pass
print(*(m for m in ("PySide6", "numba", "polars") if m in sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.split())


def test_listing_loads_nothing_heavy_and_checking_no_qt() -> None:
    assert modules_after("layers") == set()
    assert modules_after("check", str(CNN)) == {"numba"}


def test_the_window_needs_a_screen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    status, out, err = run()
    assert (status, out) == (1, "")
    assert "there is no screen to open a window on" in err
