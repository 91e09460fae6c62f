"""Predictions as a table."""

from __future__ import annotations

import numpy as np

from netstudio.data.answers import Answer
from netstudio.training.predictions import Predictions


def of_classes(node: str) -> Answer:
    return Answer(node, np.array([[0.25, 0.75]], np.float32), ("no", "yes"), np.array([1]))


def test_headings_of_one_node_and_of_several() -> None:
    assert list(Predictions(("0",), (of_classes("p"),)).columns()) == [
        "sample",
        "class",
        "probability",
        "p(no)",
        "p(yes)",
    ]
    both = Predictions(("0",), (of_classes("p"), Answer("size", np.array([[2.0, 3.0]], np.float32)))).columns()
    assert list(both) == ["sample", "p.class", "p.probability", "p.p(no)", "p.p(yes)", "size[0]", "size[1]"]


def test_nodes_whose_ids_begin_as_headings_do_lose_no_column() -> None:
    table = Predictions(("0",), tuple(map(of_classes, ("p", "pr", "c")))).columns()
    assert len(table) == 1 + 3 * 4
    assert {"p.class", "pr.probability", "c.class"} <= table.keys()
