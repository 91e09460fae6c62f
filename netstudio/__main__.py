"""`python -m netstudio`, and the command `netstudio`."""

import io
import os
import sys
from typing import Any


def main() -> None:
    """Run the command line; the exit status is that of `netstudio.cli.guard`."""
    from netstudio.cli.app import app

    sys.stdout, sys.stderr = _open(sys.stdout), _open(sys.stderr)
    app()


def _open(stream: Any) -> Any:
    """The stream, which writes what its encoding lacks as escapes; nowhere, where there is none (a closed one)."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


if __name__ == "__main__":
    main()
