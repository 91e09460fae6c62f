"""The models that an export to Keras is tried on: every case of every layer, samples, and masks on their ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import netstudio as ns
from netstudio.files.models import ModelFile
from netstudio.graph import Graph, Node, Wire
from netstudio.resources import SAMPLES
from netstudio.training.storage import model_file
from tests.layers.cases import CASES, around

STEPS, FEATURES = 5, 4
# What may stand between a Masking and what heeds its mask.
BETWEEN: list[tuple[str, dict[str, Any]]] = [
    ("Dense", {"units": 4}),
    ("Dropout", {"rate": 0.3}),
    ("LayerNormalization", {}),
    ("BatchNormalization", {}),
    ("Softmax", {}),
    ("GELU", {}),
    ("CELU", {"alpha": 0.5}),
    ("GLU", {}),
    ("SinePositionEncoding", {}),
    ("PositionEmbedding", {"sequence_length": 7}),
    ("RotaryEmbedding", {}),
    ("Conv1D", {"filters": 4, "kernel_size": 1}),
    ("Conv1D", {"filters": 4, "kernel_size": 2}),
    ("AveragePooling1D", {}),
    ("Permute", {"dims": [2, 1]}),
    ("Slice", {"axis": 1, "start": 1}),
    ("TimeDistributed", {"layer": {"type": "Dense", "params": {"units": 3}}}),
    ("GRU", {"units": 3, "return_sequences": True}),
    ("Bidirectional", {"layer": {"type": "LSTM", "params": {"units": 3, "return_sequences": True}}}),
    ("TransformerEncoder", {"intermediate_dim": 3, "num_heads": 2}),
    ("TransformerDecoder", {"intermediate_dim": 3, "num_heads": 2}),
]
HEEDING: list[tuple[str, dict[str, Any]]] = [
    ("LSTM", {"units": 3}),
    ("SimpleRNN", {"units": 3, "return_sequences": True, "zero_output_for_mask": True}),
    ("Bidirectional", {"layer": {"type": "GRU", "params": {"units": 3}}}),
    ("GlobalAveragePooling1D", {}),
    ("Attention", {}),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 2}),
    ("GroupQueryAttention", {"num_query_heads": 2, "num_key_value_heads": 1, "head_dim": 2}),
]


def models() -> Iterator[tuple[str, ModelFile]]:
    """Each model with its name."""
    for number, case in enumerate(CASES):
        yield f"{number:03d}-{case.type}", trained(around(case))
    for path in sorted(SAMPLES.glob("*.json")):
        yield f"sample-{path.stem}", trained(ns.load_graph(path))
    for name, graph in (*masked(), *shapes()):
        yield name, trained(graph)


def trained(graph: Graph) -> ModelFile:
    """A model of that graph, with weights of which none are what a layer begins with."""
    file = model_file(ns.compile(graph, seed=0))
    rng = np.random.default_rng(1)
    weights = {k: _changed(k, a, rng) for k, a in file.weights.items()}
    return ModelFile(graph, weights, file.classes, file.preprocessing, info=file.info)


def _changed(name: str, array: Any, rng: np.random.Generator) -> Any:
    if name.endswith(("variance", "count")):
        return (1.0 + rng.random(array.shape)).astype(np.float32)
    return (array + rng.normal(0.0, 0.2, array.shape)).astype(np.float32)


def graph_of(nodes: list[Node], *wires: str) -> Graph:
    """A graph; "a > b.port" is a wire, from the port "out" where none is said and into "in"."""
    made = [[end.strip() for end in wire.split(">")] for wire in wires]
    full = [(a if "." in a else f"{a}.out", b if "." in b else f"{b}.in") for a, b in made]
    return Graph("tried", {n.id: n for n in nodes}, tuple(Wire.parse(a, b) for a, b in full))


def masked() -> Iterator[tuple[str, Graph]]:
    """A mask through each layer that may stand in its way, and into each that heeds it."""
    for number, (kind, params) in enumerate(BETWEEN):
        yield f"mask-through-{number:02d}-{kind}", _heeded(Node("n", kind, params), "LSTM", {"units": 3})
    for number, (kind, params) in enumerate(HEEDING):
        yield f"mask-into-{number:02d}-{kind}", _heeded(Node("n", "Dense", {"units": 4}), kind, params)
        yield f"lost-into-{number:02d}-{kind}", _heeded(Node("n", "CELU", {"alpha": 0.5}), kind, params)
    for kind in ("SinePositionEncoding", "PositionEmbedding"):
        yield f"mask-over-{kind}", _positions(kind)


def _heeded(between: Node, kind: str, params: dict[str, Any]) -> Graph:
    nodes = [Node("x", "Input", {"shape": [STEPS, FEATURES]}), Node("m", "Masking"), between]
    nodes += [Node("h", kind, params), Node("y", "Output")]
    ports = ("query", "value") if "Attention" in kind else ("in",)
    first = ("query", "value") if "Attention" in between.type else ("in",)
    wires = ["x > m", *(f"m > n.{p}" for p in first), *(f"n > h.{p}" for p in ports), "h > y"]
    return graph_of(nodes, *wires)


def _positions(kind: str) -> Graph:
    """What a small transformer for texts begins with."""
    params = {"sequence_length": 9} if kind == "PositionEmbedding" else {}
    nodes = [
        Node("ids", "Input", {"shape": [STEPS], "dtype": "int"}),
        Node("e", "Embedding", {"input_dim": 6, "output_dim": 4, "mask_zero": True}),
        Node("p", kind, params),
        Node("sum", "Add"),
        Node("t", "TransformerEncoder", {"intermediate_dim": 5, "num_heads": 2}),
        Node("mean", "GlobalAveragePooling1D"),
        Node("y", "Output"),
    ]
    return graph_of(nodes, "ids > e", "e > p", "e > sum", "p > sum", "sum > t", "t > mean", "mean > y")


def shapes() -> Iterator[tuple[str, Graph]]:
    """Graphs of more than one layer whose form matters: shared weights, blocks, branches, several outputs."""
    x = Node("x", "Input", {"shape": [4]})
    inner = [
        {"id": "in1", "type": "Input", "params": {"shape": [4]}},
        {"id": "d", "type": "Dense", "params": {"units": 4, "activation": "tanh"}},
        {"id": "s", "type": "Add"},
        {"id": "out1", "type": "Output"},
    ]
    lines = (("in1.out", "d.in"), ("d.out", "s.in"), ("in1.out", "s.in"), ("s.out", "out1.in"))
    block = {"nodes": inner, "wires": [list(line) for line in lines]}
    nodes = [x, Node("b", "Composite", {"graph": block}), Node("c", "Composite", {"graph": block})]
    nodes += [Node("y", "Output")]
    wires = ("x > b.in1", "b.out1 > c.in1", "c.out1 > y")
    yield "blocks", graph_of(nodes, *wires)
    dense = [Node(f"d{n}", "Dense", {"units": 4, "activation": "tanh"}) for n in range(6)]
    ends = [Node("end", "Dense", {"units": 2}), Node("other", "Dense", {"units": 3}), Node("y1", "Output")]
    nodes = [x, *dense, Node("sum", "Add"), Node("both", "Concatenate"), *ends, Node("y2", "Output")]
    wires = ("x > d3", "d3 > d0", "x > d1", "d0 > sum", "d1 > sum", "sum > d2", "d1 > d4", "d4 > both", "d2 > both",
             "x > d5", "d5 > both", "both > end", "d5 > other", "end > y1", "other > y2")  # fmt: skip
    yield "branches", graph_of(nodes, *wires)
    held = {"layer": {"type": "Dense", "params": {"units": 3, "activation": "sparsemax"}}}
    ways = {"layer": {"type": "LSTM", "params": {"units": 3, "activation": "threshold", "return_sequences": True}}}
    glu = {"layer": {"type": "GLU", "params": {}}}
    for number, (kind, params) in enumerate(
        (("TimeDistributed", held), ("Bidirectional", ways), ("TimeDistributed", glu))
    ):
        nodes = [Node("x", "Input", {"shape": [4, 2]}), Node("n", kind, params), Node("y", "Output")]
        yield f"odd-{number}-{kind}", graph_of(nodes, "x > n", "n > y")
    other = Node("z", "Input", {"shape": [4]})
    shared = [Node("twin", "Shared", {"layer": "d0"}), Node("twin1", "Shared", {"layer": "d1"})]
    nodes = [other, x, dense[0], dense[1], *shared, Node("apart", "Subtract"), Node("y", "Output")]
    wires = ("x > d1", "d1 > d0", "z > twin1", "twin1 > twin", "d0 > apart.a", "twin > apart.b", "apart > y")
    yield "twins", graph_of(nodes, *wires)
