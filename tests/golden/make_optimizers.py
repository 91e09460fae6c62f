"""Write `optimizers.npz` beside this file: 50 steps of each of Keras's optimizers, in float64.

Run with KERAS_BACKEND=torch. Needs keras==3.15.1, torch==2.13.0 and numpy; nothing of NetStudio is imported. The
network is 6 -> 12 tanh -> 4 classes, the batches of 16 are taken from 48 rows in turn.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
import torch.nn.functional as F

STEPS, BATCH, ROWS = 50, 16, 48
COSINE = {"type": "CosineDecay", "params": {"initial_learning_rate": 0.05, "decay_steps": 40, "alpha": 0.1}}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"learning_rate": COSINE, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "clipnorm": 0.2}),
    ("SGD", {"learning_rate": 0.1, "clipvalue": 0.02}),
    ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.3}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.5, "centered": True}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adam", {"learning_rate": 0.01, "amsgrad": True, "beta_2": 0.9}),
    ("Adam", {"learning_rate": 0.01, "gradient_accumulation_steps": 3, "clipnorm": 0.5}),
    ("Adam", {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9}),
    ("Adam", {"learning_rate": 0.02, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 7}),
    ("Adam", {"learning_rate": COSINE, "use_ema": True, "ema_overwrite_frequency": 4,
              "gradient_accumulation_steps": 2}),
    ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}),
    ("Adadelta", {"learning_rate": 5.0}),
    ("Adadelta", {"learning_rate": 2.0, "rho": 0.8, "epsilon": 1e-4}),
    ("Adamax", {"learning_rate": 0.02}),
    ("Nadam", {"learning_rate": 0.01}),
    ("Ftrl", {"learning_rate": 0.2}),
    ("Ftrl", {"learning_rate": 0.2, "learning_rate_power": -0.3, "l1_regularization_strength": 0.01,
              "l2_regularization_strength": 0.01, "l2_shrinkage_regularization_strength": 0.02, "beta": 0.1}),
    ("Lion", {"learning_rate": 0.003, "weight_decay": 0.1}),
    ("Lamb", {"learning_rate": 0.02, "weight_decay": 0.01}),
    ("Adafactor", {"learning_rate": 0.05}),
    ("Adafactor", {"learning_rate": 0.3, "beta_2_decay": -0.5, "clip_threshold": 0.5, "relative_step": False}),
    ("Muon", {"learning_rate": 0.02}),
    ("Muon", {"learning_rate": 0.02, "nesterov": False, "ns_steps": 3, "rms_rate": 0.4, "adam_lr_ratio": 0.5,
              "weight_decay": 0.05, "adam_weight_decay": 0.02}),
]  # fmt: skip


def start() -> tuple[dict[str, Any], Any, Any]:
    """Weights, rows and classes."""
    rng = np.random.default_rng(1)
    weights = {
        "d/kernel": rng.normal(size=(6, 12)) * 0.3, "d/bias": rng.normal(size=12) * 0.1,
        "out/kernel": rng.normal(size=(12, 4)) * 0.3, "out/bias": rng.normal(size=4) * 0.1,
    }  # fmt: skip
    return weights, rng.normal(size=(ROWS, 6)), rng.integers(0, 4, ROWS)


def made(name: str, params: dict[str, Any]) -> Any:
    own = dict(params)
    if isinstance(own["learning_rate"], dict):
        form = own["learning_rate"]
        own["learning_rate"] = getattr(keras.optimizers.schedules, form["type"])(**form["params"])
    return getattr(keras.optimizers, name)(**own)


def run(name: str, params: dict[str, Any]) -> tuple[list[float], dict[str, Any]]:
    """The losses before each step, and the weights at the end (their average, where one is kept)."""
    weights, x, y = start()
    variables = {k: keras.Variable(v, dtype="float64", name=k.replace("/", "_")) for k, v in weights.items()}
    optimizer, losses = made(name, params), []
    optimizer.build(list(variables.values()))
    for number in range(STEPS):
        rows = slice(number * BATCH % ROWS, number * BATCH % ROWS + BATCH)
        w = {k: v.value.detach().clone().requires_grad_() for k, v in variables.items()}
        h = torch.tanh(torch.tensor(x[rows]) @ w["d/kernel"] + w["d/bias"])
        loss = F.cross_entropy(h @ w["out/kernel"] + w["out/bias"], torch.tensor(y[rows]))
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            optimizer.apply([v.grad for v in w.values()], list(variables.values()))
    optimizer.finalize_variable_values(list(variables.values()))
    return losses, {k: v.value.detach().numpy() for k, v in variables.items()}


def main() -> None:
    keras.backend.set_floatx("float64")
    weights, x, y = start()
    found: dict[str, Any] = {"cases": np.array(json.dumps(CASES)), "x": x, "y": y}
    found |= {f"first/{k}": v for k, v in weights.items()}
    for number, (name, params) in enumerate(CASES):
        losses, last = run(name, params)
        found[f"{number}/losses"] = np.array(losses)
        found |= {f"{number}/last/{k}": v for k, v in last.items()}
    np.savez_compressed(Path(__file__).parent / "optimizers.npz", **found)


if __name__ == "__main__":
    main()
