"""The model file itself, without a checkpoint's state."""

from dataclasses import replace
from pathlib import Path

from netstudio.files.models import ModelFile, write_model


def write(model: ModelFile, path: Path) -> None:
    """Write the model file."""
    write_model(path, replace(model, state=None, state_info={}))
