"""Each layer on the engine: what it computes, against the slow twin. (`tests/engine/test_layers.py` has the rest.)"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.layers import LAYERS
from tests.layers.cases import CASES, NOT_COMPUTING, Case, around, names
from tests.numpy_ops import NumpyOps


def test_every_layer_has_a_case() -> None:
    assert {case.type for case in CASES} | NOT_COMPUTING == set(LAYERS.members)


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_against_the_twin(case: Case, batch: int) -> None:
    rng = np.random.default_rng(0)
    model = ns.compile(around(case), seed=0, threads=1, dtype="float64")
    weights = {k: rng.random(v.shape) for k, v in model.weights.items()}
    model.set_weights(weights)
    given = [None if s is None else numbers(rng, (batch, *s.shape), s.dtype == "int") for s in case.specs]
    inputs = {f"x{i}": x for i, x in enumerate(x for x in given if x is not None)}
    found = model.predict(inputs)
    own = {k.removeprefix("n/"): v for k, v in weights.items()}
    ops = NumpyOps(own)
    ops.specs = tuple(case.specs)
    expected: Any = LAYERS[case.type](**case.params).lower(ops, *given)
    several = isinstance(expected, tuple)
    for y, wanted in zip(found.values() if several else [found], expected if several else [expected], strict=True):
        assert y.shape == wanted.shape
        np.testing.assert_allclose(y, wanted, rtol=1e-10, atol=1e-12)


def numbers(rng: np.random.Generator, shape: tuple[int, ...], whole: bool) -> Any:
    return rng.integers(0, 2, shape).astype(float) if whole else rng.normal(size=shape)
