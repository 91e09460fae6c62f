"""Processes that start with an empty kernel cache at the same time share the work, and outlive each other."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from netstudio.engine.kernels import claims
from tests.engine.fresh import in_a_new_process

WORKER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from netstudio.engine.kernels import cache, movement, state
    from netstudio.engine.kernels.build import build

    translated, translate = [], cache.translate

    def counted(function, *rest):
        translated.append(function.__name__)
        return translate(function, *rest)

    cache.translate = counted
    kernels = [state.load_scalars, movement.fill, state.record_loss, state.accumulate, state.point_batch]
    print("ready", flush=True)
    sys.stdin.readline()
    build(kernels, "float32")
    assert all(kernel.address("float32") for kernel in kernels)
    assert not list(cache.folder().glob("*.part"))
    print(*translated)
""")


def worker(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env={**os.environ, "NETSTUDIO_CACHE_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    workers = [worker(tmp_path) for _ in range(2)]
    for one in workers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in workers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    made = [one.communicate(timeout=120)[0].split() for one in workers]
    assert [one.returncode for one in workers] == [0, 0]
    assert sorted(made[0] + made[1]) == ["accumulate", "fill", "load_scalars", "point_batch", "record_loss"]
    assert not list(tmp_path.rglob("*.claim"))


def test_what_another_process_is_at_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "gemm.o"
    assert claims.taken(path)
    assert not claims.taken(path)
    claims.give_up(path)
    assert claims.taken(path)
    claims.give_up(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["its maker has died", "it has grown old"])
def test_a_claim_that_counts_for_nothing(tmp_path: Path, how: str) -> None:
    path, claim = tmp_path / "gemm.o", tmp_path / "gemm.claim"
    if how == "its maker has died":
        with subprocess.Popen([sys.executable, "-c", ""]) as gone:
            pass
        claim.write_text(str(gone.pid))
    else:
        claim.write_text(str(os.getpid()))
        long_ago = time.time() - 2 * claims.PATIENCE
        os.utime(claim, (long_ago, long_ago))
    claims.wait(path)  # at once
    assert claims.taken(path)
    assert claim.read_text() == str(os.getpid())
    claims.give_up(path)


def test_one_that_is_only_beginning_to_claim_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "gemm.claim").touch()
    assert not claims.taken(tmp_path / "gemm.o")


def test_a_kernel_whose_maker_dies_is_made_by_who_waits(tmp_path: Path) -> None:
    program = """
        import subprocess, sys, threading
        from netstudio.engine.kernels import cache, state

        maker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        path = cache._path(state.record_loss.function, state.record_loss._signature(cache.np.dtype("float32")))
        path.with_suffix(".claim").write_text(str(maker.pid))
        state.record_loss.begin("float32")
        (waits,) = threading.enumerate()[1:]
        waits.join(0.3)
        assert waits.is_alive()
        assert not path.exists()
        maker.kill()
        maker.wait()
        assert state.record_loss.address("float32")
        assert path.exists()
        assert not path.with_suffix(".claim").exists()
    """
    in_a_new_process(tmp_path, program)
