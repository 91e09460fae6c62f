"""Write `schedules.npz` beside this file: learning rates of Keras's schedules, and of PyTorch's one cycle.

Run with KERAS_BACKEND=torch. Needs keras==3.15.1, torch==2.13.0 and numpy; nothing of NetStudio is imported.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch

STEPS = 45
CASES: list[tuple[str, dict[str, Any]]] = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "end_learning_rate": 0.01}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "power": 2.5, "cycle": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 11, 30], "values": [1.0, 0.5, 0.25, 0.05]}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "alpha": 0.1}),
    ("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 20, "warmup_target": 0.2, "warmup_steps": 8}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6, "t_mul": 1.0, "m_mul": 0.7}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 4, "t_mul": 1.5, "alpha": 0.2}),
    ("OneCycle", {"max_learning_rate": 0.3, "total_steps": STEPS}),
    ("OneCycle", {"max_learning_rate": 0.3, "total_steps": STEPS, "pct_start": 0.5, "anneal_strategy": "linear",
                  "div_factor": 10.0, "final_div_factor": 100.0}),
]  # fmt: skip


def one_cycle(params: dict[str, Any]) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    own = {**params, "max_lr": params["max_learning_rate"]}
    del own["max_learning_rate"]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, cycle_momentum=False, **own)
    rates = []
    for _ in range(STEPS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if len(rates) < STEPS:
            schedule.step()
    return rates


def main() -> None:
    keras.backend.set_floatx("float64")
    found: dict[str, Any] = {"cases": np.array(json.dumps(CASES))}
    for number, (name, params) in enumerate(CASES):
        if name == "OneCycle":
            found[str(number)] = np.array(one_cycle(params))
            continue
        schedule = getattr(keras.optimizers.schedules, name)(**params)
        found[str(number)] = np.array([float(schedule(float(step))) for step in range(STEPS)])
    np.savez_compressed(Path(__file__).parent / "schedules.npz", **found)


if __name__ == "__main__":
    main()
