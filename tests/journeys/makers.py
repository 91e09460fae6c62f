"""The files that people arrive with, made of real data: tables, images, sounds, texts, a series."""

from __future__ import annotations

import csv
import gzip
import shutil
import struct
import wave
from pathlib import Path

import numpy as np
import polars
from numpy.typing import NDArray
from PIL import Image

from netstudio.data.loading import load
from netstudio.resources import SAMPLES

RATE = 8000  # of the sounds, samples a second
FORMS = ("sine", "square", "sawtooth", "noise")


def table(name: str, path: Path) -> Path:
    """A set of scikit-learn's as a CSV file whose last column is what is to be predicted."""
    dataset = load(f"sklearn:{name}")
    label = "label" if "label" in dataset.fields else "target"
    columns = dataset.columns or tuple(f"pixel {i}" for i in range(64))
    rows = dataset.fields["features" if dataset.columns else "pixels"].tolist()
    answers = dataset.fields[label].tolist()
    names = dataset.classes.get(label)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*columns, "answer"])
        out.writerows([*row, names[int(a)] if names else a] for row, a in zip(rows, answers, strict=True))
    return path


def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(1797, 8, 8) grey values from 0 to 255, and which digit each is."""
    dataset = load("sklearn:digits")
    return (dataset.fields["image"][..., 0] * 255).round().astype(np.uint8), dataset.fields["label"]


def image_folder(folder: Path) -> Path:
    """The digits as PNG files in a folder for each class."""
    for number, (image, label) in enumerate(zip(*digits(), strict=True)):
        place = folder / f"digit {label}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number:04}.png")
    return folder


def idx_files(folder: Path) -> Path:
    """The digits as MNIST's own files are: images packed, labels beside them."""
    images, labels = digits()
    folder.mkdir(exist_ok=True)
    path = folder / "digits-images-idx3-ubyte.gz"
    with gzip.open(path, "wb") as file:
        file.write(struct.pack(">BBBBIII", 0, 0, 8, 3, *images.shape) + images.tobytes())
    with gzip.open(folder / "digits-labels-idx1-ubyte.gz", "wb") as file:
        file.write(struct.pack(">BBBBI", 0, 0, 8, 1, len(labels)) + labels.astype(np.uint8).tobytes())
    return path


def patients(path: Path) -> Path:
    """The diabetes set as Parquet, sex as words, and one cell in twelve of each measure missing."""
    dataset = load("sklearn:diabetes")
    draw = np.random.default_rng(0)
    columns: dict[str, list[object]] = {}
    for name in dataset.columns:
        values = dataset.fields[name].tolist()
        gone = draw.random(len(values)) < 1 / 12
        cells = [("female", "male")[v == 1.0] for v in values] if name == "sex" else values
        columns[name] = [None if lost else cell for cell, lost in zip(cells, gone, strict=True)]
    polars.DataFrame({**columns, "progress": dataset.fields["target"].tolist()}).write_parquet(path)
    return path


def languages(path: Path) -> Path:
    """Sentences and the language each is written in."""
    return Path(shutil.copyfile(SAMPLES / "data" / "languages.csv", path))


def sunspots(path: Path) -> Path:
    """How many sunspots each month had."""
    return Path(shutil.copyfile(SAMPLES / "data" / "sunspots.csv", path))


def tones(folder: Path, each: int = 60) -> Path:
    """Half a second of four kinds of sound, at any pitch and noisy, as WAV files in a folder for each kind."""
    draw = np.random.default_rng(0)
    time = np.arange(RATE // 2) / RATE
    for form in FORMS:
        (folder / form).mkdir(parents=True)
        for number in range(each):
            phase = time * draw.uniform(110.0, 880.0) + draw.random()
            sound = _sound(form, phase, draw) * draw.uniform(0.1, 0.5) + draw.normal(0.0, 0.05, len(time))
            with wave.open(str(folder / form / f"{number:03}.wav"), "wb") as file:
                file.setparams((1, 2, RATE, len(time), "NONE", "not compressed"))
                file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return folder


def _sound(form: str, phase: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    if form == "sine":
        return np.sin(2 * np.pi * phase)
    if form == "square":
        return np.sign(np.sin(2 * np.pi * phase))
    return 2 * (phase % 1.0) - 1 if form == "sawtooth" else draw.normal(0.0, 0.5, len(phase))
