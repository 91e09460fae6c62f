"""The workloads, as graph documents: what is timed here is what the same document trains as anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netstudio.catalogue import CATALOGUE
from netstudio.errors import ParamError, suggestion
from netstudio.graph import Graph, Node, Wire

SPACING = 200.0  # between nodes that stand side by side


class _Sketch:
    """A document under way: each node is wired to what it reads as it is added."""

    def __init__(self, name: str, batch: int) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []
        self._name, self._batch = name, batch

    def add(self, id: str, type: str, *inputs: str, ports: Sequence[str] = (), **params: Any) -> str:
        """A node that reads the nodes `inputs` at `ports`, or all at "in"; its id."""
        self.nodes[id] = Node(id, type, params, (SPACING * len(self.nodes), 0.0))
        for source, port in zip(inputs, ports or ["in"] * len(inputs), strict=True):
            self.wires.append(Wire.parse(f"{source}.out", f"{id}.{port}"))
        return id

    def finish(self, prediction: str, classes: int) -> Graph:
        """The document that trains `prediction` by Adam: class numbers for several classes, 0 or 1 for one."""
        if classes == 1:
            self.add("target", "Target", shape=[1])
            loss = "BinaryCrossentropy"
        else:
            self.add("target", "Target", shape=[], dtype="int")
            loss = "SparseCategoricalCrossentropy"
        self.add("loss", loss, prediction, "target", ports=("pred", "target"), from_logits=True)
        training = {
            "optimizer": {"type": "Adam", "params": {"learning_rate": 0.001}},
            "batch_size": self._batch,
            "epochs": 1,
            "seed": 0,
        }
        return Graph(self._name, self.nodes, tuple(self.wires), training=training)


def _mlp(name: str, batch: int, sizes: Sequence[int]) -> Graph:
    """Dense layers with ReLU between them."""
    d = _Sketch(name, batch)
    x = d.add("x", "Input", shape=[sizes[0]])
    for i, units in enumerate(sizes[1:]):
        x = d.add(f"dense{i}", "Dense", x, units=units)
        if i < len(sizes) - 2:
            x = d.add(f"relu{i}", "ReLU", x)
    return d.finish(x, sizes[-1])


def _cnn(name: str, batch: int) -> Graph:
    """Two convolutions, each with ReLU and max pooling, on images of 28 by 28."""
    d = _Sketch(name, batch)
    x = d.add("x", "Input", shape=[28, 28, 1])
    for i, filters in enumerate((32, 64)):
        x = d.add(f"conv{i}", "Conv2D", x, filters=filters, kernel_size=[3, 3])
        x = d.add(f"relu{i}", "ReLU", x)
        x = d.add(f"pool{i}", "MaxPooling2D", x, pool_size=[2, 2])
    x = d.add("flat", "Flatten", x)
    return d.finish(d.add("dense", "Dense", x, units=10), 10)


def _conv_bn(d: _Sketch, id: str, x: str, filters: int, stride: int = 1, size: int = 3) -> str:
    shape: dict[str, Any] = {"filters": filters, "kernel_size": [size, size], "strides": [stride, stride]}
    x = d.add(f"{id}_conv", "Conv2D", x, **shape, padding="same", use_bias=False)
    return d.add(f"{id}_bn", "BatchNormalization", x, momentum=0.9, epsilon=1e-5)


def _resnet(name: str, batch: int) -> Graph:
    """Three residual blocks of 16, 32 and 64 channels on images of 32 by 32."""
    d = _Sketch(name, batch)
    x = d.add("x", "Input", shape=[32, 32, 3])
    x = d.add("stem_relu", "ReLU", _conv_bn(d, "stem", x, 16))
    for i, filters in enumerate((16, 32, 64)):
        stride = 1 if i == 0 else 2
        y = d.add(f"b{i}_relu1", "ReLU", _conv_bn(d, f"b{i}_1", x, filters, stride))
        y = _conv_bn(d, f"b{i}_2", y, filters)
        skip = x if i == 0 else _conv_bn(d, f"b{i}_skip", x, filters, stride, 1)
        x = d.add(f"b{i}_relu2", "ReLU", d.add(f"b{i}_add", "Add", y, skip))
    x = d.add("pool", "GlobalAveragePooling2D", x)
    return d.finish(d.add("dense", "Dense", x, units=10), 10)


def _lstm(name: str, batch: int) -> Graph:
    """128 units over 28 steps."""
    d = _Sketch(name, batch)
    x = d.add("lstm", "LSTM", d.add("x", "Input", shape=[28, 28]), units=128)
    return d.finish(d.add("dense", "Dense", x, units=10), 10)


def _attention(name: str, batch: int) -> Graph:
    """One transformer block of width 64 with four heads, over 28 steps."""
    d = _Sketch(name, batch)
    x = d.add("embed", "Dense", d.add("x", "Input", shape=[28, 28]), units=64)
    q = d.add("norm1", "LayerNormalization", x, epsilon=1e-5)
    ports = ("query", "value", "key")
    a = d.add("attn", "MultiHeadAttention", q, q, q, ports=ports, num_heads=4, key_dim=16)
    x = d.add("add1", "Add", x, a)
    y = d.add("norm2", "LayerNormalization", x, epsilon=1e-5)
    y = d.add("gelu", "GELU", d.add("ff1", "Dense", y, units=256))
    x = d.add("add2", "Add", x, d.add("ff2", "Dense", y, units=64))
    x = d.add("mean", "GlobalAveragePooling1D", x)
    return d.finish(d.add("dense", "Dense", x, units=10), 10)


WORKLOADS: Mapping[str, Callable[[str], Graph]] = {
    "mlp_tabular": lambda name: _mlp(name, 32, (10, 64, 32, 1)),
    "mlp_mnist": lambda name: _mlp(name, 32, (784, 64, 64, 10)),
    "mlp_mnist_b128": lambda name: _mlp(name, 128, (784, 64, 64, 10)),
    "mlp_wide": lambda name: _mlp(name, 128, (784, 512, 512, 10)),
    "cnn": lambda name: _cnn(name, 32),
    "cnn_b128": lambda name: _cnn(name, 128),
    "resnet": lambda name: _resnet(name, 64),
    "lstm": lambda name: _lstm(name, 64),
    "attention": lambda name: _attention(name, 64),
}


def workload(name: str) -> Graph:
    """The workload's document. ParamError where there is none of that name."""
    if name not in WORKLOADS:
        raise ParamError(
            f"there is no workload {name!r}{suggestion(name, WORKLOADS)}; expected one of {', '.join(WORKLOADS)}"
        )
    return WORKLOADS[name](name)


def missing_types(graph: Graph) -> list[str]:
    """The node types that the document uses and the catalogue lacks."""
    known = {node_type.name for node_type in CATALOGUE}
    return sorted({node.type for node in graph.nodes.values()} - known)
