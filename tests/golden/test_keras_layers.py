"""The layers on the engine against Keras, which `make_keras_layers.py` and its like ran in float64.

What they predict, the gradients of their weights in training mode, and the weights that training moves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.graph import TensorSpec
from netstudio.training.model import Model
from tests.layers.cases import Case, around

CASES: list[tuple[str, dict[str, Any]]] = []
VECTORS: dict[str, Any] = {}  # by "number of the case/group/name"
for _name in ("layers", "convolutions", "recurrent"):
    with np.load(Path(__file__).parent / f"{_name}.npz", allow_pickle=False) as _file:
        for _key in (name for name in _file.files if name != "cases"):  # inputs in their order
            _number, _, _rest = _key.partition("/")
            VECTORS[f"{len(CASES) + int(_number)}/{_rest}"] = _file[_key]
        CASES += json.loads(str(_file["cases"]))
every_case = pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)]
)
NEAR = 1e-6  # Keras computes means and products of float64 values in single precision


def of(number: int, group: str) -> dict[str, Any]:
    """The arrays of a group, such as the weights, by their own names."""
    start = f"{number}/{group}/"
    return {key.removeprefix(start): array for key, array in VECTORS.items() if key.startswith(start)}


def outputs(number: int, group: str) -> list[Any]:
    """The arrays of a group that has one for each output of the layer, in the order of its ports."""
    alone = VECTORS.get(f"{number}/{group}")
    several = of(number, group)
    return [several[key] for key in sorted(several, key=int)] if alone is None else [alone]


TRAINED = [i for i in range(len(CASES)) if outputs(i, "target")]


def targets(number: int) -> dict[str, Any]:
    """By the ids of the Target nodes."""
    return {f"y{i or ''}": y for i, y in enumerate(outputs(number, "target"))}


def made(number: int, dtype: str) -> tuple[Model, dict[str, Any]]:
    """A graph around the layer, with the weights, and the inputs."""
    inputs = of(number, "input")
    specs = [TensorSpec(x.shape[1:], "int" if x.dtype.kind == "i" else "float") for x in inputs.values()]
    model = ns.compile(around(Case(*CASES[number], specs)), threads=1, dtype=dtype)
    model.set_weights({**model.weights, **{f"n/{k}": w for k, w in of(number, "weight").items()}})
    return model, {f"x{i}": x for i, x in inputs.items()}


def assert_near(found: Any, expected: Any, tolerance: float, what: str) -> None:
    """The distance of the two is at most `tolerance` of the expected array's norm."""
    assert found.shape == expected.shape, what
    assert np.linalg.norm(found - expected) <= tolerance * np.linalg.norm(expected), what


@every_case
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_prediction(number: int, dtype: str) -> None:
    model, inputs = made(number, dtype)
    found: Any = model.predict(inputs)
    predictions = found.values() if isinstance(found, dict) else [found]
    for prediction, expected in zip(predictions, outputs(number, "prediction"), strict=True):
        assert_near(prediction, expected, NEAR, "prediction")


@pytest.mark.parametrize("number", [i for i in TRAINED if of(i, "gradient")])
def test_gradients(number: int) -> None:
    model, inputs = made(number, "float64")
    found = model.gradients(inputs, targets(number))
    expected = of(number, "gradient")
    assert found.keys() == {f"n/{key}" for key in expected}
    for key, gradient in expected.items():
        assert_near(found[f"n/{key}"], gradient, NEAR, key)


@pytest.mark.parametrize("number", [i for i in TRAINED if of(i, "moved")])
def test_averages(number: int) -> None:
    model, inputs = made(number, "float64")
    model.train_on_batch(inputs, targets(number))
    for key, moved in of(number, "moved").items():
        assert_near(model.weights[f"n/{key}"], moved, NEAR, key)
