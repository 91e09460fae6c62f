"""The registers that the tiles are cut for."""

import pytest
from numba import types

from netstudio.engine.kernels.vectors import REGISTERS, Registers, lane_count, registers


@pytest.mark.parametrize(
    ("triple", "features", "expected"),
    [
        ("x86_64-unknown-linux-gnu", "+avx,+avx2,+fma,+avx512f", Registers(64, 8, 6)),
        ("x86_64-pc-windows-msvc", "+avx,+avx2,+fma,-avx512f", Registers(32, 6, 2)),
        ("x86_64-unknown-linux-gnu", "+sse2,-avx,-avx2", Registers(16, 6, 2)),
        ("x86_64-unknown-linux-gnu", "", Registers(16, 6, 2)),
        ("arm64-apple-darwin23.0", "+neon", Registers(16, 8, 6)),
        ("aarch64-unknown-linux-gnu", "+neon", Registers(16, 8, 6)),
    ],
)
def test_registers_follow_the_cpu(triple, features, expected):
    assert registers(triple, features) == expected


def test_a_register_holds_half_as_many_doubles():
    assert lane_count(types.float32) * 4 == REGISTERS.width == lane_count(types.float64) * 8
