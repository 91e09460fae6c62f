"""Where compiled kernels are kept: a private folder of the user's, keyed by a hash of the engine's sources.

Numba's own cache does not see that a called function changed, so the key covers every source file of the engine, the
versions of what compiles it and the processor. A file holds a checksum and bare object code, which loads in a
millisecond or two without waking Numba's compiler; one that is damaged is compiled again. The folder is the user's
alone (0700), since what lies there is run.
"""

import atexit
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
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
import platformdirs
from numba import types
from numba.core.ccallback import CFunc
from numba.core.compiler_lock import global_compiler_lock

from netstudio.engine.kernels.lean import lean

ENTRY = "kernel"
CHECKSUM_BYTES = 32

log = logging.getLogger(__name__)
_lock = threading.RLock()
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
    path = _path(function, signature)
    with _lock:
        stored = _read(path)
        if stored is not None:
            return Code(stored)
        if on_compile is not None:
            on_compile(function.__name__)
        made = _build(function, signature, options)
        _write(path, made)
        return Code(made)


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
    return None


def _write(path: Path, code: bytes) -> None:
    """Store object code; where that can't be done the next process compiles again."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_bytes(hashlib.sha256(code).digest() + code)
        part.replace(path)
    except OSError as error:
        log.warning("The kernel cache can't be written (%s).", error)
        part.unlink(missing_ok=True)


def _build(function: Callable[..., Any], signature: Any, options: dict[str, Any]) -> bytes:
    """Compile to object code with one entry, ENTRY, that calls what Numba made, and nothing of Python's around it.

    Numba would optimise each function by itself and again in every function that calls it; here all of them are linked
    first and optimised once, which takes half the time.
    """
    made: Any = CFunc(function, (signature.args, signature.return_type), locals={}, options=dict(options))
    with global_compiler_lock, lean():
        compiled = made._compile_uncached()
    machine = compiled.library.codegen._tm
    module = llvm.parse_assembly(_entry(compiled.fndesc.llvm_func_name, signature))
    for library in _libraries(compiled.library):
        module.link_in(_module(library))
    for definition in (*module.functions, *module.global_variables):
        if not definition.is_declaration and definition.name != ENTRY:
            definition.linkage = "internal"
    module.data_layout = str(machine.target_data)
    module.triple = machine.triple
    _optimise(module, machine)
    return bytes(machine.emit_object(module))


def _optimise(module: Any, machine: Any) -> None:
    """Drop what is not reached, then LLVM's passes at level 3 with the loop and block vectorisers."""
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_interleaving = tuning.loop_unrolling = True
    builder = llvm.create_pass_builder(machine, tuning)
    first = llvm.create_new_module_pass_manager()
    first.add_global_dead_code_eliminate_pass()
    first.run(module, builder)
    builder.getModulePassManager().run(module, builder)


def _libraries(library: Any) -> list[Any]:
    """A compiled library and those of all the functions it calls, each once."""
    found, todo = [], [library]
    while todo:
        one = todo.pop()
        if one not in found:
            found.append(one)
            todo += one._linking_libraries
    return found


def _module(library: Any) -> Any:
    """A copy of the library's code, of which any other's copy of the same function may be dropped."""
    module = llvm.parse_bitcode(library._final_module.as_bitcode())
    for definition in module.functions:  # private constants of one name may differ: they stay apart
        if not definition.is_declaration and definition.linkage == llvm.Linkage.external:
            definition.linkage = "linkonce_odr"
    return module


def _entry(native: str, signature: Any) -> str:
    """A C function in LLVM's language that calls Numba's, whose first arguments are places for result and error."""
    kinds = ["i64" if isinstance(arg, types.Integer) else "ptr" for arg in signature.args]
    outer = ", ".join(f"{kind} %a{i}" for i, kind in enumerate(kinds))
    return f"""
        declare i32 @"{native}"(ptr, ptr{"".join(f", {kind}" for kind in kinds)})
        define void @"{ENTRY}"({outer}) {{
            %result = alloca ptr
            %error = alloca ptr
            %status = call i32 @"{native}"(ptr %result, ptr %error, {outer})
            ret void
        }}
    """
