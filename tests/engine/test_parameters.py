"""All weights in one array: where each stands, and what may be written there."""

from __future__ import annotations

import numpy as np
import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.engine.memory import ALIGNMENT
from netstudio.engine.parameters import Parameters, aligned_zeros
from netstudio.errors import ModelFileError
from netstudio.graph import analyse
from tests.graphs import classifier, cnn, graph


def parameters(dtype: str = "float32") -> Parameters:
    return Parameters(analyse(cnn(), CATALOGUE), dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layout(dtype: str) -> None:
    p = parameters(dtype)
    itemsize = np.dtype(dtype).itemsize
    assert p.flat.ctypes.data % ALIGNMENT == p.gradients.ctypes.data % ALIGNMENT == 0
    end = 0
    for weight in p.all:
        assert weight.offset >= end, "two weights overlap"
        assert weight.offset * itemsize % ALIGNMENT == 0
        assert p.view(weight).shape == weight.spec.shape
        assert np.shares_memory(p.view(weight), p.flat)
        end = weight.offset + weight.spec.size
    assert end <= p.size


def test_trained_weights_come_first() -> None:
    p = parameters()
    assert [w.trained for w in p.all] == sorted((w.trained for w in p.all), reverse=True)
    assert {w.name for w in p.all if not w.trained} == {"bn/moving_mean", "bn/moving_variance"}
    assert all(w.offset + w.spec.size <= p.trained_size for w in p.trained)
    assert all(w.offset >= p.trained_size for w in p.all if not w.trained)


def test_names_are_keras_s() -> None:
    assert list(parameters().by_name) == [
        *("conv1/kernel", "bn/gamma", "bn/beta", "conv2/kernel", "conv2/bias", "out/kernel", "out/bias"),
        *("bn/moving_mean", "bn/moving_variance"),
    ]


def test_frozen_nodes_are_not_trained() -> None:
    nodes = [(n.id, n.type, n.params) for n in classifier().nodes.values()]
    frozen = graph(nodes, "x d, d out, out loss.pred, y loss.target", frozen=["d"])
    p = Parameters(analyse(frozen, CATALOGUE), "float32")
    assert {w.name for w in p.trained} == {"out/kernel", "out/bias"}


def test_a_weight_depends_on_seed_and_name_alone() -> None:
    first, second, third = parameters(), parameters(), parameters()
    first.initialize(1)
    second.initialize(1)
    third.initialize(2)
    np.testing.assert_array_equal(first.flat, second.flat)
    kernel = first.by_name["conv1/kernel"]
    assert not np.array_equal(first.view(kernel), third.view(kernel))
    other = Parameters(analyse(cnn(dropout=0.9), CATALOGUE), "float32")
    other.initialize(1)
    np.testing.assert_array_equal(other.view(other.by_name["out/kernel"]), first.view(first.by_name["out/kernel"]))


def test_loading_is_all_or_nothing() -> None:
    p = parameters()
    p.initialize(0)
    before, given = p.copies(), p.copies()
    given["conv1/kernel"] = given["conv1/kernel"] + 1.0
    given["out/bias"] = np.zeros(5)
    with pytest.raises(ModelFileError, match=r"out/bias has the shape \(5,\); this graph expects \(4,\)"):
        p.load(given)
    del given["out/bias"]
    given["outt/bias"] = np.zeros(4)
    with pytest.raises(ModelFileError, match="missing: out/bias; unknown: outt/bias"):
        p.load(given)
    for name, value in p.copies().items():
        np.testing.assert_array_equal(value, before[name])


def test_slots_start_where_they_are_told() -> None:
    p = parameters()
    p.reset_slots({"momentum": 0.0, "accumulator": 0.1})
    assert {k: (v.size, float(v[0])) for k, v in p.slots.items()} == {
        "momentum": (p.trained_size, 0.0),
        "accumulator": (p.trained_size, float(np.float32(0.1))),
    }


def test_copies_are_copies() -> None:
    p = parameters()
    p.copies()["out/bias"][:] = 5.0
    assert not p.view(p.by_name["out/bias"]).any()


@pytest.mark.parametrize("size", [0, 1, 17])
def test_aligned_zeros(size: int) -> None:
    made = aligned_zeros(size, "float64")
    assert made.shape == (size,)
    assert not made.any()
    assert size == 0 or made.ctypes.data % ALIGNMENT == 0
