"""How long each sample trains: `python -m netstudio.bench.samples` writes what the start page tells.

Every sample is trained as it is, once before it is timed, so that compiling for this machine does not count.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from netstudio.files.atomic import write_text
from netstudio.files.documents import load_graph
from netstudio.resources import RESOURCES, SAMPLES
from netstudio.training.trainer import Trainer


def seconds_to_train(path: Path) -> float:
    """From the document to the trained model."""
    start = time.perf_counter()
    for _progress in Trainer.from_graph(load_graph(path), folder=path.parent).run():
        pass
    return time.perf_counter() - start


def main() -> None:
    taken = {path.stem: min(seconds_to_train(path) for _ in range(2)) for path in sorted(SAMPLES.glob("*.json"))}
    text = json.dumps({name: round(seconds, 2) for name, seconds in taken.items()}, indent=2)
    write_text(RESOURCES / "sample_seconds.json", text + "\n")


if __name__ == "__main__":
    main()
