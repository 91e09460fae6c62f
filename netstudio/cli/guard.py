"""How a command ends: 0 done, 1 the input is wrong, 2 wrong usage (told by typer), 130 interrupted.

A signal that asks it to end (SIGTERM, SIGHUP) does what Ctrl+C does, so that what was trained is saved and half-written
files go; the status is then 128 and the signal's number, as Ctrl+C's is.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import typer

from netstudio.errors import NetStudioError

WRONG_INPUT = 1
SIGNALLED = 128  # and the signal's number
INTERRUPTED = SIGNALLED + signal.SIGINT
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class Ended(KeyboardInterrupt):
    """A signal came that asks the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def guarded(command: Callable[..., None], signals: bool = True) -> Callable[..., None]:
    """The command, whose errors become one readable message on standard error and an exit status.

    Without `signals` those that end a process do that at once, as is best where a loop of another language runs.
    """

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            with _ending_as_interrupted(ENDING if signals else ()):
                command(*args, **options)
                sys.stdout.flush()
        except NetStudioError as error:
            fail(str(error))
        except KeyboardInterrupt as interrupt:
            say("interrupted")
            raise SystemExit(status_of(interrupt)) from None
        except BrokenPipeError:  # the reader of our output has seen enough
            _hush(sys.stdout)
        except MemoryError:
            fail("there is not enough memory for this; make the batch, the data or the model smaller")
        except (typer.Exit, typer.Abort):
            raise
        except OSError as error:
            if error.errno in FULL:
                _hush(sys.stdout)
                fail("the disk is full, or its quota is; make room and try again")
            _fail_unexpectedly(error)
        except Exception as error:
            _fail_unexpectedly(error)

    return run


def status_of(interrupt: KeyboardInterrupt) -> int:
    """The exit status that tells what ended the command."""
    return SIGNALLED + interrupt.number if isinstance(interrupt, Ended) else INTERRUPTED


def say(text: str) -> None:
    """A line on standard error, if anybody reads that."""
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except BrokenPipeError:
        _hush(sys.stderr)


def fail(text: str) -> None:
    """Tell what is wrong and end with status 1."""
    say(f"error: {text}")
    raise SystemExit(WRONG_INPUT)


@contextlib.contextmanager
def _ending_as_interrupted(signals: Sequence[int]) -> Iterator[None]:
    """Signals that would end the process at once raise `Ended`; those that it was told to ignore (nohup) stay so."""

    def end(number: int, frame: object) -> None:
        raise Ended(number)

    own = threading.current_thread() is threading.main_thread()  # no other may say what signals do
    taken = [number for number in signals if own and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _hush(stream: TextIO) -> None:
    """What is still to be written there goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fail_unexpectedly(error: Exception) -> None:
    fail(f"unexpected {type(error).__name__}: {str(error)[:200]}; {_log(traceback.format_exc())}")


def _log(text: str) -> str:
    """Where the details are."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_log_dir("netstudio", appauthor=False))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        return f"the details could not be written ({error})"
    return f"the details are in {path}; please report it with that file"
