"""How commands end and what they print, wherever they run: as processes, with streams of all kinds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netstudio.resources import SAMPLES

IRIS = SAMPLES / "iris.json"
COMMAND = [sys.executable, "-m", "netstudio"]


def piped(arguments: str, pipe: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`netstudio ARGUMENTS PIPE` in a shell that tells the command's own exit status in its last line."""
    line = f"{sys.executable} -m netstudio {arguments} {pipe}; echo ${{PIPESTATUS[0]}}"
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, encoding="utf-8", errors="replace", timeout=300, check=True,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("arguments", ["layers", "layers --json", "data sklearn:iris", "layers Dense"])
def test_a_reader_that_has_seen_enough_is_no_error(arguments: str) -> None:
    done = piped(arguments, "| head -c 20 > /dev/null")
    assert (done.stdout.strip(), done.stderr) == ("0", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", ["layers", "layers --json"])
def test_a_full_disk_is_one_message(arguments: str) -> None:
    done = piped(arguments, "> /dev/full")
    assert done.stdout.strip() == "1"
    assert done.stderr == "error: the disk is full, or its quota is; make room and try again\n"


def test_closed_streams_are_no_error(tmp_path: Path) -> None:
    assert piped("layers --json", ">&-").stdout.strip() == "0"
    done = piped(f"train {IRIS} --epochs 1 --out {tmp_path / 'm.npz'}", "2>&-")
    assert done.stdout.strip().endswith("\n0")
    assert (tmp_path / "m.npz").exists()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_any_encoding_of_the_terminal_does(encoding: str) -> None:
    """Characters that it lacks are written as escapes, in JSON as JSON's."""
    told = piped("layers Conv2D", "", PYTHONIOENCODING=encoding)
    assert told.stdout.strip().endswith("\n0")
    assert told.stderr == ""
    done = subprocess.run(
        [*COMMAND, "layers", "Conv2D", "--json"],
        capture_output=True, timeout=300, check=True, env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    usual = subprocess.run([*COMMAND, "layers", "Conv2D", "--json"], capture_output=True, timeout=300, check=True)
    assert json.loads(done.stdout.decode("ascii")) == json.loads(usual.stdout.decode("utf-8"))


def test_the_version_is_the_packages() -> None:
    import netstudio

    assert piped("--version", "").stdout == f"{netstudio.__version__}\n0\n"


def test_a_narrow_terminal_and_no_colours() -> None:
    done = piped("check " + str(IRIS), "", COLUMNS="40", NO_COLOR="1", TERM="dumb")
    assert "\x1b" not in done.stdout
    assert "the graph is right" in done.stdout
