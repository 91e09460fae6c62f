"""Layers as Keras has them. Their names, parameters and weights are the same but for what is said here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from netstudio.constraints import CONSTRAINTS
from netstudio.exports.keras.net import Arrays, Made
from netstudio.graph.declared import Declared, Family
from netstudio.graph.node_type import NodeType
from netstudio.graph.params import Param
from netstudio.initializers import INITIALIZERS
from netstudio.layers.activations import Activation, by_name
from netstudio.layers.bidirectional import Bidirectional
from netstudio.layers.conv_lstm import ConvLSTM
from netstudio.layers.heads import Heads
from netstudio.layers.multi_head_attention import MultiHeadAttention
from netstudio.layers.recurrent import Recurrent
from netstudio.layers.time_distributed import TimeDistributed
from netstudio.regularizers import REGULARIZERS
from netstudio.schedules import SCHEDULES

FAMILIES: Mapping[str, Family[Any]] = {
    "initializers": INITIALIZERS,
    "regularizers": REGULARIZERS,
    "constraints": CONSTRAINTS,
    "optimizers.schedules": SCHEDULES,
}
# The parameters that Keras takes when a layer is called.
OF_CALL = ("use_causal_mask",)


def layer_of(type: NodeType) -> Made | None:
    """The Keras layer that a type is; None where there is none that takes its parameters."""
    if isinstance(type, Activation) and type.keras == "Activation":
        return activation(type)
    if type.keras != type.name:
        return None
    if isinstance(type, (Bidirectional, TimeDistributed)):
        return _holding(type)
    return made(type, "layers")


# By these names Keras 3.15 has functions whose results do not sum to 1, or that need to be told more than their name.
OTHER_THERE = ("sparsemax", "threshold")


def activation(type: Activation) -> Made | None:
    """An activation by its name, where the function of that name does the same."""
    name = type.activation_name
    if name is None or name in OTHER_THERE or by_name(name) != type:
        return None
    return Made("layers", "Activation", {"activation": name}, needed=("activation",))


# Parameters that have a default here and none in Keras.
NEEDED = {"Dot": ("axes",), **{f"{kind}Pooling{n}D": ("pool_size",) for kind in ("Average", "Max") for n in (1, 2, 3)}}


def made(value: Declared, kind: str) -> Made:
    """A declared object in Keras's terms."""
    kept = {key: p for key, p in value.declared.items() if key not in OF_CALL}
    params = {key: CHANGED.get((value.name, key), written)(value.params[key]) for key in kept}
    defaults = frozenset(key for key, p in kept.items() if _is_default(p, value.params[key]))
    needed = tuple(key for key, p in kept.items() if p.required or key in NEEDED.get(value.name, ()))
    return Made(kind, value.name, params, defaults, needed)


def _is_default(param: Param[Any], value: Any) -> bool:
    return not param.required and bool(value == param.checked_default)


def written(value: Any) -> Any:
    """A parameter's value as Keras takes it."""
    if isinstance(value, Declared):  # None where Keras has no such thing
        module = next((m for m, family in FAMILIES.items() if family.members.get(value.name) is type(value)), None)
        return made(value, module) if module is not None and value.name != "OneCycle" else None
    if isinstance(value, (tuple, list)):
        return [written(v) for v in value]
    return value


def _pairs(margins: Any) -> list[list[int]]:
    return [list(margins[n : n + 2]) for n in range(0, len(margins), 2)]


def _sizes(sizes: Any) -> list[int | None] | None:
    return None if sizes is None else [None if n == -1 else n for n in sizes]


CHANGED: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    **{(f"{name}{rank}D", key): _pairs for name, key in (("Cropping", "cropping"), ("ZeroPadding", "padding"))
       for rank in (2, 3)},
    **{(name, "noise_shape"): _sizes for name in ("Dropout", "AlphaDropout")},
}  # fmt: skip


def _holding(type: Bidirectional | TimeDistributed) -> Made | None:
    """A layer that holds others, where Keras has all of them."""
    found = made(type, "layers")
    held = {key: layer_of(value) for key, value in type.params.items() if isinstance(value, NodeType)}
    if None in held.values():
        return None
    return replace(found, params={**found.params, **held})


def weights_of(type: NodeType, weights: Arrays) -> Arrays:
    """The layer's weights by their places in Keras's files, in the order of Keras's `get_weights`."""
    if isinstance(type, (Recurrent, ConvLSTM)):
        return _numbered("cell/", weights)
    if isinstance(type, Bidirectional):
        ways = zip(("forward_layer", "backward_layer"), type.ways)
        return {k: a for name, way in ways for k, a in _held(name, way, weights).items()}
    if isinstance(type, TimeDistributed):
        return _held("layer", type.layer, weights)
    if isinstance(type, Heads):
        return _of_heads(type, weights)
    if type.name == "Normalization":  # Keras counts in whole numbers
        weights = {k: a.astype("int32") if k == "count" else a for k, a in weights.items()}
    return _numbered("", weights)


def _numbered(place: str, weights: Arrays) -> Arrays:
    return {f"{place}vars/{n}": array for n, array in enumerate(weights.values())}


def _held(name: str, held: NodeType, weights: Arrays) -> Arrays:
    own = {k.removeprefix(f"{name}/"): a for k, a in weights.items() if k.startswith(f"{name}/")}
    return {f"{name}/{place}": array for place, array in weights_of(held, own).items()}


def _of_heads(type: Heads, weights: Arrays) -> Arrays:
    hidden = "" if isinstance(type, MultiHeadAttention) else "_"
    places = {
        "query": f"{hidden}query_dense",
        "key": f"{hidden}key_dense",
        "gate": "_gate_dense",
        "value": f"{hidden}value_dense",
        "attention_output": f"{hidden}output_dense",
    }
    return {
        f"{place}/vars/{n}": weights[f"{name}/{key}"]
        for name, place in places.items()
        for n, key in enumerate(("kernel", "bias"))
        if f"{name}/{key}" in weights
    }
