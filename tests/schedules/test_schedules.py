"""Schedules against Keras's and PyTorch's rates, and at their ends. `golden/make_schedules.py` wrote the vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError
from netstudio.schedules import SCHEDULES
from netstudio.schedules.base import rate_at

with np.load(Path(__file__).parents[1] / "golden" / "schedules.npz", allow_pickle=False) as _file:
    VECTORS = dict(_file)
CASES: list[tuple[str, dict[str, Any]]] = json.loads(str(VECTORS["cases"]))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)])
def test_rates(number: int) -> None:
    name, params = CASES[number]
    schedule, expected = SCHEDULES[name](**params), VECTORS[str(number)]
    # Keras's own rates are those of single precision here and there.
    np.testing.assert_allclose([schedule.at(step) for step in range(len(expected))], expected, rtol=1e-6)


def test_every_schedule_has_a_case() -> None:
    assert {name for name, _ in CASES} == set(SCHEDULES.members)


@pytest.mark.parametrize("schedule", list(SCHEDULES), ids=lambda s: s.name)
def test_every_schedule(schedule: Any) -> None:
    made = schedule()
    assert schedule.summary_line().endswith(".")
    assert schedule.aliases
    assert all(p.doc.endswith(".") for p in schedule.declared.values())
    rates = [made.at(step) for step in [*range(50), 10**3, 10**4, 10**6, 10**9]]
    assert all(isinstance(rate, float) and np.isfinite(rate) and rate >= 0.0 for rate in rates)
    assert SCHEDULES.make({"type": schedule.name, "params": made.params}) == made


def test_ends() -> None:
    cosine = SCHEDULES["CosineDecay"](decay_steps=10, alpha=0.25, warmup_target=0.2, warmup_steps=4)
    assert [cosine.at(s) for s in (0, 2, 4, 14, 99)] == pytest.approx([0.001, 0.1005, 0.2, 0.05, 0.05])
    cycle = SCHEDULES["OneCycle"](max_learning_rate=1.0, total_steps=100)
    assert [cycle.at(s) for s in (0, 29, 99, 500)] == pytest.approx([1 / 25, 1.0, 1 / 25e4, 1 / 25e4])
    restarts = SCHEDULES["CosineDecayRestarts"](initial_learning_rate=1.0, first_decay_steps=3, t_mul=3.0)
    assert [restarts.at(3 * (3**n - 1) // 2) for n in range(12)] == pytest.approx([1.0] * 12)


def test_what_grows_does_not_overflow() -> None:
    for name, params in (
        ("ExponentialDecay", {"decay_rate": 2.0}),
        ("CosineDecayRestarts", {"t_mul": 1.0, "m_mul": 2.0}),
    ):
        assert np.isfinite(SCHEDULES[name](**params).at(10**9))
    assert SCHEDULES["OneCycle"](total_steps=2, pct_start=0.5).at(0) == 0.01


def test_a_number_stays() -> None:
    assert rate_at(0.1, 1000) == 0.1
    assert rate_at(SCHEDULES["ExponentialDecay"](decay_rate=0.5), 1000) == 0.0005


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("PiecewiseConstantDecay", {"boundaries": [1, 2], "values": [1.0, 2.0]}, "one value more"),
        ("PiecewiseConstantDecay", {"boundaries": [2, 1], "values": [1.0, 2.0, 3.0]}, "numbers that rise"),
        ("ExponentialDecay", {"decay_steps": 0}, "decay_steps is 0"),
        ("CosineDecayRestarts", {"t_mul": 0.5}, "t_mul is 0.5"),
        ("OneCycle", {"pct_start": 1.0}, "pct_start is 1.0"),
    ],
)
def test_what_is_refused(name: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(ParamError, match=words):
        SCHEDULES[name](**params)
