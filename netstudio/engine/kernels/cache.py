"""Where compiled kernels are kept: a private folder of the user's, keyed by a hash of the engine's sources.

Numba's own cache does not see that a called function changed, so the key covers every source file of the engine and
the versions of what compiles it. Cache files are pickles: the folder is the user's alone (0700). What can't be read
is removed and compiled again.
"""

import functools
import hashlib
import logging
import os
import platform
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
import platformdirs
from numba.core.ccallback import CFunc

log = logging.getLogger(__name__)
_lock = threading.RLock()
# Set by whoever wants to show what a first run is busy with: called with the name of each kernel that is compiled.
on_compile: Callable[[str], None] | None = None


@functools.cache
def source_key() -> str:
    """A hash of the engine's sources and of the versions that shape the machine code."""
    digest = hashlib.sha256()
    engine = Path(__file__).resolve().parent.parent
    for path in sorted(engine.rglob("*.py")):
        digest.update(path.relative_to(engine).as_posix().encode())
        digest.update(path.read_bytes())
    for fact in (numba.__version__, llvmlite.__version__, np.__version__, platform.python_version(), str(engine)):
        digest.update(fact.encode())
    return digest.hexdigest()[:16]


@functools.cache
def folder() -> Path:
    """The private cache folder of this version of the engine, made if it is not there; others' leavings go."""
    root = Path(os.environ.get("NETSTUDIO_CACHE_DIR") or platformdirs.user_cache_dir("netstudio", appauthor=False))
    root = root / "kernels"
    path = root / source_key()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    root.chmod(0o700)
    path.chmod(0o700)
    _drop_old(root, keep=4)
    return path


def _drop_old(root: Path, keep: int) -> None:
    """Keep the `keep` most recently used versions' folders."""
    try:
        versions = sorted((p for p in root.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)
        for path in versions[keep:]:
            shutil.rmtree(path, ignore_errors=True)
    except OSError:
        pass  # another process may be doing the same


def compile_cfunc(function: Callable[..., Any], signature: Any, options: dict[str, Any]) -> Any:
    """`function` compiled to a C function of `signature`, from the cache where it can be."""
    with _lock:
        try:
            return _compile(function, signature, options, cached=True)
        except Exception as damage:  # a truncated or foreign file can raise anything at all
            log.warning("The kernel cache could not be used (%s); compiling %s again.", damage, function.__name__)
        _forget(function)
        try:
            return _compile(function, signature, options, cached=True)
        except OSError:
            return _compile(function, signature, options, cached=False)


def _compile(function: Callable[..., Any], signature: Any, options: dict[str, Any], cached: bool) -> Any:
    made = CFunc(function, (signature.args, signature.return_type), locals={}, options=dict(options))
    if cached:
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder())
        try:
            made.enable_caching()
        finally:
            numba.config.CACHE_DIR = before
    if on_compile is not None and not (cached and _is_cached(function)):
        on_compile(function.__name__)
    made.compile()
    return made


def _is_cached(function: Callable[..., Any]) -> bool:
    return any(folder().rglob(f"*.{function.__qualname__}-*.nbi"))


def _forget(function: Callable[..., Any]) -> None:
    """Remove what the cache holds of `function`."""
    for path in folder().rglob(f"*.{function.__qualname__}-*"):
        path.unlink(missing_ok=True)
