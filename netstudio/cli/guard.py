"""How a command ends: 0 done, 1 the input is wrong, 2 wrong usage (told by typer), 130 interrupted."""

from __future__ import annotations

import functools
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from netstudio.errors import NetStudioError

WRONG_INPUT = 1
INTERRUPTED = 130


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose errors become one readable message on standard error and an exit status."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
            sys.stdout.flush()
        except NetStudioError as error:
            fail(str(error))
        except KeyboardInterrupt:
            say("interrupted")
            raise SystemExit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except MemoryError:
            fail("there is not enough memory for this; make the batch, the data or the model smaller")
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            fail(f"unexpected {type(error).__name__}: {str(error)[:200]}; {_log(traceback.format_exc())}")

    return run


def say(text: str) -> None:
    """A line on standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def fail(text: str) -> None:
    """Tell what is wrong and end with status 1."""
    say(f"error: {text}")
    raise SystemExit(WRONG_INPUT)


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
