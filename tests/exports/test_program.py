"""A trained graph as operations for batches of any size."""

from __future__ import annotations

from pathlib import Path

import pytest

import netstudio as ns
from netstudio.exports.program import BATCH, Samples, program
from netstudio.files.documents import graph_from_json
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


def test_apart_each_node_is_seen_by_itself() -> None:
    """What one node does is not merged with what the next one does."""
    document = {
        "format": "netstudio/graph",
        "version": 1,
        "nodes": [
            {"id": "x", "type": "Input", "params": {"shape": [3]}},
            {"id": "twice", "type": "Rescaling", "params": {"scale": 2.0}},
            {"id": "thrice", "type": "Rescaling", "params": {"scale": 3.0}},
            {"id": "end", "type": "Output"},
        ],
        "wires": [["x.out", "twice.in"], ["twice.out", "thrice.in"], ["thrice.out", "end.in"]],
    }
    model = model_file(ns.compile(graph_from_json(document), seed=0))
    together, apart = program(model), program(model, apart=True)
    assert [s.attrs["value"] for s in together.steps if s.op == "constant"] == [6.0]
    assert {s.attrs["value"] for s in apart.steps if s.op == "constant"} == {2.0, 3.0}
    assert [(s.attrs["of"], s.attrs["port"], s.attrs["mask"]) for s in apart.steps if s.op == "leave"] == [
        ("twice", "out", False), ("thrice", "out", False),
    ]  # fmt: skip


def test_weights_are_single_precision_whatever_the_model_computes_in() -> None:
    model = ns.compile(ns.load_graph(SAMPLES / "iris.json"), dtype="float64")
    made = program(model_file(model))
    assert {str(array.dtype) for array in made.weights.values()} == {"float32"}
