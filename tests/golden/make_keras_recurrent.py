"""Write `recurrent.npz` beside this file, with Keras in float64, as `make_keras_layers.py` says.

Weights stand under their names without those of the cells; those of a layer that is held under the attribute that holds
it. A layer with several outputs has a prediction and a target for each, and its loss is the sum of theirs.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import torch
from make_keras_layers import BATCH, HERE, Case

RNG = np.random.default_rng(37)
STEPS = (6, 4)
ALL: dict[str, Any] = {"return_sequences": True}
STATE: dict[str, Any] = {"return_state": True}
OTHER: dict[str, Any] = {"activation": "relu", "recurrent_activation": "hard_sigmoid"}


def held(name: str, **params: Any) -> dict[str, Any]:
    return {"layer": {"type": name, "params": params}}


CASES: list[Case] = [
    *(
        (name, {"units": 3, **params}, [STEPS])
        for name in ("SimpleRNN", "GRU", "LSTM")
        for params in ({}, {"use_bias": False, **ALL}, {"go_backwards": True, **ALL, **STATE}, STATE)
    ),
    *((name, {"units": 3, **ALL, **STATE}, [(1, 4)]) for name in ("SimpleRNN", "GRU", "LSTM")),
    ("SimpleRNN", {"units": 5, "activation": "relu"}, [STEPS]),
    ("LSTM", {"units": 5, **OTHER, **ALL}, [STEPS]),
    ("GRU", {"units": 5, **OTHER, **ALL}, [STEPS]),
    ("GRU", {"units": 5, **OTHER, "reset_after": False, **STATE}, [STEPS]),
    ("GRU", {"units": 3, "reset_after": False, "use_bias": False}, [STEPS]),
    ("GRU", {"units": 3, "reset_after": False}, [(1, 4)]),
    *(
        ("Bidirectional", {"merge_mode": mode, **held("GRU", units=3, **params)}, [STEPS])
        for mode in ("concat", "sum", "mul", "ave", None)
        for params in ({}, ALL, {**ALL, **STATE})
    ),
    ("Bidirectional", held("LSTM", units=3), [STEPS]),
    ("Bidirectional", held("LSTM", units=3, **ALL, **STATE), [STEPS]),
    ("Bidirectional", held("SimpleRNN", units=3, **ALL), [(1, 4)]),
    (
        "Bidirectional",
        {
            **held("LSTM", units=3, **ALL),
            "backward_layer": {"type": "GRU", "params": {"units": 3, "go_backwards": True, **ALL}},
        },
        [STEPS],
    ),
    ("TimeDistributed", held("Dense", units=3, activation="tanh"), [STEPS]),
    ("TimeDistributed", held("Conv2D", filters=3, kernel_size=2), [(3, 4, 5, 2)]),
    ("TimeDistributed", held("LSTM", units=3), [(2, 5, 4)]),
    ("TimeDistributed", held("BatchNormalization", momentum=0.7), [STEPS]),
    ("TimeDistributed", held("Dense", units=3), [(1, 4)]),
    ("ConvLSTM1D", {"filters": 2, "kernel_size": 3, **STATE}, [(3, 5, 4)]),
    ("ConvLSTM1D", {"filters": 2, "kernel_size": 2, "padding": "same", "go_backwards": True, **ALL}, [(3, 5, 4)]),
    ("ConvLSTM2D", {"filters": 2, "kernel_size": [3, 2], "strides": [1, 2], **ALL, **STATE}, [(3, 4, 5, 2)]),
    ("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, **OTHER, "use_bias": False}, [(2, 4, 5, 2)]),
]


def built(name: str, params: dict[str, Any]) -> Any:
    """The layer, and those it holds."""
    parts = {k: built(v["type"], v["params"]) if isinstance(v, dict) else v for k, v in params.items()}
    return getattr(keras.layers, name)(**parts)


def weights_of(layer: Any) -> dict[str, Any]:
    """The weights by name, those of a held layer below the attribute that holds it."""
    if isinstance(layer, keras.layers.Bidirectional):
        inside = {"forward_layer": layer.forward_layer, "backward_layer": layer.backward_layer}
    elif isinstance(layer, keras.layers.TimeDistributed):
        inside = {"layer": layer.layer}
    else:
        return {w.path.split("/")[-1]: w for w in layer.weights}
    return {f"{at}/{key}": w for at, part in inside.items() for key, w in weights_of(part).items()}


def listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def named(group: str, arrays: list[Any]) -> dict[str, Any]:
    return {group: arrays[0]} if len(arrays) == 1 else {f"{group}/{i}": a for i, a in enumerate(arrays)}


def vectors(name: str, params: dict[str, Any], shapes: list[tuple[int, ...]]) -> dict[str, Any]:
    layer = built(name, params)
    x = torch.tensor(RNG.normal(size=(BATCH, *shapes[0])))
    layer(x)
    weights = weights_of(layer)
    for key, weight in weights.items():
        weight.assign(RNG.uniform(0.5 if "variance" in key else -1.0, 1.0, weight.shape))
    found = {"input/0": x.numpy(), **{f"weight/{key}": w.numpy().copy() for key, w in weights.items()}}
    predictions = [y.detach().numpy() for y in listed(layer(x, training=False))]
    targets = [RNG.normal(size=y.shape) for y in predictions]
    shown = listed(layer(x, training=True))
    sum(((y - torch.tensor(t)) ** 2).mean() for y, t in zip(shown, targets, strict=True)).backward()
    for key, weight in weights.items():
        kind, value = ("gradient", weight.value.grad) if weight.trainable else ("moved", weight.value)
        found[f"{kind}/{key}"] = np.zeros(weight.shape) if value is None else value.detach().numpy()
    return {**found, **named("prediction", predictions), **named("target", targets)}


def main() -> None:
    keras.backend.set_floatx("float64")
    found: dict[str, Any] = {"cases": np.array(json.dumps([case[:2] for case in CASES]))}
    for number, case in enumerate(CASES):
        found |= {f"{number}/{key}": np.asarray(array) for key, array in vectors(*case).items()}
    np.savez_compressed(HERE / "recurrent.npz", **found)


if __name__ == "__main__":
    main()
