"""In which order kernels are compiled."""

from netstudio.engine.kernels import conv_kernels, elementwise, gemm, state
from netstudio.engine.kernels.build import dealt


def test_two_processes_begin_with_the_long_ones_and_meet_at_the_short_ones() -> None:
    kernels = [state.load_batch, gemm.gemm, state.accumulate, elementwise.elementwise, conv_kernels.convolve]
    order = dealt(kernels)
    assert sorted(k.name for k in order) == sorted(k.name for k in kernels)
    assert order[0] is elementwise.elementwise
    assert order[-1] in (conv_kernels.convolve, gemm.gemm)
    assert {k.name for k in order[2:4]} & {"load_batch", "accumulate"}
    assert dealt([]) == []
