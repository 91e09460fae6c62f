"""Constraints by Keras's formulas."""

from typing import Any

import numpy as np
import pytest

from netstudio.constraints import CONSTRAINTS
from netstudio.errors import ParamError
from tests.numpy_ops import NumpyOps

WEIGHT = np.random.default_rng(2).normal(size=(3, 4, 5)) * np.linspace(0.0, 3.0, 5)


def applied(form: Any, weight: Any = WEIGHT) -> Any:
    return CONSTRAINTS.make(form).apply(NumpyOps(), weight)


def lengths(weight: Any, axis: Any = 0) -> Any:
    return np.sqrt((weight**2).sum(axis, keepdims=True))


def test_no_value_is_negative() -> None:
    np.testing.assert_array_equal(applied("non_neg"), np.maximum(WEIGHT, 0.0))


@pytest.mark.parametrize("axis", [0, -1, [0, 1], [0, 1, 2]])
def test_lengths(axis: Any) -> None:
    own = tuple(axis) if isinstance(axis, list) else axis
    before = lengths(WEIGHT, own)

    def form(kind: str, **params: Any) -> Any:
        return {"type": kind, "params": {"axis": axis, **params}}

    limited = applied(form("MaxNorm", max_value=1.5))
    np.testing.assert_allclose(lengths(limited, own), np.minimum(before, 1.5), atol=1e-6)
    np.testing.assert_allclose(lengths(applied(form("UnitNorm")), own)[before > 0.1], 1.0, atol=1e-5)
    between = applied(form("MinMaxNorm", min_value=1.0, max_value=2.0, rate=0.3))
    expected = 0.3 * np.clip(before, 1.0, 2.0) + 0.7 * before
    np.testing.assert_allclose(lengths(between, own)[before > 0.1], expected[before > 0.1], atol=1e-5)
    np.testing.assert_allclose(between * before, WEIGHT * lengths(between, own), atol=1e-12)


def test_defaults_are_those_of_keras() -> None:
    np.testing.assert_allclose(applied("max_norm"), WEIGHT * np.minimum(lengths(WEIGHT), 2) / (lengths(WEIGHT) + 1e-7))
    assert {c.name for c in CONSTRAINTS} == {"MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"}


def test_vectors_of_zeros_stay() -> None:
    for name in CONSTRAINTS.members:
        np.testing.assert_array_equal(applied(name, np.zeros((3, 2))), np.zeros((3, 2)))


def test_axes_that_are_not_there() -> None:
    with pytest.raises(ParamError, match=r"MaxNorm can't act on a weight of the shape \(4,\): axis names 1"):
        applied({"type": "MaxNorm", "params": {"axis": 1}}, np.ones(4))


@pytest.mark.parametrize("constraint", list(CONSTRAINTS), ids=lambda c: c.name)
def test_every_constraint(constraint: Any) -> None:
    assert constraint.summary_line().endswith(".")
    assert constraint.aliases
    assert all(p.doc.endswith(".") for p in constraint.declared.values())
    assert applied(constraint.name).shape == WEIGHT.shape
