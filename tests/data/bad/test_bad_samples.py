"""Predicting and evaluating on bad data: one error that says where; odd data is read as in training."""

from __future__ import annotations

import csv
import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from netstudio.cli.app import app
from tests.cli.conftest import Run
from tests.data.bad import files, tables
from tests.data.bad.test_bad_data import document, refused

RATE = 8000
AUDIO = {"sample_rate": RATE, "bands": 20, "window": 256, "hop": 128}


def tone(path: Path, hertz: float, seconds: float = 0.3, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(int(hertz)).normal(0, 0.05, int(seconds * rate))
    samples = 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate) + noise
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((samples * 20000).astype("<i2").tobytes())


def trained(folder: Path, shape: list[int], source: str, data: dict[str, Any], epochs: int = 1) -> Path:
    out = folder / "model.npz"
    graph = document(folder, shape, source, data)
    with pytest.raises(SystemExit) as caught:
        app(["train", str(graph), "--epochs", str(epochs), "--learning-rate", "0.02", "--out", str(out)])
    assert not caught.value.code
    return out


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    (folder / "t.csv").write_text(tables.GOOD)
    return trained(folder, [2], "t.csv", {})


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    files.pictures(folder)
    return trained(folder, [8, 8, 1], "set", {})


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells high tones from low ones."""
    folder = tmp_path_factory.mktemp("sounds")
    for i in range(20):
        tone(folder / "set" / "high" / f"{i}.wav", 1500 + 40 * i)
        tone(folder / "set" / "low" / f"{i}.wav", 200 + 15 * i, rate=11025)
    return trained(folder, [17, 20, 1], "set", {"audio": AUDIO, "validation_split": 0.25}, epochs=40)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,c\n1,2\n", ("has no column", "'b'")),
        (b"a,B\n1,2\n", ("has no column", "'b'")),
        (b"a,b\n1,x\n2,3\n4,5\n", ("line 2, column 'b' is 'x' in a column of numbers",)),
        (b"a,b\n1,\n2,3\n", ("line 2, column 'b' is empty",)),
        (b"a,b\n1,inf\n2,3\n", ("line 2, column 'b' is inf",)),
        (b"a,b\n", ("no samples",)),
        (b"", ("is empty",)),
        (b"a,b\n1,2\n3\n", ("line 3 has 1 cell and the first 2",)),
        (b'a,b\n1,"2\n', ("line 2: a quote",)),
        (b"a,b\n1,\0\n", ("holds bytes of 0",)),
    ],
)
def test_tables(run: Run, tmp_path: Path, table: Path, content: bytes, words: tuple[str, ...]) -> None:
    (tmp_path / "new.csv").write_bytes(content)
    refused(run, ("new.csv", *words), "predict", table, tmp_path / "new.csv")


def test_a_table_written_in_another_way_is_the_same_table(run: Run, tmp_path: Path, table: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1.5,2\n3.25,-4\n")
    (tmp_path / "b.csv").write_bytes("b;a\r\n2;1,5\r\n-4;3,25\r\n".encode("utf-16"))
    status, told, err = run("predict", table, tmp_path / "a.csv")
    assert status == 0, err
    assert run("predict", table, tmp_path / "b.csv").out == told
    status, _, err = run("evaluate", table, "--data", tmp_path / "b.csv")
    assert status == 1
    assert "b.csv" in err


@pytest.mark.parametrize("name", ["a FIFO", "a folder named as a file", "/dev/zero", "a link to itself"])
def test_files_that_are_none(run: Run, tmp_path: Path, table: Path, name: str) -> None:
    source = files.BAD[name].make(tmp_path)
    refused(run, (), "predict", table, tmp_path / source)
    refused(run, files.BAD[name].words, "evaluate", table, "--data", tmp_path / source)


@pytest.mark.parametrize(
    "name", ["a picture cut off", "a photograph cut off", "a picture of no bytes", "text named png", "a huge picture"]
)
def test_pictures(run: Run, tmp_path: Path, images: Path, name: str) -> None:
    source = files.BAD[name].make(tmp_path)
    refused(run, files.BAD[name].words, "predict", images, tmp_path / source / "a")
    refused(run, files.BAD[name].words, "evaluate", images, "--data", tmp_path / source)


def test_a_picture_of_another_size(run: Run, tmp_path: Path, images: Path) -> None:
    Image.new("L", (9, 8)).save(tmp_path / "wide.png")
    refused(run, ("wide.png is 9×8 pixels; the Input 'x' takes 8×8",), "predict", images, tmp_path / "wide.png")


def test_tones_are_told_apart(run: Run, tmp_path: Path, sounds: Path) -> None:
    tone(tmp_path / "new" / "deep.wav", 333, 0.5, 44100)
    tone(tmp_path / "new" / "shrill.wav", 1777, 0.2)
    status, told, err = run("predict", sounds, tmp_path / "new")
    assert status == 0, err
    assert [(r["sample"], r["class"]) for r in csv.DictReader(io.StringIO(told))] == [
        ("deep.wav", "low"),
        ("shrill.wav", "high"),
    ]
    tone(tmp_path / "set" / "high" / "1.wav", 1600, 0.3, 16000)
    tone(tmp_path / "set" / "low" / "1.wav", 250)
    status, told, err = run("evaluate", sounds, "--data", tmp_path / "set", "--json")
    assert status == 0, err
    assert json.loads(told)["loss"] < 0.3


def test_a_sound_that_is_none(run: Run, tmp_path: Path, sounds: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    refused(run, ("x.wav is no WAV file",), "predict", sounds, tmp_path / "x.wav")
