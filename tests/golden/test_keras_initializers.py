"""Initializers that draw nothing at random, against Keras's values. `make_keras_initializers.py` wrote the vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netstudio.initializers import INITIALIZERS

with np.load(Path(__file__).parent / "initializers.npz", allow_pickle=False) as _file:
    VECTORS = dict(_file)
CASES: list[tuple[str, dict[str, Any], list[int]]] = json.loads(str(VECTORS["cases"]))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, *_) in enumerate(CASES)])
def test_values(number: int) -> None:
    name, params, shape = CASES[number]
    found = INITIALIZERS[name](**params).sample(np.random.default_rng(0), tuple(shape))
    np.testing.assert_allclose(found, VECTORS[str(number)], rtol=1e-12, atol=1e-12)
