"""A document's training step in eager PyTorch, with tensors as they come and, for images, with channels last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import batches  # beside this file, where it runs
import torch

VERSION = torch.__version__
nn = torch.nn


def prepare(document: dict[str, Any], threads: int) -> dict[str, Callable[[int], float]]:
    """By variant, a function that trains for so many steps and returns the last one's loss."""
    torch.set_num_threads(threads)
    images = len(batches.params(document, "Input")["shape"]) == 3
    return {name: trainer(document, images, name != "torch") for name in ["torch", "torch channels last"][: 1 + images]}


def trainer(document: dict[str, Any], images: bool, channels_last: bool) -> Callable[[int], float]:
    torch.manual_seed(0)
    xs, ys = data(document, images, channels_last)
    forward, model = build(document, xs[0])
    if channels_last:
        model.to(memory_format=torch.channels_last)
    by_type = {"BinaryCrossentropy": nn.BCEWithLogitsLoss, "SparseCategoricalCrossentropy": nn.CrossEntropyLoss}
    loss_of = by_type[document["nodes"][-1]["type"]]()
    optimizer = torch.optim.Adam(model.parameters(), document["training"]["optimizer"]["params"]["learning_rate"])

    def run(count: int) -> float:
        for i in range(count):
            optimizer.zero_grad()
            loss = loss_of(forward(xs[i % len(xs)]), ys[i % len(ys)])
            loss.backward()
            optimizer.step()
        return float(loss)

    return run


def data(document: dict[str, Any], images: bool, channels_last: bool) -> tuple[list[Any], list[Any]]:
    x, y = (torch.from_numpy(array) for array in batches.draw(document))
    if images:
        x = x.permute(0, 1, 4, 2, 3).contiguous()
    kind = torch.channels_last if channels_last else torch.contiguous_format
    binary = document["nodes"][-1]["type"] == "BinaryCrossentropy"
    return [part.contiguous(memory_format=kind) for part in x], list(y.float() if binary else y)


def build(document: dict[str, Any], x: Any) -> tuple[Callable[[Any], Any], Any]:
    """The forward pass as a function, and a module that holds its weights; `x` is a batch, whose shapes tell sizes.

    A value stands in a numbered place, which is used again once its last reader is done, as in a chain of modules.
    """
    model = nn.ModuleList()
    nodes = batches.layers(document)
    left = Counter(source for node in nodes for source in batches.inputs(document, node["id"]))
    places, free, plan = {"x": 0}, [], []
    values = {"x": x}
    for node in nodes:
        sources = batches.inputs(document, node["id"])
        call = LAYERS[node["type"]](model, node.get("params", {}), values[sources[0]])
        values[node["id"]] = call(*[values[s] for s in sources])
        for source in sources:
            left[source] -= 1
        free += [places[s] for s in dict.fromkeys(sources) if not left[s]]
        places[node["id"]] = free.pop() if free else max(places.values()) + 1
        plan.append((call, [places[s] for s in sources], places[node["id"]]))
    result, size = places[batches.prediction(document)], max(places.values()) + 1

    def forward(x: Any) -> Any:
        held = [x] * size
        for call, sources, target in plan:
            held[target] = call(*[held[s] for s in sources])
        return held[result]

    return forward, model


def module(model: Any, made: Any) -> Any:
    """The module, whose weights the model holds from now on."""
    model.append(made)
    return made


def conv2d(model: Any, p: dict[str, Any], x: Any) -> Any:
    """Padding "same" is symmetric here: another border than Keras's with strides, and the same work."""
    size, same = p["kernel_size"], p.get("padding") == "same"
    padding = [n // 2 for n in size] if same else 0
    strides, bias = p.get("strides", 1), p.get("use_bias", True)
    return module(model, nn.Conv2d(x.shape[1], p["filters"], size, strides, padding, bias=bias))


def attention(model: Any, p: dict[str, Any], x: Any) -> Any:
    made = module(model, nn.MultiheadAttention(p["num_heads"] * p["key_dim"], p["num_heads"], batch_first=True))
    return lambda q, v, k: made(q, k, v, need_weights=False)[0]


def lstm(model: Any, p: dict[str, Any], x: Any) -> Any:
    made = module(model, nn.LSTM(x.shape[-1], p["units"], batch_first=True))
    return lambda x: made(x)[0][:, -1]


LAYERS: dict[str, Callable[[Any, dict[str, Any], Any], Any]] = {
    "Dense": lambda model, p, x: module(model, nn.Linear(x.shape[-1], p["units"])),
    "ReLU": lambda model, p, x: nn.ReLU(),
    "GELU": lambda model, p, x: nn.GELU(),
    "Flatten": lambda model, p, x: nn.Flatten(),
    "Add": lambda model, p, x: torch.add,
    "Conv2D": conv2d,
    "MaxPooling2D": lambda model, p, x: nn.MaxPool2d(p["pool_size"]),
    "GlobalAveragePooling2D": lambda model, p, x: lambda x: x.mean((2, 3)),
    "GlobalAveragePooling1D": lambda model, p, x: lambda x: x.mean(1),
    "BatchNormalization": lambda model, p, x: module(
        model, nn.BatchNorm2d(x.shape[1], p["epsilon"], 1 - p["momentum"])
    ),
    "LayerNormalization": lambda model, p, x: module(model, nn.LayerNorm(x.shape[-1], p["epsilon"])),
    "MultiHeadAttention": attention,
    "LSTM": lstm,
}
