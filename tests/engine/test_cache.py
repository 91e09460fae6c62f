"""The kernel cache, mostly in processes of their own: damage is mended, the folder is private, none is fine too."""

from __future__ import annotations

import os
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from netstudio.engine import threads
from netstudio.engine.kernels import cache, gemm, loop
from netstudio.engine.kernels.abi import Kernel
from tests.engine.fresh import in_a_new_process

PROGRAM = """
import ctypes, logging, sys
import numpy as np
logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
from netstudio.engine.kernels import cache, state
from netstudio.engine.state import State

made = []
cache.on_compile = made.append
run, loss = State(0, 0), np.array([2.5], np.float32)
run.begin(np.arange(1), 1, 1, np.zeros((1, 0)))
state.record_loss(np.array([loss.ctypes.data, run.address], np.int64), np.dtype("float32"))
assert run.losses[0] == 2.5, run.losses
print("compiled" if made else "loaded", cache.folder())
"""


def use(folder: Path) -> tuple[str, Path, str]:
    """Run one small kernel with that cache folder: whether it was compiled, where the cache is, what was logged."""
    done = in_a_new_process(folder, PROGRAM)
    how, _, where = done.stdout.strip().partition(" ")
    return how, Path(where), done.stderr


def test_a_kernel_is_compiled_once_and_mended_when_damaged(tmp_path: Path) -> None:
    how, folder, log = use(tmp_path)
    assert (how, log) == ("compiled", "")
    assert tmp_path in folder.parents
    (file,) = folder.glob("record_loss*")
    for private in (folder, folder.parent):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700

    assert use(tmp_path)[::2] == ("loaded", "")

    whole = file.read_bytes()
    middle = len(whole) // 2
    damages = {
        "truncated": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "foreign": b"not a kernel",
        "empty": b"",
    }
    for name, content in damages.items():
        file.write_bytes(content)
        how, _, log = use(tmp_path)
        assert how == "compiled", name
        assert "is damaged; compiling it again" in log, name
        assert use(tmp_path)[::2] == ("loaded", ""), name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_folder_that_others_may_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "kernels").mkdir(mode=0o777)
    (tmp_path / "kernels").chmod(0o777)
    _, folder, _ = use(tmp_path)
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_without_a_folder_kernels_are_compiled_for_the_process_alone(tmp_path: Path) -> None:
    """A file stands where the folder should be, which no one may overcome (root may write to any folder)."""
    blocked = tmp_path / "file"
    blocked.write_text("mine")
    how, folder, log = use(blocked)
    assert how == "compiled"
    assert "There is no kernel cache" in log
    assert tmp_path not in folder.parents
    assert not folder.exists(), "the temporary folder is left behind"
    assert blocked.read_text() == "mine"


def test_a_cache_file_that_cannot_be_read_is_no_hindrance(tmp_path: Path) -> None:
    _, folder, _ = use(tmp_path)
    (file,) = folder.glob("record_loss*")
    file.unlink()
    file.mkdir()
    how, _, log = use(tmp_path)
    assert how == "compiled"
    assert "can't be read" in log
    assert "can't be written" in log
    assert not list(folder.glob("*.part"))


def test_only_a_few_versions_are_kept(tmp_path: Path) -> None:
    kernels = tmp_path / "kernels"
    for number in range(8):
        (kernels / f"old{number}").mkdir(parents=True)
        os.utime(kernels / f"old{number}", (1000.0 + number, 1000.0 + number))
    _, folder, _ = use(tmp_path)
    assert {p.name for p in kernels.iterdir()} == {folder.name, "old7", "old6", "old5"}


def test_what_a_kernel_calls_can_still_be_called_from_python(tmp_path: Path) -> None:
    """Its machine code is made when that happens, alone and inside of another function."""
    program = """
        import ctypes
        import numpy as np
        from numba import carray, njit, types
        from netstudio.engine.kernels import cache

        @njit
        def inner(a):
            return a * 2.0 + 1.0

        @njit
        def middle(a):
            return inner(a) + inner(a + 1.0)

        def kernel(numbers, count):
            values = carray(numbers, (4,))
            for i in range(count):
                values[i] = middle(values[i])

        signature = types.void(types.CPointer(types.float64), types.int64)
        code = cache.compile_cfunc(kernel, signature, {})
        x = np.arange(4.0)
        ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(code.address)(x.ctypes.data, 4)
        assert x.tolist() == [4.0, 8.0, 12.0, 16.0]
        outer = njit(lambda a: middle(a) + inner(a))
        assert (inner(2.0), middle(3.0), middle(0.0), outer(1.0)) == (5.0, 16.0, 4.0, 11.0)
    """
    in_a_new_process(tmp_path, program)


def test_code_that_threads_ask_for_at_once_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one would go, and with it what another thread's tape calls."""
    made: list[cache.Code] = []

    class Slow(cache.Code):
        def __init__(self, code: bytes) -> None:
            time.sleep(0.05)
            super().__init__(code)
            made.append(self)

    gemm.gemm.address("float32")  # so that it is in the cache
    fresh = Kernel(gemm.gemm.function)
    threads.native(loop.run)
    monkeypatch.setattr(cache, "Code", Slow)
    monkeypatch.setattr(threads, "_native", {})
    with ThreadPoolExecutor(4) as pool:
        addresses = set(pool.map(lambda _: fresh.address("float32"), range(4)))
        calls = set(pool.map(lambda _: id(threads.native(loop.run)), range(4)))
    assert (len(addresses), len(calls), len(made)) == (1, 1, 2)
