"""Which process is at work on which file of the kernel cache, so that no two compile the same.

A claim is a small file beside the one to be made, with its maker's process number; it goes when that is done. One
whose maker has died, or that is older than any kernel takes, counts for nothing.
"""

import contextlib
import os
import time
from pathlib import Path

import psutil

PATIENCE = 60.0  # seconds
TURN = 0.02  # seconds between two looks


def taken(path: Path) -> bool:
    """Claim `path` for this process; False where another is at it."""
    claim = _claim(path)
    if _made(claim):
        return True
    if _stands(claim):
        return False
    claim.unlink(missing_ok=True)  # only now: one that has just been made must not be taken for an old one
    return _made(claim)


def give_up(path: Path) -> None:
    """Take this process's claim back."""
    with contextlib.suppress(OSError):  # then it has to grow old
        _claim(path).unlink(missing_ok=True)


def wait(path: Path) -> None:
    """Until nobody is at `path` any more."""
    while _stands(_claim(path)):
        time.sleep(TURN)


def _claim(path: Path) -> Path:
    return path.with_suffix(".claim")


def _made(claim: Path) -> bool:
    """Whether there was none, so that this process could make it."""
    try:
        with claim.open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True


def _stands(claim: Path) -> bool:
    try:
        if time.time() - claim.stat().st_mtime > PATIENCE:
            return False
        process = claim.read_text()
    except OSError:
        return False
    return not process.isdecimal() or psutil.pid_exists(int(process))  # it is empty for a moment
