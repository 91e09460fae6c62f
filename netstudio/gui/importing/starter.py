"""A first network for some data: small, sound, and meant to be changed. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netstudio.graph import Endpoint
from netstudio.graph.edits import STEP, AddNode, Connect, Edit

SMALLEST_IMAGE = 6  # pixels along a side that a pooling may still halve
FILTERS = (32, 64, 128)
LARGEST_MAP = 64  # pixels that are still flattened; of more, the mean of each channel is taken
HIDDEN = 64
SHORTEST_SERIES = 4  # steps for which an LSTM is worth its while
BELOW = 120.0  # pixels from one row of nodes to the next
UPDATES = 3000  # of the weights, about, in a first run
STOP_EARLY = {"type": "EarlyStopping", "params": {"patience": 10, "restore_best_weights": True}}


@dataclass(frozen=True)
class Feed:
    """What an Input takes: a field of the data, the shape of its samples, and how many ids there are of integers."""

    field: str
    shape: tuple[int, ...]
    ids: int | None = None


@dataclass(frozen=True)
class Goal:
    """What is predicted: one of so many classes, or numbers of a shape. `name` is what people call it."""

    field: str
    classes: int | None = None
    shape: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Start:
    """The edits that make the network, what it binds, and the settings that suit it."""

    edits: tuple[Edit, ...]
    bind: Mapping[str, str]
    training: Mapping[str, Any]
    told: str


class _Builder:
    """Nodes in a row, each wired to the one before."""

    def __init__(self) -> None:
        self.edits: list[Edit] = []
        self.told: list[str] = []
        self._taken: set[str] = set()

    def add(self, type: str, name: str, params: Mapping[str, Any], at: tuple[int, float]) -> str:
        """A node in that column and row; its id."""
        id, number = name, 1
        while id in self._taken:
            number += 1
            id = f"{name}{number}"
        self._taken.add(id)
        self.edits.append(AddNode(type, params, (at[0] * STEP, at[1] * BELOW), id))
        return id

    def wire(self, source: str, target: str, port: str = "in") -> None:
        self.edits.append(Connect(Endpoint(source, "out"), Endpoint(target, port)))


@dataclass
class _Branch:
    """What one Input's data go through, until one row of numbers is left."""

    builder: _Builder
    row: float
    end: str = ""
    column: int = 0
    path: list[str] = field(default_factory=list)

    def then(self, type: str, name: str, params: Mapping[str, Any] | None = None) -> None:
        node = self.builder.add(type, name, params or {}, (self.column, self.row))
        if self.end:
            self.builder.wire(self.end, node)
            size = (params or {}).get("units", (params or {}).get("filters"))
            self.path.append(type if size is None else f"{type} {size}")
        self.end, self.column = node, self.column + 1


def start(feeds: Sequence[Feed], goal: Goal, rows: int, validated: bool = False) -> Start:
    """A network that takes `feeds` and predicts `goal`, for about so many training rows.

    Where samples validate, the run ends when they are told no better, and the best weights are kept.
    """
    builder, bind = _Builder(), {}
    branches = []
    for row, feed in enumerate(feeds):
        branch = _Branch(builder, float(row))
        branch.then("Input", _name(feed.field), _input(feed))
        bind[branch.end] = feed.field
        _reduce(branch, feed)
        branches.append(branch)
    trunk = branches[0] if len(branches) == 1 else _joined(builder, branches)
    if not trunk.path[-1:] or not trunk.path[-1].startswith("Dense"):
        trunk.then("Dense", "hidden", {"units": HIDDEN, "activation": "relu"})
    target = _answered(trunk, goal)
    bind[target] = goal.field
    return Start(tuple(builder.edits), bind, _training(goal, rows, validated), " → ".join(trunk.path))


