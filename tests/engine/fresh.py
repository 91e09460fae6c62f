"""Programs in processes of their own, with a kernel cache of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path


def in_a_new_process(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program whose kernel cache is `folder`, and see that it ends well."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "NETSTUDIO_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done
