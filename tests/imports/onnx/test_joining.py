"""Operators that join a layer before them do so only where that means the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from tests.imports.onnx.graphs import Array, model_of, same_as_reference

RNG = np.random.default_rng(5)
UNITS, FEATURES, STEPS = 3, 4, 5


def normal(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("LSTM", 4), ("GRU", 3)])
def test_what_is_added_behind_a_recurrent_layer_is_no_bias_of_it(kind: str, gates: int, tmp_path: Path) -> None:
    nodes = [
        helper.make_node(kind, ["x", "w", "r"], ["", "h"], hidden_size=UNITS),
        helper.make_node("Squeeze", ["h", "zero"], ["last"]),
        helper.make_node("Add", ["last", "c"], ["y"]),
    ]
    weights = {
        "w": normal(1, gates * UNITS, FEATURES), "r": normal(1, gates * UNITS, UNITS), "c": normal(UNITS),
        "zero": np.array([0], np.int64),
    }  # fmt: skip
    model = model_of(nodes, {"x": [STEPS, "N", FEATURES]}, {"y": 2}, weights)
    same_as_reference(model, tmp_path, {"x": normal(STEPS, 2, FEATURES)}, lay_in=(1, 0, 2))


def test_a_mean_along_one_axis_and_a_deviation_along_another(tmp_path: Path) -> None:
    """Of as many cells each, so that nothing but the axis tells them apart."""
    nodes = [helper.make_node("Sub", ["x", "mean"], ["z"]), helper.make_node("Div", ["z", "deviation"], ["y"])]
    weights = {"mean": normal(4, 1), "deviation": np.abs(normal(4)) + 0.5}
    model = model_of(nodes, {"x": ["N", 4, 4]}, {"y": 3}, weights)
    same_as_reference(model, tmp_path, {"x": normal(2, 4, 4)})


@pytest.mark.parametrize("lasts", [(True, True), (True, False), (False, True)])
def test_one_recurrent_layer_read_in_two_ways(lasts: tuple[bool, bool], tmp_path: Path) -> None:
    """Both uses share weights; a step of all that one of them gives is no reason to change the other."""
    nodes, inputs = [], {}
    for name, last in zip("ab", lasts):
        inputs[name] = ["N", STEPS, FEATURES]
        nodes += [
            helper.make_node("Transpose", [name], [f"{name}t"], perm=[1, 0, 2]),
            helper.make_node("LSTM", [f"{name}t", "lstm.w", "lstm.r"], [f"{name}all"], hidden_size=UNITS),
            helper.make_node("Squeeze", [f"{name}all", "one"], [f"{name}s"]),
            helper.make_node("Transpose", [f"{name}s"], [f"{name}y"], perm=[1, 0, 2]),
        ]
        if last:
            nodes.append(helper.make_node("Gather", [f"{name}y", "minus"], [f"{name}z"], axis=1))
        else:
            nodes.append(helper.make_node("ReduceMean", [f"{name}y"], [f"{name}z"], axes=[1], keepdims=0))
    nodes.append(helper.make_node("Sub", ["az", "bz"], ["y"]))
    weights = {
        "lstm.w": normal(1, 4 * UNITS, FEATURES), "lstm.r": normal(1, 4 * UNITS, UNITS),
        "one": np.array([1], np.int64), "minus": np.array(-1, np.int64),
    }  # fmt: skip
    model = model_of(nodes, inputs, {"y": 2}, weights)
    same_as_reference(model, tmp_path, {"a": normal(2, STEPS, FEATURES), "b": normal(2, STEPS, FEATURES)})
