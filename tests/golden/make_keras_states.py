"""Write `states.npz` beside this file, with Keras in float64, as `make_keras_layers.py` says.

Of each recurrent layer that begins with given states, behind a mask: what it predicts of padded token ids.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import torch
from make_keras_layers import HERE
from make_keras_masks import FEATURES, VOCABULARY
from make_keras_recurrent import built, held, listed, named, weights_of

RNG = np.random.default_rng(53)
TOKENS = np.array([[1, 3, 2, 4], [0, 1, 0, 2], [0, 0, 0, 0]])
ALL: dict[str, Any] = {"return_sequences": True, "return_state": True}

CASES: list[tuple[str, dict[str, Any], int]] = [  # with the number of states
    *(
        (name, {"units": 3, **params}, states)
        for name, states in (("SimpleRNN", 1), ("GRU", 1), ("LSTM", 2))
        for params in ({}, ALL, {**ALL, "go_backwards": True})
    ),
    ("Bidirectional", held("GRU", units=3), 2),
    ("Bidirectional", held("LSTM", units=3, return_sequences=True), 4),
]


def vectors(name: str, params: dict[str, Any], count: int) -> dict[str, Any]:
    embedding = keras.layers.Embedding(VOCABULARY, FEATURES, mask_zero=True)
    layer = built(name, params)
    states = [torch.tensor(RNG.normal(size=(len(TOKENS), 3))) for _ in range(count)]
    given = states[0] if count == 1 else states

    def run() -> Any:
        # Keras 3.15 loses a mask that travels along where there is a second input: it is handed over.
        return layer(embedding(torch.tensor(TOKENS)), initial_state=given, mask=torch.tensor(TOKENS != 0))

    run()
    weights = {"mask/embeddings": embedding.embeddings, **{f"n/{k}": w for k, w in weights_of(layer).items()}}
    for weight in weights.values():
        weight.assign(RNG.uniform(-1.0, 1.0, weight.shape))
    found = {f"weight/{key}": w.numpy().copy() for key, w in weights.items()}
    found |= {f"state/{number}": state.numpy() for number, state in enumerate(states)}
    return {**found, **named("prediction", [y.detach().numpy() for y in listed(run())])}


def main() -> None:
    keras.backend.set_floatx("float64")
    found: dict[str, Any] = {"cases": np.array(json.dumps([case[:2] for case in CASES])), "tokens": TOKENS}
    for number, case in enumerate(CASES):
        found |= {f"{number}/{key}": np.asarray(array) for key, array in vectors(*case).items()}
    np.savez_compressed(HERE / "states.npz", **found)


if __name__ == "__main__":
    main()
