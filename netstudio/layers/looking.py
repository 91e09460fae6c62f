"""What attention layers share: who may look at whom, and how the looks are shared out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.params import Bool, Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.dropout import dropout_mask
from netstudio.layers.sequence import require_sequence, step_mask
from netstudio.ops import Ops, Value

HIDDEN = -1e9  # in place of what may not be looked at: its share is exp of that, 0
SOURCES = (
    Port("query", "The steps that look."),
    Port("value", "What they take from the steps they look at."),
    Port("key", "What they know those steps by; the values, where nothing is wired in.", optional=True),
)
ATTENTION_MASK = Port(
    "attention_mask",
    "Which step (row) may look at which (column): 0 where it may not. Masks of the inputs count by themselves.",
    optional=True,
)


class Looking(Layer, abstract=True):
    """The base of attention."""

    category = "attention"
    icon = "attention"
    uses_mask = True
    own_first = True

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return (inputs[0].masked,)


def causal_param() -> Bool:
    return Bool(False, doc="Let each step look at no later ones.")


def sliding_window_param() -> Int:
    return Int(None, minimum=1, doc="Let each step look only at those fewer than so many steps away.")


def check_sources(query: TensorSpec, value: TensorSpec, key: TensorSpec | None) -> None:
    """ShapeError unless all are sequences, and there is a key for each value."""
    for port, x in (("query", query), ("value", value), ("key", key)):
        if x is not None:
            require_sequence(x, port)
    if key is not None and key.shape[0] != value.shape[0]:
        raise ShapeError(
            f"key has {key.shape[0]} steps (shape {key.shape}) and value {value.shape[0]} (shape {value.shape}); "
            "expected a key for each value",
            port="key",
        )


def check_attention_mask(mask: TensorSpec | None, query: TensorSpec, value: TensorSpec) -> None:
    """ShapeError unless the mask has a row for each step of the query, and in it a number for each of the value."""
    expected = (query.shape[0], value.shape[0])
    if mask is not None and mask.shape != expected:
        raise ShapeError(
            f"attention_mask has the shape {mask.shape}; expected {expected}: a row for each step of the query, and in "
            "it a number for each step of the value",
            port="attention_mask",
        )


def visible(queries: int, keys: int, causal: bool, window: int | None) -> NDArray[Any] | None:
    """Who may look at whom by their places, (queries, keys) of 1 and 0; None where all may."""
    away = np.arange(queries)[:, None] - np.arange(keys)
    may = np.ones(away.shape)
    if causal:
        may[away < 0] = 0.0
    if window is not None:
        may[abs(away) >= window] = 0.0
    return None if may.all() else may


def seen_masks(ops: Ops, inputs: Sequence[int]) -> Value | None:
    """Which steps of the query (input 0) and of those it looks at (the others) count, (batch, queries, keys)."""
    found: Value | None = None
    for number in inputs:
        mask = step_mask(ops, number)
        if mask is not None:
            batch, steps = mask.shape
            mask = ops.reshape(mask, (batch, 1, steps) if number else (batch, steps, 1))
            found = mask if found is None else found * mask
    return found


def shares(ops: Ops, scores: Value, may: NDArray[Any] | None, mask: Value | None, dropout: float) -> Value:
    """How much of each key each query takes: scores (batch, heads..., queries, keys) to numbers that sum to 1.

    `may` (queries, keys) and `mask` (batch, queries or 1, keys or 1) are 0 where a query may not look; one that may
    look nowhere takes as much of every key, as in Keras.
    """
    if mask is not None:
        mask = ops.reshape(mask, (mask.shape[0], *(1,) * (scores.ndim - 3), *mask.shape[1:]))
        scores = ops.where(mask if may is None else mask * ops.constant(may), scores, HIDDEN)
    elif may is not None and may.any(1).all():
        scores = scores + ops.constant(np.where(may, 0.0, HIDDEN))  # cheaper, where no softmax is of hidden ones alone
    elif may is not None:
        scores = ops.where(ops.constant(may), scores, HIDDEN)
    looks = ops.softmax(scores)
    kept = dropout_mask(ops, dropout, looks.shape)
    return looks if kept is None else looks * kept
