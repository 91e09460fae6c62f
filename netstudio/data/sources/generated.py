"""Samples made for a graph: enough structure to be learnt, none of it real."""

from __future__ import annotations

import numpy as np

from netstudio.data.dataset import Array, Dataset
from netstudio.data.roles import Role, roles
from netstudio.errors import DataError
from netstudio.graph import Graph, TensorSpec

HIDDEN = 8  # how many numbers each sample is made from
MOST = 10_000_000
STREAM = 0x6E5  # keeps these numbers apart from others drawn from the same seed


def make(count: str, graph: Graph | None, seed: int) -> Dataset:
    """`count` samples, a field for each Input and Target, named by its id; the same for the same graph and seed.

    A sample is a point near the centre of its class. Inputs of floats are linear functions of the point plus noise,
    targets of floats smooth functions of it (for classifiers: the class, one-hot, or signs); inputs of integers and
    targets of class numbers follow the class.
    """
    if graph is None:
        raise DataError(f"generated:{count} makes samples for a graph; open one first")
    if not count.isascii() or not count.isdigit() or not 1 <= int(count[:12]) <= MOST:
        raise DataError(f"generated:{count[:20]} should say how many samples, from 1 to {MOST}, as in generated:1000")
    rows, found = int(count), roles(graph)
    classes = next((r.limit for r in found.values() if r.is_target and r.limit), 2)
    rng = np.random.default_rng([seed, STREAM])
    labels = rng.integers(0, classes, rows)
    points = 1.5 * rng.standard_normal((classes, HIDDEN))[labels] + 0.3 * rng.standard_normal((rows, HIDDEN))
    fields = {id: _field(role, labels, points, rng) for id, role in found.items()}
    return Dataset(f"generated:{count}", fields)


def _field(role: Role, labels: Array, points: Array, rng: np.random.Generator) -> Array:
    if role.spec.dtype == "int":
        return _numbers(role.spec, role.limit or 2, labels, rng)
    mixed = _mixed(role.spec, points, rng)
    if not role.is_target:
        mixed += 0.1 * rng.standard_normal(mixed.shape, dtype=np.float32)
        return mixed
    if role.accuracy and "Binary" in role.accuracy:
        return np.asarray(mixed > 0, np.float32)
    if role.accuracy and role.spec.shape:
        return np.asarray(np.eye(role.spec.shape[-1], dtype=np.float32)[mixed.argmax(axis=-1)])
    return np.asarray(np.tanh(mixed))


def _mixed(spec: TensorSpec, points: Array, rng: np.random.Generator) -> Array:
    weights = rng.standard_normal((HIDDEN, spec.size), dtype=np.float32) / np.sqrt(np.float32(HIDDEN))
    mixed: Array = points.astype(np.float32) @ weights
    shaped: Array = mixed.reshape(len(points), *spec.shape)
    return shaped


def _numbers(spec: TensorSpec, limit: int, labels: Array, rng: np.random.Generator) -> Array:
    """Each place adds a number of its own to the class's; where there are several, every fifth is chance."""
    steps = np.zeros(1, np.int64) if spec.size == 1 else rng.integers(0, limit, spec.size)
    numbers = (labels[:, None] + steps) % limit
    if spec.size > 1:
        numbers = np.where(rng.random(numbers.shape) < 0.2, rng.integers(0, limit, numbers.shape), numbers)
    return numbers.reshape(len(labels), *spec.shape)
