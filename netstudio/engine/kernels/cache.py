"""Where compiled kernels are kept: a private folder of the user's, keyed by a hash of the engine's sources.

Numba's own cache does not see that a called function changed, so the key covers every source file of the engine, the
versions of what compiles it and the processor. A file holds a checksum and bare object code, which loads in a
millisecond or two without waking Numba's compiler; one that is damaged is compiled again. The folder is the user's
alone (0700), since what lies there is run.
"""

import atexit
import contextlib
import functools
import hashlib
import logging
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
import platformdirs

from netstudio.engine.kernels import claims
from netstudio.engine.kernels.compiler import ENTRY, Parts, assemble, translate

CHECKSUM_BYTES = 32

log = logging.getLogger(__name__)
_lock = threading.RLock()
_under_way: dict[Path, Future[bytes]] = {}
_processors = threading.BoundedSemaphore(os.cpu_count() or 1)
# Set by whoever wants to show what a first run is busy with: called with the name of each kernel that is compiled.
on_compile: Callable[[str], None] | None = None


@functools.cache
def source_key() -> str:
    """A hash of all that shapes the machine code: the kernels' sources, the compiler's version, the processor."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    versions = (numba.__version__, llvmlite.__version__, np.__version__, platform.python_version())
    processor = (
        numba.config.CPU_NAME or llvm.get_host_cpu_name(),
        numba.config.CPU_FEATURES or llvm.get_host_cpu_features().flatten(),
    )
    for fact in (*versions, *processor):
        digest.update(str(fact).encode())
    return digest.hexdigest()[:16]


@functools.cache
def folder() -> Path:
    """The private cache folder of this version of the engine, made if it is not there; others' leavings go.

    Where it can't be had, or is not the user's own, a folder that lasts as long as the process takes its place.
    """
    root = Path(os.environ.get("NETSTUDIO_CACHE_DIR") or platformdirs.user_cache_dir("netstudio", appauthor=False))
    path = root / "kernels" / source_key()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for private in (path.parent, path):
            private.chmod(0o700)
        os.utime(path)  # in use: the last to go
    except OSError as error:
        log.warning("There is no kernel cache (%s): kernels are compiled anew in each process.", error)
        temporary = tempfile.TemporaryDirectory(prefix="netstudio-")
        atexit.register(temporary.cleanup)
        return Path(temporary.name)
    _drop_old(path.parent, keep=4)
    return path


def _drop_old(root: Path, keep: int) -> None:
    """Keep the `keep` most recently used versions' folders, and whatever was used within a day."""
    yesterday = time.time() - 86400
    try:
        used = sorted(((p.stat().st_mtime, p) for p in root.iterdir() if p.is_dir()), reverse=True)
    except OSError:
        return  # another process may be doing the same
    for when, path in used[keep:]:
        if when < yesterday:
            shutil.rmtree(path, ignore_errors=True)


class Code:
    """Machine code in memory: `address` is where it begins. It stays as long as the process does."""

    def __init__(self, object_code: bytes) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(object_code))
        self._engine.finalize_object()
        self.address = int(self._engine.get_function_address(ENTRY))
        if not self.address:
            raise ValueError("the object code has no entry")


def _target_machine() -> Any:
    """A new one each time: the engine that is given it frees it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(jit=True)


def compile_cfunc(function: Callable[..., Any], signature: Any, options: dict[str, Any]) -> Code:
    """`function`, which raises nothing and returns nothing, as machine code: from the cache where it can be."""
    return Code(object_code(function, signature, options).result())


def object_code(function: Callable[..., Any], signature: Any, options: dict[str, Any]) -> Future[bytes]:
    """What `Code` takes, from the cache or soon to come: a thread does what is left of compiling it, and stores it.

    Where another process is compiling it, the thread waits for that.
    """
    path = _path(function, signature)
    with _lock:
        future = _under_way.get(path)
        if future is not None:
            return future
        stored = _read(path)
        if stored is not None:
            return _done(stored)
        if on_compile is not None:
            on_compile(function.__name__)
        return _begun(functools.partial(translate, function, signature, options), path)


def _done(code: bytes) -> Future[bytes]:
    future: Future[bytes] = Future()
    future.set_result(code)
    return future


def _begun(step: Callable[[], Parts], path: Path) -> Future[bytes]:
    """Numba's step taken and LLVM's begun, or the wait for another process begun."""
    if not _claimed(path):
        return _behind(functools.partial(_from_another, step, path), path, daemon=True)
    try:
        if path.is_file() and (stored := _read(path)) is not None:  # it has come since it was looked for
            claims.give_up(path)
            return _done(stored)
        parts = step()
    except BaseException:
        claims.give_up(path)
        raise
    return _behind(functools.partial(_assembled, parts, path), path)


def _behind(work: Callable[[], bytes], path: Path, daemon: bool = False) -> Future[bytes]:
    """What a thread makes, which keeps the process from ending unless it is a daemon."""
    future = _under_way[path] = Future()
    threading.Thread(target=_finish, args=(work, path, future), name=f"kernel {path.stem}", daemon=daemon).start()
    return future


def _claimed(path: Path) -> bool:
    try:
        return claims.taken(path)
    except OSError:
        return True  # there is no folder to meet in: each for itself


def _assembled(parts: Parts, path: Path) -> bytes:
    """Object code, made and stored, by as many threads at once as there are processors."""
    try:
        with _processors:
            code = assemble(parts)
        _write(path, code)
    finally:
        claims.give_up(path)
    return code


def _from_another(step: Callable[[], Parts], path: Path) -> bytes:
    """Object code from the process that is at it; made here should that one have died."""
    claims.wait(path)
    stored = _read(path)
    if stored is not None:
        return stored
    with _lock:
        parts = step()
    return _assembled(parts, path)


def _finish(work: Callable[[], bytes], path: Path, future: Future[bytes]) -> None:
    try:
        code = work()
    except BaseException as error:  # whoever waits for it is to know
        del _under_way[path]
        future.set_exception(error)
    else:
        del _under_way[path]
        future.set_result(code)


def has(function: Callable[..., Any], signature: Any) -> bool:
    """Whether the cache holds it, in whatever state."""
    return _path(function, signature).exists()


def _path(function: Callable[..., Any], signature: Any) -> Path:
    return folder() / f"{function.__name__}-{_digest(function, signature)}.o"


def _digest(function: Callable[..., Any], signature: Any) -> str:
    """Tells apart functions of one name by their element type and, outside of the engine, by their source file."""
    source = Path(function.__code__.co_filename)
    digest = hashlib.sha256(f"{function.__module__}.{function.__qualname__}{signature}".encode())
    digest.update(source.read_bytes() if source.is_file() else function.__code__.co_code)
    return digest.hexdigest()[:16]


def _read(path: Path) -> bytes | None:
    """The object code in a cache file; None where there is none or it is not as it was written."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("The kernel cache can't be read (%s); compiling again.", error)
        return None
    code = content[CHECKSUM_BYTES:]
    if hashlib.sha256(code).digest() == content[:CHECKSUM_BYTES]:
        return code
    log.warning("The kernel cache file %s is damaged; compiling it again.", path)
    with contextlib.suppress(OSError):  # it is replaced anyway
        path.unlink()
    return None


def _write(path: Path, code: bytes) -> None:
    """Store object code; where that can't be done the next process compiles again."""
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_bytes(hashlib.sha256(code).digest() + code)
        part.replace(path)
    except OSError as error:
        log.warning("The kernel cache can't be written (%s).", error)
        part.unlink(missing_ok=True)
