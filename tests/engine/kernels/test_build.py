"""Compiling kernels: which come first, several at once, and one that LLVM refuses."""

from __future__ import annotations

from pathlib import Path

from netstudio.engine.kernels import conv_kernels, elementwise, gemm, state
from netstudio.engine.kernels.build import longest_first
from tests.engine.fresh import in_a_new_process


def test_the_kernels_that_take_longest_come_first() -> None:
    kernels = [state.load_batch, gemm.gemm, state.accumulate, elementwise.elementwise, conv_kernels.convolve]
    order = longest_first(kernels)
    assert sorted(k.name for k in order) == sorted(k.name for k in kernels)
    assert order[0] is elementwise.elementwise
    assert {order[1], order[2]} == {conv_kernels.convolve, gemm.gemm}
    assert longest_first([]) == []


def test_several_kernels_are_compiled_at_once_and_each_only_once(tmp_path: Path) -> None:
    program = """
        import threading
        import numpy as np
        from netstudio.engine.kernels import cache, movement, state
        from netstudio.engine.kernels.build import build

        told, assembled, all_there = [], [], threading.Barrier(3)
        assemble = cache.assemble

        def together(parts):
            all_there.wait(60)  # as many as are wanted are under way here at the same time
            assembled.append(threading.current_thread())
            return assemble(parts)

        cache.on_compile, cache.assemble, cache._processors = told.append, together, threading.Semaphore(3)
        wanted = [state.load_scalars, movement.fill, state.record_loss]
        build(wanted, "float32")
        build(wanted, "float32")
        assert sorted(told) == ["fill", "load_scalars", "record_loss"], told
        askers = [threading.Thread(target=kernel.address, args=("float32",)) for kernel in wanted * 3]
        for thread in askers:
            thread.start()
        for thread in (*askers, *threading.enumerate()[1:]):
            thread.join(60)
        assert len(told) == len(set(assembled)) == 3, (told, assembled)
        assert threading.main_thread() not in assembled
        assert threading.enumerate() == [threading.main_thread()]
        assert len(list(cache.folder().iterdir())) == 3
        out = np.zeros(5, np.float32)
        movement.fill(np.array(movement.filling(out.ctypes.data, out.size, 7.0), np.int64), "float32")
        assert out.tolist() == [7.0] * 5, out
    """
    in_a_new_process(tmp_path, program)


def test_what_llvm_refuses_is_told_to_whoever_waits_and_can_be_tried_again(tmp_path: Path) -> None:
    program = """
        import pytest
        from netstudio.engine.kernels import cache, state

        def refuse(parts):
            raise RuntimeError("no such processor")

        assemble, cache.assemble = cache.assemble, refuse
        with pytest.raises(RuntimeError, match="no such processor"):
            state.record_loss.address("float32")
        assert not state.record_loss.is_cached("float32")
        cache.assemble = assemble
        assert state.record_loss.address("float32")
        assert state.record_loss.is_cached("float32")
    """
    in_a_new_process(tmp_path, program)
