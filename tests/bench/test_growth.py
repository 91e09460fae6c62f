"""What a process grows by: arrays that are touched count, and those that are gone before the end as well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from netstudio.bench.peer.growth import peak_growth

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a peak that can be begun anew")
MIB = 1 << 20


def test_the_peak_counts_what_is_kept_and_what_is_given_back() -> None:
    kept: list[np.ndarray] = []

    def prepare() -> Callable[[int], object]:
        kept.append(np.ones(40 * MIB, np.uint8))
        return lambda steps: np.ones(60 * MIB, np.uint8).sum()

    assert 95 * MIB < peak_growth(prepare) < 115 * MIB
    assert peak_growth(lambda: lambda steps: None) < 5 * MIB


def test_a_workload_grows_at_least_by_its_weights_and_slots() -> None:
    told = "from netstudio.bench import growth; print(growth.ours('mlp_wide'))"
    fresh = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    grown = int(fresh.stdout)  # this process has room that earlier tests gave back
    weights = 4 * (784 * 512 + 512 * 512 + 512 * 10)
    assert 4 * weights < grown + 2 * MIB < 400 * MIB
