"""What an import gives."""

from __future__ import annotations

from dataclasses import dataclass

from netstudio.files.models import ModelFile
from netstudio.graph import Graph
from netstudio.training.model import Model
from netstudio.training.storage import model_of


@dataclass(frozen=True)
class Imported:
    """A model as a model file holds it, and `notes`: what was left out, changed or guessed, a sentence each."""

    file: ModelFile
    notes: tuple[str, ...] = ()

    @property
    def graph(self) -> Graph:
        return self.file.graph

    def model(self, threads: int | None = None) -> Model:
        """The model, ready to predict or to train on."""
        return model_of(self.file, threads)
