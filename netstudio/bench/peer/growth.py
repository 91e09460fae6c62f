"""By how much memory grows when a document is made ready and trained: this file runs in other interpreters too.

    python growth.py torch THREADS < document.json

prints the bytes.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

STEPS = 30
PROCESS = Path("/proc/self")  # Linux alone tells a peak that can be begun anew


def peak_growth(prepare: Callable[[], Callable[[int], object]]) -> int:
    """Bytes of resident memory that `prepare` and `STEPS` steps of the function that it returns take at most."""
    (PROCESS / "clear_refs").write_text("5")  # the peak is from now on (proc(5))
    before = _resident("VmRSS")
    prepare()(STEPS)
    return _resident("VmHWM") - before


def _resident(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", (PROCESS / "status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def _main(framework: str, threads: int) -> None:
    side, document = importlib.import_module(f"{framework}_side"), json.load(sys.stdin)
    sys.stdout.write(f"{peak_growth(lambda: next(iter(side.prepare(document, threads).values())))}\n")


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
