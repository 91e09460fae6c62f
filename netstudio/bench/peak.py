"""What this machine's cores can multiply and add at most: the measure of every kernel."""

from __future__ import annotations

import numpy as np

from netstudio.bench.peer.timing import best_step
from netstudio.engine.emit import Instruction
from netstudio.engine.kernels import peak
from netstudio.engine.kernels.vectors import REGISTERS
from netstudio.engine.parameters import aligned_zeros
from netstudio.engine.state import State
from netstudio.engine.tape import Tape

ROUNDS = 100_000  # about a millisecond


def peak_gflops(threads: int = 1, seconds: float = 0.3) -> float:
    """GFLOP/s of `threads` threads in float32, the best of several runs: a multiply-add counts as two operations."""
    dtype = np.dtype(np.float32)
    lanes = REGISTERS.width // dtype.itemsize
    factors = aligned_zeros(lanes, dtype)
    factors[:] = 0.5  # sums stay near 1
    out = aligned_zeros(threads * peak.SUMS * lanes, dtype)
    arguments = [int(factors.ctypes.data), int(out.ctypes.data), ROUNDS]
    state = State(0, 0)
    tape = Tape([Instruction(peak.multiply_add_peak, arguments)], dtype, state, threads, (factors, out))
    nothing = np.zeros(0)

    def run(count: int) -> None:
        state.begin(np.zeros(0, np.int64), 1, count, nothing)
        tape.run(count)

    each = best_step(run, seconds)
    return 2.0 * threads * peak.multiply_adds(ROUNDS, dtype.itemsize) / each / 1e9
