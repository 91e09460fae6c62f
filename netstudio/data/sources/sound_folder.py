"""A folder with a folder of sounds for each class."""

from __future__ import annotations

from pathlib import Path

from netstudio.data.dataset import Dataset
from netstudio.data.media import SOUNDS
from netstudio.data.settings import DataSettings
from netstudio.data.sources.folders import filed
from netstudio.data.spectrogram import SOUND, read_sounds


def read(folder: Path, settings: DataSettings) -> Dataset:
    """Fields "sound" (frames, bands, 1), a spectrogram, and "label"; see `folders.filed` and `read_sounds`."""
    found = filed(folder, SOUNDS, "sound")
    return found.dataset(SOUND, read_sounds(found.paths, settings.audio))
