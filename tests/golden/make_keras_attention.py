"""Write `attention.npz` beside this file, with Keras in float64, as `make_keras_layers.py` says.

Of each layer: inputs in the order of its ports (none where nothing is wired in), the masks of those that have one, what
it predicts, a target, and the gradients of the mean squared error by its weights.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import torch
from make_keras_layers import BATCH, HERE

RNG = np.random.default_rng(43)
QUERY, VALUE, KEY = (4, 5), (6, 3), (6, 2)
PORTS = ("query", "value", "key", "attention_mask")
MHA: dict[str, Any] = {"num_heads": 2, "key_dim": 3}
GQA: dict[str, Any] = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
CALL = ("use_causal_mask",)  # parameters here, arguments of the call there

# type, parameters, what is wired in, and which of it has a mask
Case = tuple[str, dict[str, Any], dict[str, tuple[int, ...]], list[str]]
CASES: list[Case] = [
    ("MultiHeadAttention", MHA, {"query": QUERY, "value": VALUE, "key": KEY}, []),
    ("MultiHeadAttention", {**MHA, "use_causal_mask": True}, {"query": QUERY, "value": VALUE}, []),
    ("MultiHeadAttention", {**MHA, "use_causal_mask": True, "sliding_window": 2}, {"query": QUERY, "value": QUERY}, []),
    ("MultiHeadAttention", {**MHA, "use_gate": True, "value_dim": 4}, {"query": QUERY, "value": VALUE}, []),
    ("MultiHeadAttention", MHA, {"query": QUERY, "value": VALUE, "attention_mask": (4, 6)}, []),
    ("MultiHeadAttention", MHA, {"query": QUERY, "value": VALUE}, ["query", "value"]),
    ("MultiHeadAttention", MHA, {"query": QUERY, "value": VALUE, "key": KEY}, ["value", "key"]),
    (
        "MultiHeadAttention",
        {**MHA, "use_causal_mask": True},
        {"query": QUERY, "value": QUERY, "attention_mask": (4, 4)},
        ["query", "value"],
    ),
    ("GroupQueryAttention", GQA, {"query": QUERY, "value": (6, 5), "key": KEY}, []),
    ("GroupQueryAttention", {**GQA, "use_causal_mask": True, "use_gate": True}, {"query": QUERY, "value": QUERY}, []),
    ("GroupQueryAttention", {**GQA, "num_key_value_heads": 1}, {"query": QUERY, "value": QUERY}, ["query", "value"]),
    ("GroupQueryAttention", {**GQA, "sliding_window": 3}, {"query": QUERY, "value": (6, 5)}, []),
    *(
        (name, {**params, **more}, {"query": QUERY, "value": (6, 3), "key": (6, 5)}, masks)
        for name, params in (
            ("Attention", {}),
            ("Attention", {"use_scale": True}),
            ("Attention", {"score_mode": "concat"}),
            ("Attention", {"score_mode": "concat", "use_scale": True}),
            ("AdditiveAttention", {}),
            ("AdditiveAttention", {"use_scale": False}),
        )
        for more, masks in (({}, ["query", "value"]), ({"use_causal_mask": True}, []))
    ),
    ("Attention", {"use_causal_mask": True}, {"query": QUERY, "value": (6, 5)}, ["value"]),
]


def mask_of(port: str, steps: int) -> Any:
    """Of each sample some steps, the first among them, and all of the first sample."""
    lengths = RNG.integers(1, steps + 1, BATCH)
    lengths[0] = steps
    return np.arange(steps) < lengths[:, None]


def vectors(name: str, params: dict[str, Any], shapes: dict[str, tuple[int, ...]], masked: list[str]) -> dict[str, Any]:
    layer = getattr(keras.layers, name)(**{k: v for k, v in params.items() if k not in CALL})
    x = {port: torch.tensor(RNG.normal(size=(BATCH, *shape))) for port, shape in shapes.items()}
    if "attention_mask" in x:
        x["attention_mask"] = torch.tensor(RNG.integers(0, 2, x["attention_mask"].shape))
        x["attention_mask"][..., 0] = 1  # what a step that may look nowhere takes differs between the back ends
    masks = {port: mask_of(port, shapes[port][0]) for port in masked}
    for port, mask in masks.items():
        x[port][~mask] = 0.0  # as a Masking would
    call = {k: v for k, v in params.items() if k in CALL}

    def run(training: bool) -> Any:
        for port, mask in masks.items():
            keras.src.backend.set_keras_mask(x[port], torch.tensor(mask))
        if name in ("Attention", "AdditiveAttention"):
            return layer([x[port] for port in PORTS if port in x], training=training, **call)
        return layer(**x, training=training, **call)

    run(False)
    weights = {path_of(w): w for w in layer.weights}
    for weight in weights.values():
        weight.assign(RNG.uniform(-1.0, 1.0, weight.shape))
    found = {f"input/{port}": value.numpy() for port, value in x.items()}
    found |= {f"mask/{port}": mask for port, mask in masks.items()}
    found |= {f"weight/{key}": w.numpy().copy() for key, w in weights.items()}
    prediction = run(False).detach().numpy()
    target = RNG.normal(size=prediction.shape)
    # The mean over everything: a mask would let the loss leave out what is compared here.
    loss = ((run(True) - torch.tensor(target)) ** 2).mean()
    if weights:
        loss.backward()
    found |= {f"gradient/{key}": w.value.grad.detach().numpy() for key, w in weights.items()}
    return {**found, "prediction": prediction, "target": target}


def path_of(weight: Any) -> str:
    """Below the layer."""
    parts = weight.path.split("/")
    return "/".join(parts[1:])


def main() -> None:
    keras.backend.set_floatx("float64")
    found: dict[str, Any] = {"cases": np.array(json.dumps([case[:2] for case in CASES]))}
    for number, case in enumerate(CASES):
        found |= {f"{number}/{key}": np.asarray(array) for key, array in vectors(*case).items()}
    np.savez_compressed(HERE / "attention.npz", **found)


if __name__ == "__main__":
    main()
