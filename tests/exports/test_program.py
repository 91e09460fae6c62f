"""A trained graph as operations for batches of any size."""

from __future__ import annotations

from pathlib import Path

import pytest

import netstudio as ns
from netstudio.exports.program import BATCH, Samples, program
from netstudio.resources import SAMPLES
from netstudio.training.storage import model_file


def test_the_batch_is_no_number() -> None:
    graph = ns.load_graph(SAMPLES / "digits_cnn.json")
    made = program(model_file(ns.compile(graph, seed=0)))
    assert {id: spec.shape for id, spec in made.inputs.items()} == {"image": (8, 8, 1)}
    assert all(made[number].shape[0] == BATCH for number in made.outputs.values())
    flat = [s for s in made.steps if s.op == "reshape" and made[s.inputs[0]].op != "weight"]
    assert flat
    assert all(isinstance(s.shape[0], Samples) for s in flat)
    assert {s.attrs["name"] for s in made.steps if s.op == "weight"} == set(made.weights)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_every_sample_has_a_program(path: Path) -> None:
    made = program(model_file(ns.compile(ns.load_graph(path), seed=0)))
    assert made.outputs
    assert made.inputs
    assert not any(str(size) in repr(made.steps) for size in (1009, 2003))
    for s in made.steps:
        assert all(number < s.number for number in s.inputs)
