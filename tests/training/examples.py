"""Data for the graphs of `tests.graphs`, and what many tests of training do."""

from __future__ import annotations

from typing import Any

import numpy as np

from netstudio.training.model import Model

Array = np.ndarray[Any, Any]


def numbers(rows: int = 40) -> tuple[Array, Array]:
    """For `regression`: (rows, 5) and (rows, 3)."""
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, 5))
    return x, np.tanh(x @ rng.normal(size=(5, 3)))


def classes(rows: int = 40) -> tuple[Array, Array]:
    """For `classifier`: (rows, 5) and class numbers from 0 to 3."""
    x, y = numbers(rows)
    return x, np.argmax(np.c_[y, -y[:, 0]], 1)


def images(rows: int = 40) -> tuple[Array, Array]:
    """For `cnn`: (rows, 8, 7, 2) and class numbers from 0 to 3."""
    rng = np.random.default_rng(rows)
    return rng.normal(size=(rows, 8, 7, 2)), rng.integers(0, 4, rows)


def both(rows: int = 40) -> tuple[Array, dict[str, Array]]:
    """For `two_heads`."""
    x, goal = numbers(rows)
    return x, {"label": classes(rows)[1], "goal": goal}


def assert_same_weights(a: Model | dict[str, Array], b: Model | dict[str, Array]) -> None:
    """Bit for bit."""
    first, second = (m.weights if isinstance(m, Model) else m for m in (a, b))
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


def moved(model: Model, before: dict[str, Array]) -> set[str]:
    """The weights that are not what they were."""
    return {name for name, value in model.weights.items() if not np.array_equal(value, before[name])}
