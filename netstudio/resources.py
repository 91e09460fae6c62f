"""Where the icons, style sheets, colours and sample graphs are, in a checkout and in an installed package."""

import functools
import json
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _folder(packaged: str, checkout: str) -> Path:
    inside = _HERE / packaged
    return inside if inside.is_dir() else _HERE.parent / checkout


RESOURCES = _folder("_resources", "resources")
SAMPLES = _folder("_samples", "samples")


@functools.cache
def colours() -> dict[str, dict[str, str]]:
    """The palettes "dark" and "light" and the colours of categories and of paper, as "#rrggbb"."""
    loaded: dict[str, dict[str, str]] = json.loads((RESOURCES / "colours.json").read_text(encoding="utf-8"))
    return loaded


@functools.cache
def followers() -> dict[str, dict[str, int]]:
    """For each type what follows it in how many graphs; `netstudio.bench.followers` counted it."""
    loaded: dict[str, dict[str, int]] = json.loads((RESOURCES / "followers.json").read_text(encoding="utf-8"))
    return loaded


@functools.cache
def sample_seconds() -> dict[str, float]:
    """About how long each sample trains on a laptop, by the stem of its file; `netstudio.bench.samples` measured it."""
    loaded: dict[str, float] = json.loads((RESOURCES / "sample_seconds.json").read_text(encoding="utf-8"))
    return loaded
