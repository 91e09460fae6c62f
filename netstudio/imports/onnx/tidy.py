"""What can be said more simply once the whole graph is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netstudio.graph import Endpoint, Node, Wire
from netstudio.imports.onnx.build import Builder

READERS = ("LSTM", "GRU", "SimpleRNN")


def tidied(builder: Builder, kept: Sequence[Endpoint]) -> None:
    """Let a layer give its last step where nothing but that step of all is read; `kept` outputs stay as they are.

    One that another node borrows stays as it is: both give the same.
    """
    for node in list(builder.nodes.values()):
        gives_all = node.params.get("return_sequences") and not node.params.get("return_state")
        if node.type in READERS and gives_all and not builder.is_shared(node.id):
            _give_last(builder, node, kept)


def _give_last(builder: Builder, node: Node, kept: Sequence[Endpoint]) -> None:
    """LSTM, Slice of the last step, Flatten: the LSTM alone."""
    part = _only_reader(builder, node.id, "Slice", kept)
    flat = _only_reader(builder, part.id, "Flatten", kept) if part else None
    if part is None or flat is None:
        return
    steps = builder.specs[Endpoint(node.id, "out")].shape[0]
    taken = range(steps)[part.params.get("start") : part.params.get("stop") : part.params.get("step", 1)]
    if part.params.get("axis") != 1 or list(taken) != [0 if node.params.get("go_backwards") else steps - 1]:
        return
    params = {key: value for key, value in node.params.items() if key != "return_sequences"}
    builder.nodes[node.id] = replace(node, params=params)
    ends = {node.id, part.id}
    own = Endpoint(node.id, "out")
    builder.wires[:] = [
        Wire(own, w.target) if w.source.node == flat.id else w for w in builder.wires if w.source.node not in ends
    ]
    del builder.nodes[part.id], builder.nodes[flat.id]


def _only_reader(builder: Builder, id: str, type: str, kept: Sequence[Endpoint]) -> Node | None:
    """The node of that type that alone reads what node `id` gives."""
    readers = [w.target.node for w in builder.wires if w.source.node == id]
    if len(readers) != 1 or any(end.node == id for end in kept):
        return None
    found = builder.nodes[readers[0]]
    return found if found.type == type else None
