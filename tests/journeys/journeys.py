"""What people do with their own data: a source, a graph for it, and the figure that the trained model is judged by."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.journeys import makers

Json = dict[str, Any]
PEERS: dict[str, list[float]] = json.loads(Path(__file__).with_name("peers.json").read_text(encoding="utf-8"))
CLASSES = {"type": "SparseCategoricalCrossentropy", "params": {"from_logits": True}}


@dataclass(frozen=True)
class Journey:
    """`make` writes the data under a folder and gives the path of their source.

    `layers` stand between the Input and the loss, as (type, params). `classes` is how many there are, None where a
    quantity is predicted. `figure` of the validation samples is what counts.
    """

    name: str
    make: Callable[[Path], Path]
    shape: tuple[int, ...]
    layers: tuple[tuple[str, Json], ...]
    classes: int | None
    data: Json = field(default_factory=dict)
    dtype: str = "float"
    epochs: int = 20
    learning_rate: float = 0.005
    bind: tuple[str, str] = ("features", "label")

    @property
    def figure(self) -> str:
        return "accuracy" if self.classes is not None else "mean_absolute_error"

    def graph(self, seed: int = 0) -> Json:
        """The document, but for its source."""
        is_class = self.classes is not None
        target = {"shape": [], "dtype": "int"} if is_class else {"shape": [1]}
        loss = CLASSES if is_class else {"type": "MeanSquaredError"}
        chain = [("Input", {"shape": list(self.shape), "dtype": self.dtype}), *self.layers]
        chain += [("Dense", {"units": self.classes or 1})]
        names = ["x", *(f"layer{i}" for i in range(1, len(chain)))]
        nodes: list[Json] = [{"id": n, "type": t, "params": p} for n, (t, p) in zip(names, chain, strict=True)]
        nodes += [{"id": "y", "type": "Target", "params": target}, {"id": "loss", **loss}]
        wires = [[f"{a}.out", f"{b}.in"] for a, b in pairwise(names)]
        wires += [[f"{names[-1]}.out", "loss.pred"], ["y.out", "loss.target"]]
        return {
            "format": "netstudio/graph", "version": 1, "name": self.name, "nodes": nodes, "wires": wires,
            "data": {"bind": dict(zip("xy", self.bind, strict=True)), "validation_split": 0.25, **self.data},
            "training": {
                "optimizer": {"type": "Adam", "params": {"learning_rate": self.learning_rate}}, "epochs": self.epochs,
                "seed": seed, "metrics": [self.figure],
            },
        }  # fmt: skip


def _csv(name: str) -> Callable[[Path], Path]:
    return lambda folder: makers.table(name, folder / f"{name}.csv")


DENSE = (("Dense", {"units": 16, "activation": "relu"}),)
CONV: tuple[tuple[str, Json], ...] = (
    ("Conv2D", {"filters": 16, "kernel_size": [3, 3], "padding": "same", "activation": "relu"}),
    ("MaxPooling2D", {}),
    ("Conv2D", {"filters": 32, "kernel_size": [3, 3], "padding": "same", "activation": "relu"}),
    ("MaxPooling2D", {}),
    ("Flatten", {}),
)
STANDARD: Json = {"preprocess": {"x": "standardize"}}
MEASURES = ("age", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
PATIENT: Json = {name: {"missing": "median", "scale": "standardize"} for name in MEASURES}

JOURNEYS = (
    Journey("iris", _csv("iris"), (4,), DENSE, 3, STANDARD, epochs=60),
    Journey("wine", _csv("wine"), (13,), DENSE, 3, STANDARD),
    Journey("breast_cancer", _csv("breast_cancer"), (30,), DENSE, 2, STANDARD),
    Journey(
        "diabetes", _csv("diabetes"), (10,), DENSE, None,
        {"preprocess": {"x": "standardize", "y": "standardize"}}, bind=("features", "target"),
    ),
    Journey("digits", _csv("digits"), (64,), (("Dense", {"units": 48, "activation": "relu"}),), 10),
    Journey(
        "image_folder", lambda f: makers.image_folder(f / "digits"), (8, 8, 1), CONV, 10,
        bind=("image", "label"), epochs=8,
    ),
    Journey("idx", lambda f: makers.idx_files(f / "idx"), (8, 8, 1), CONV, 10, bind=("image", "label"), epochs=8),
    Journey(
        "parquet_with_holes", lambda f: makers.patients(f / "patients.parquet"), (12,), DENSE, None,
        {
            "columns": {**PATIENT, "sex": {"type": "category", "missing": "flag"}}, "target": "progress",
            "preprocess": {"y": "standardize"},
        },
        bind=("features", "target"),
    ),
    Journey(
        "texts", lambda f: makers.languages(f / "languages.csv"), (60,),
        (("Embedding", {"input_dim": 100, "output_dim": 16}),
         ("Conv1D", {"filters": 64, "kernel_size": 4, "padding": "same", "activation": "relu"}),
         ("GlobalMaxPooling1D", {})),
        11,
        {
            "target": "language", "columns": {"text": {"type": "text"}},
            "text": {"tokens": "characters", "length": 60, "vocabulary": 100},
        },
        dtype="int", bind=("text", "label"), epochs=12,
    ),
    Journey(
        "series", lambda f: makers.sunspots(f / "sunspots.csv"), (24, 1), (("LSTM", {"units": 16}),), None,
        {
            "target": "sunspots", "columns": {"month": {"role": "ignore"}, "sunspots": {"scale": "standardize"}},
            "window": {"steps": 24, "horizon": 1},
        },
        bind=("features", "target"), epochs=8,
    ),
    Journey(
        "tones", lambda f: makers.tones(f / "tones"), (30, 24, 1), CONV, 4,
        {"audio": {"sample_rate": 8000, "window": 256, "hop": 128, "bands": 24}, "preprocess": {"x": "standardize"}},
        bind=("sound", "label"), epochs=15,
    ),
)  # fmt: skip
