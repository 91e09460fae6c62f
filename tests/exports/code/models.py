"""Models of every kind, and what written programs are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import netstudio as ns
from netstudio.graph import Graph
from netstudio.resources import SAMPLES
from netstudio.training.model import Model
from tests.layers.cases import CASES, around

CLOSE = 1e-5  # of the largest number of an output


def graphs() -> Iterator[tuple[str, Graph]]:
    """Each case of each layer, and the samples, by names that a module may have."""
    yield from ((f"case{number}_{case.type}", around(case)) for number, case in enumerate(CASES))
    yield from ((path.stem, ns.load_graph(path)) for path in sorted(SAMPLES.glob("*.json")))


def model_of(graph: Graph, seed: int = 0) -> Model:
    """With weights of which none is 0 or 1 all over."""
    model: Model = ns.compile(graph, seed=0)
    rng = np.random.default_rng(seed)
    moved = {
        name: rng.uniform(0.5, 1.5, w.shape) if "variance" in name else w + rng.normal(0, 0.1, w.shape)
        for name, w in model.weights.items()
    }
    model.set_weights({name: w.astype(np.float32) for name, w in moved.items()})
    return model


def samples(graph: Graph, rows: int) -> dict[str, Any]:
    """Something for every Input, of the first with a last step that may be padding."""
    rng, made = np.random.default_rng(rows), {}
    for id, node in graph.nodes.items():
        if node.type == "Input":
            shape = (rows, *node.params["shape"])
            whole = node.params.get("dtype") == "int"
            made[id] = rng.integers(0, 2, shape) if whole else rng.normal(size=shape).astype(np.float32)
            if len(shape) > 2 and len(made) == 1:
                made[id][0, -1] = 0
    return made


def predicted(model: Model, x: Mapping[str, Any]) -> dict[str, Any]:
    """What the model says, by number of the output."""
    return by_place(model.predict(dict(x)))


def by_place(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {"": found}


def require_close(name: str, got: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """AssertionError unless every output is close, in the same form and as float32."""
    assert list(got) == list(wanted), name
    for key, want in wanted.items():
        assert got[key].dtype == np.float32, name
        assert got[key].shape == want.shape, name
        room = CLOSE * max(1.0, float(np.abs(want).max()))
        np.testing.assert_allclose(got[key], want, rtol=CLOSE, atol=room, err_msg=f"{name} {key}")