def _reduce(branch: _Branch, feed: Feed) -> None:
    """From one sample of a feed to one row of numbers."""
    shape = feed.shape
    if feed.ids is not None:
        branch.then("Embedding", "embedding", _embedding(feed))
        if len(shape) == 1:
            branch.then("GlobalAveragePooling1D", "average")
        elif shape:
            branch.then("Flatten", "flatten")
    elif len(shape) == 3:
        _convolve(branch, shape)
    elif len(shape) == 2 and shape[0] >= SHORTEST_SERIES:
        branch.then("LSTM", "lstm", {"units": HIDDEN})
    elif len(shape) == 1:
        for name in ("hidden1", "hidden2"):
            branch.then("Dense", name, {"units": HIDDEN, "activation": "relu"})
    else:
        branch.then("Flatten" if shape else "Reshape", "flatten", {} if shape else {"target_shape": [1]})


def _convolve(branch: _Branch, shape: tuple[int, ...]) -> None:
    """Convolutions and poolings until few pixels are left."""
    height, width, _ = shape
    small = {"kernel_size": [3, 3], "padding": "same", "activation": "relu"}
    for filters in FILTERS:
        branch.then("Conv2D", "conv", {"filters": filters, **small})
        if min(height, width) < SMALLEST_IMAGE:
            break
        branch.then("MaxPooling2D", "pool", {"pool_size": [2, 2]})
        height, width = height // 2, width // 2
    branch.then("Flatten" if height * width <= LARGEST_MAP else "GlobalAveragePooling2D", "flatten")
    branch.then("Dropout", "dropout", {"rate": 0.3})


def _joined(builder: _Builder, branches: Sequence[_Branch]) -> _Branch:
    """The branches side by side, as one."""
    trunk = _Branch(builder, 0.0, "", max(b.column for b in branches))
    trunk.then("Concatenate", "join")
    for branch in branches:
        builder.wire(branch.end, trunk.end)
    trunk.path = ["Concatenate of " + " and ".join(b.path[0] if b.path else b.end for b in branches)]
    return trunk


def _answered(trunk: _Branch, goal: Goal) -> str:
    """The last layer, the Target and the loss; the Target's id."""
    size = 1
    for length in goal.shape:
        size *= length
    trunk.then("Dense", "scores" if goal.classes else "estimate", {"units": goal.classes or size})
    shape = [] if goal.classes else [size]
    params = {"shape": shape, "dtype": "int"} if goal.classes else {"shape": shape}
    builder, at = trunk.builder, (trunk.column - 1, trunk.row + 1)
    target = builder.add("Target", _name(goal.name or goal.field), params, at)
    kind = "SparseCategoricalCrossentropy" if goal.classes else "MeanSquaredError"
    loss = builder.add(kind, "loss", {"from_logits": True} if goal.classes else {}, (trunk.column, trunk.row))
    builder.wire(trunk.end, loss, "pred")
    builder.wire(target, loss, "target")
    return target


def _training(goal: Goal, rows: int, validated: bool) -> dict[str, Any]:
    """Enough epochs that a small set is learnt, and no more than a large one needs."""
    batch = 16 if rows < 1000 else 32 if rows < 50_000 else 128
    epochs = max(3, min(60, round(UPDATES * batch / max(rows, 1))))
    rate = {"type": "Adam", "params": {"learning_rate": 0.003}} if rows < 10_000 else "Adam"
    metrics = ["accuracy"] if goal.classes else ["MeanAbsoluteError"]
    settings = {"batch_size": batch, "epochs": epochs, "optimizer": rate, "metrics": metrics}
    return {**settings, "callbacks": [STOP_EARLY]} if validated else settings


def _embedding(feed: Feed) -> dict[str, Any]:
    """A vector for each id; the padding of texts, 0, counts for nothing."""
    return {"input_dim": feed.ids} | ({"output_dim": 32, "mask_zero": True} if feed.shape else {"output_dim": 8})


def _input(feed: Feed) -> dict[str, Any]:
    return {"shape": list(feed.shape)} | ({"dtype": "int"} if feed.ids is not None else {})


def _name(text: str) -> str:
    """An id that a node may have, made of a field's name."""
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in text).strip("_").lower()
    return kept if kept[:1].isalpha() else f"field_{kept}".rstrip("_")
