"""Regularizers by their formulas."""

from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError
from netstudio.regularizers import REGULARIZERS
from tests.numpy_ops import NumpyOps

WEIGHT = np.random.default_rng(2).normal(size=(3, 4))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("l1", 0.01 * abs(WEIGHT).sum()),
        ("l2", 0.01 * (WEIGHT**2).sum()),
        ("l1_l2", 0.0),
        ({"type": "L1", "params": {"l1": 0.5}}, 0.5 * abs(WEIGHT).sum()),
        ({"type": "L2", "params": {"l2": 0.3}}, 0.3 * (WEIGHT**2).sum()),
        ({"type": "L1L2", "params": {"l1": 0.5, "l2": 0.3}}, 0.5 * abs(WEIGHT).sum() + 0.3 * (WEIGHT**2).sum()),
    ],
)
def test_penalties(form: Any, expected: float) -> None:
    penalty: Any = REGULARIZERS.make(form).penalty(NumpyOps(), WEIGHT)
    assert penalty.shape == ()
    assert float(penalty) == pytest.approx(expected)


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_right_angles(mode: str) -> None:
    rows = WEIGHT if mode == "rows" else WEIGHT.T
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = abs(unit @ unit.T)[~np.eye(len(unit), dtype=bool)]
    penalty: Any = REGULARIZERS["OrthogonalRegularizer"](factor=0.5, mode=mode).penalty(NumpyOps(), WEIGHT)
    assert float(penalty) == pytest.approx(0.5 * cosines.mean())


def test_one_row_is_at_right_angles_to_all_others() -> None:
    penalty: Any = REGULARIZERS["OrthogonalRegularizer"]().penalty(NumpyOps(), WEIGHT[:1])
    assert float(penalty) == 0.0
    with pytest.raises(ParamError, match=r"shape \(12,\); expected two axes"):
        REGULARIZERS["OrthogonalRegularizer"]().penalty(NumpyOps(), WEIGHT.ravel())


def test_negative_strength_is_refused() -> None:
    with pytest.raises(ParamError, match="l2 is -1"):
        REGULARIZERS.make({"type": "L2", "params": {"l2": -1}})


@pytest.mark.parametrize("regularizer", list(REGULARIZERS), ids=lambda r: r.name)
def test_every_regularizer(regularizer: Any) -> None:
    assert regularizer.summary_line().endswith(".")
    assert regularizer.aliases
    assert all(p.doc for p in regularizer.declared.values())
