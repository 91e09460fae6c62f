"""Other frameworks, each in a process of its own, that time the same documents when they are asked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from netstudio.errors import ParamError, TrainingError

FRAMEWORKS = ("torch", "jax")
SIDE = Path(__file__).with_name("peer")  # what runs in their interpreters


class Peer:
    """One framework in one interpreter; `version` is None where the framework is not there."""

    def __init__(self, interpreter: str, framework: str, threads: int) -> None:
        hidden = {"PYTHONPATH", "PYTHONHOME"}  # theirs are others than ours
        environment = {k: v for k, v in os.environ.items() if k not in hidden} | {"OMP_NUM_THREADS": str(threads)}
        command = [interpreter, str(SIDE), framework, str(threads)]
        pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=quiet, env=environment, text=True, encoding="utf-8"
            )
        except OSError as error:
            raise ParamError(
                f"--peer-python: {interpreter} can't be run ({error.strerror}); give it a Python interpreter's path"
            ) from None
        self.framework = framework
        greeting = self._reply()
        self.version: str | None = greeting.get("version")

    def prepare(self, document: Any) -> list[str]:
        """Build the document's training step; the variants of it that can be timed. TrainingError where it fails."""
        self._ask({"prepare": document})
        return list(self._answer()["variants"])

    def best_step(self, variant: str, seconds: float) -> float:
        """Seconds a step, the best of the runs that fit in `seconds`. TrainingError where it fails."""
        self._ask({"time": variant, "seconds": seconds})
        return float(self._answer()["seconds_per_step"])

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, request: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the missing answer tells

    def _answer(self) -> dict[str, Any]:
        answer = self._reply()
        if "error" in answer:
            raise TrainingError(f"{self.framework}: {answer['error']}")
        return answer

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            return {"error": f"its process ended with status {self._process.wait()}"}
        reply: dict[str, Any] = json.loads(line)
        return reply


@contextmanager
def peers(interpreters: Sequence[str], threads: int) -> Iterator[list[Peer]]:
    """The frameworks that are there, each from the first of the interpreters that has it.

    ParamError where an interpreter can't be run.
    """
    found: dict[str, Peer] = {}
    with ExitStack() as stack:
        for interpreter in dict.fromkeys(interpreters):
            for framework in FRAMEWORKS:
                if framework not in found:
                    peer = Peer(interpreter, framework, threads)
                    stack.callback(peer.close)
                    if peer.version is not None:
                        found[framework] = peer
        yield list(found.values())
