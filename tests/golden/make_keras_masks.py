"""Write `masks.npz` beside this file, with Keras in float64, as `make_keras_layers.py` says.

Of each layer behind a mask: what it predicts of padded token ids, the loss of that against a target, and the gradients
of the loss by every weight in training mode. The loss is Keras's own, so that it counts what Keras counts.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import torch
from make_keras_layers import HERE
from make_keras_recurrent import built, held, weights_of

RNG = np.random.default_rng(41)
TOKENS = np.array([[1, 3, 2, 4, 1], [2, 1, 0, 0, 0], [0, 3, 0, 1, 0], [4, 0, 0, 0, 3]])
VOCABULARY, FEATURES = 5, 3
ALL: dict[str, Any] = {"return_sequences": True}

CASES: list[tuple[str, dict[str, Any]]] = [
    *(
        (name, {"units": 3, **params})
        for name in ("SimpleRNN", "GRU", "LSTM")
        for params in (
            {},
            ALL,
            {"go_backwards": True},
            {**ALL, "go_backwards": True},
            {**ALL, "zero_output_for_mask": True},
            {"zero_output_for_mask": True},
        )
    ),
    ("GRU", {"units": 3, "reset_after": False, **ALL}),
    *(("Bidirectional", {"merge_mode": mode, **held("LSTM", units=3, **ALL)}) for mode in ("concat", "mul")),
    ("Bidirectional", held("GRU", units=3)),
    ("TimeDistributed", held("Dense", units=3, activation="tanh")),
    ("BatchNormalization", {"momentum": 0.7}),
    ("LayerNormalization", {}),
    ("Dense", {"units": 2, "activation": "softmax"}),
    ("Dense", {"units": 1}),
    ("Tanh", {}),
]


def vectors(name: str, params: dict[str, Any]) -> dict[str, Any]:
    embedding = keras.layers.Embedding(VOCABULARY, FEATURES, mask_zero=True)
    layer = keras.layers.Activation("tanh") if name == "Tanh" else built(name, params)
    layer(embedding(torch.tensor(TOKENS)))
    weights = {"mask/embeddings": embedding.embeddings, **{f"n/{k}": w for k, w in weights_of(layer).items()}}
    for key, weight in weights.items():
        weight.assign(RNG.uniform(0.5 if "variance" in key else -1.0, 1.0, weight.shape))
    found = {f"weight/{key}": w.numpy().copy() for key, w in weights.items()}
    prediction = layer(embedding(torch.tensor(TOKENS)), training=False)
    target = RNG.normal(size=tuple(prediction.shape))
    shown = layer(embedding(torch.tensor(TOKENS)), training=True)
    loss = keras.losses.MeanSquaredError()(torch.tensor(target), shown)
    loss.backward()
    metric = keras.metrics.MeanAbsoluteError()
    # Keras 3.15 reads the mask of what it is handed.
    metric.update_state(torch.tensor(target), prediction)
    found["judged/loss"] = keras.losses.MeanSquaredError()(torch.tensor(target), prediction).detach().numpy()
    found["judged/mae"] = metric.result().detach().numpy()
    for key, weight in weights.items():
        if weight.trainable:
            found[f"gradient/{key}"] = weight.value.grad.detach().numpy()
        else:
            found[f"moved/{key}"] = weight.numpy()
    return {**found, "prediction": prediction.detach().numpy(), "target": target}


def main() -> None:
    keras.backend.set_floatx("float64")
    found: dict[str, Any] = {"cases": np.array(json.dumps(CASES)), "tokens": TOKENS}
    for number, case in enumerate(CASES):
        found |= {f"{number}/{key}": np.asarray(array) for key, array in vectors(*case).items()}
    np.savez_compressed(HERE / "masks.npz", **found)


if __name__ == "__main__":
    main()
