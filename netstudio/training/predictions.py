"""What a model says of the samples in a file, as a table that can be written down."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.data.answers import Answer, answers
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.samples import read_samples
from netstudio.engine.lower import predicted
from netstudio.files.atomic import replacing, write_text

if TYPE_CHECKING:
    from netstudio.training.model import Model


@dataclass(frozen=True)
class Predictions:
    """An answer of each predicted node for the samples of these `names`."""

    names: tuple[str, ...]
    answers: tuple[Answer, ...]

    def columns(self) -> dict[str, list[Any]]:
        """Columns by heading; with several predicted nodes, each heading begins with its node's id."""
        table: dict[str, list[Any]] = {"sample": list(self.names)}
        for answer in self.answers:  # quantities are called after their node in any case
            prefix = f"{answer.node}." if len(self.answers) > 1 and answer.chosen is not None else ""
            table |= {f"{prefix}{heading}": values for heading, values in answer.columns().items()}
        return table

    def as_csv(self) -> str:
        text, table = io.StringIO(), self.columns()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(table)
        rows.writerows(zip(*table.values(), strict=True))
        return text.getvalue()

    def write_csv(self, path: Path) -> None:
        """A row a sample. FileError where it can't be written."""
        write_text(path, self.as_csv())

    def write_npz(self, path: Path) -> None:
        """`<node>` holds the values, `<node>/class` the number of the likeliest class. FileError as above."""
        arrays: dict[str, np.ndarray[Any, Any]] = {answer.node: answer.values for answer in self.answers}
        arrays |= {f"{a.node}/class": a.chosen for a in self.answers if a.chosen is not None}
        with replacing(path) as handle:
            np.savez(handle, allow_pickle=False, **arrays)


def predict_file(model: Model, path: Path) -> Predictions:
    """Read samples from a table, arrays, an image, a sound or a folder, and predict. DataError, FileError."""
    fitted = Preprocessing.from_json(model.preprocessing)
    classes = {node: tuple(names) for node, names in model.classes.items()}
    samples = read_samples(path, model.graph, fitted, classes)
    found = model.predict(dict(samples.x))
    outputs = found if isinstance(found, dict) else dict.fromkeys(predicted(model.analysis), found)
    return Predictions(samples.names, tuple(answers(model.graph, outputs, fitted, classes)))
