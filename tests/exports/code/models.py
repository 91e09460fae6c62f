"""Models of every kind, and what written programs are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import netstudio as ns
from netstudio.files.documents import graph_from_json
from netstudio.graph import Graph
from netstudio.resources import SAMPLES
from netstudio.training.model import Model
from tests.layers.cases import CASES, around

CLOSE = 1e-5  # of the largest number of an output


def chain(*nodes: dict[str, Any], wires: tuple[tuple[str, str], ...] = ()) -> Graph:
    """Nodes one behind the other, then an Output; `wires` more, by the ends."""
    ids = [node["id"] for node in nodes]
    ends = [(f"{a}.out", f"{b}.in") for a, b in zip(ids, [*ids[1:], "end"])]
    document = {"format": "netstudio/graph", "version": 1, "nodes": [*nodes, {"id": "end", "type": "Output"}]}
    return graph_from_json({**document, "wires": [*map(list, ends), *map(list, wires)]})


def node(id: str, type: str, frozen: bool = False, **params: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "params": params, "frozen": frozen}


# In a block the order of wires matters too: what goes straight through comes first.
BLOCK = {
    "nodes": [
        {"id": "in", "type": "Input", "params": {"shape": [4, 3]}},
        {"id": "same", "type": "Dense", "params": {"units": 3, "activation": "tanh"}},
        {"id": "beside", "type": "Concatenate"},
        {"id": "inner", "type": "Dense", "params": {"units": 3}},
        {"id": "twice", "type": "Shared", "params": {"layer": "same"}},
        {"id": "out", "type": "Output"},
    ],
    "wires": [
        ["in.out", "beside.in"], ["in.out", "same.in"], ["same.out", "beside.in"], ["beside.out", "inner.in"],
        ["inner.out", "twice.in"], ["twice.out", "out.in"],
    ],
}  # fmt: skip
WHOLE = {
    "masked_words": chain(
        node("words", "Input", shape=[5], dtype="int"),
        node("embed", "Embedding", input_dim=4, output_dim=3, mask_zero=True),
        node("lstm", "LSTM", units=4, return_sequences=True),
        node("norm", "LayerNormalization"),
        node("both", "Bidirectional", layer={"type": "GRU", "params": {"units": 3}}),
        node("dense", "Dense", units=2, activation="softmax"),
    ),
    "masked_mean": chain(
        node("x", "Input", shape=[4, 3]),
        node("mask", "Masking"),
        node("dense", "Dense", units=5, activation="elu"),
        node("drop", "SpatialDropout1D", rate=0.3),
        node("mean", "GlobalAveragePooling1D"),
    ),
    "residual": chain(
        node("x", "Input", shape=[6, 5, 3]),
        node("first", "Conv2D", filters=4, kernel_size=3, padding="same", use_bias=False),
        node("norm", "BatchNormalization"),
        node("still", "BatchNormalization", frozen=True),
        node("relu", "ReLU"),
        node("second", "Conv2D", filters=4, kernel_size=3, padding="same", activation="softmax"),
        node("add", "Add"),
        node("halved", "Conv2D", filters=2, kernel_size=3, padding="same", strides=2),
        node("pooled", "MaxPooling2D", pool_size=2, strides=2, padding="same"),
        node("group", "GroupNormalization", groups=2),
        node("last", "GlobalMaxPooling2D"),
        wires=(("norm.out", "add.in"),),
    ),
    "words_of_python": chain(
        node("input", "Input", shape=[3]),
        node("class", "Dense", units=3, activation="relu"),
        node("np", "Softmax"),
        node("softmax", "Softmax"),
        node("forward", "Dense", units=3, use_bias=False),
        node("self", "Dropout", rate=0.5),
        node("F", "Rescaling", scale=2.0),
        node("lambda", "Dense", units=2, activation="tanh"),
    ),
    "blocks": chain(
        node("x", "Input", shape=[4, 3]),
        node("block", "Composite", graph=BLOCK),
        node("reader", "TransformerEncoder", num_heads=1, intermediate_dim=5, dropout=0.2),
        node("block_same", "Dense", units=3),
        node("again", "Composite", frozen=True, graph=BLOCK),
    ),
    "shared": chain(
        node("x", "Input", shape=[3]),
        node("layer", "Dense", units=3, activation="sparsemax"),
        node("again", "Shared", layer="layer"),
        node("other", "Dense", units=3),
        node("third", "Shared", layer="other"),
    ),
}


def graphs() -> Iterator[tuple[str, Graph]]:
    """Each case of each layer, whole networks and the samples, by names that a module may have."""
    yield from ((f"case{number}_{case.type}", around(case)) for number, case in enumerate(CASES))
    yield from WHOLE.items()
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
