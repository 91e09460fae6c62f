"""What a model's predictions mean."""

from __future__ import annotations

import numpy as np

from netstudio.data.answers import answers, judges
from netstudio.data.preprocessing import Preprocessing
from netstudio.files.documents import graph_from_json
from netstudio.graph import Graph

NAMES = {"y": ("no", "perhaps", "yes")}


def classifier(bypassed: bool, heads: int = 1) -> Graph:
    """Scores of three classes by `heads` nodes, each with a Softmax behind it."""
    nodes = [
        {"id": "x", "type": "Input", "params": {"shape": [4]}},
        {"id": "y", "type": "Target", "params": {"shape": [], "dtype": "int"}},
    ]
    wires = []
    for i in range(heads):
        nodes += [
            {"id": f"scores{i}", "type": "Dense", "params": {"units": 3}},
            {"id": f"shares{i}", "type": "Softmax", "bypassed": bypassed},
            {"id": f"loss{i}", "type": "SparseCategoricalCrossentropy", "params": {"from_logits": bypassed}},
        ]
        wires += [
            ["x.out", f"scores{i}.in"], [f"scores{i}.out", f"shares{i}.in"], [f"shares{i}.out", f"loss{i}.pred"],
            ["y.out", f"loss{i}.target"],
        ]  # fmt: skip
    return graph_from_json({"format": "netstudio/graph", "version": 1, "nodes": nodes, "wires": wires})


def test_the_classes_of_a_node_behind_which_one_is_bypassed() -> None:
    graph = classifier(bypassed=True)
    [answer] = answers(graph, {"scores0": np.array([[0.0, 3.0, 1.0]])}, Preprocessing.from_json({}), NAMES)
    assert answer.classes == NAMES["y"]
    np.testing.assert_allclose(answer.values.sum(), 1.0, rtol=1e-6)
    assert answer.columns()["class"] == ["perhaps"]


def test_each_predicted_node_has_its_judge() -> None:
    found = judges(classifier(bypassed=False, heads=3))
    assert {node: target for node, (_, target) in found.items()} == {f"shares{i}": "y" for i in range(3)}
    assert {type(loss).__name__ for loss, _ in found.values()} == {"SparseCategoricalCrossentropy"}
