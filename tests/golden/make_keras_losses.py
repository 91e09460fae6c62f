"""Write `losses.npz` beside this file, with Keras in float64.

Run with KERAS_BACKEND=torch. Needs keras==3.15.1, torch==2.13.0 and numpy; nothing of
NetStudio is imported. Of each loss: what it was made with, a prediction, a target, the value and its gradient by the
prediction.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch

HERE = Path(__file__).parent
RNG = np.random.default_rng(21)
SHAPE = (5, 3, 4)
NUMBERS, OTHERS = RNG.normal(size=SHAPE) * 2, RNG.normal(size=SHAPE) * 2
ONE_HOT = np.eye(4)[RNG.integers(0, 4, SHAPE[:-1])]
LABELS = RNG.integers(0, 4, SHAPE[:-1])
YES = RNG.integers(0, 2, SHAPE).astype(float)
SHARES = RNG.dirichlet(np.ones(4), SHAPE[:-1])
SOFT = RNG.dirichlet(np.ones(4), SHAPE[:-1])
CHANCES = RNG.uniform(0.01, 0.99, SHAPE)
POSITIVE, COUNTS = RNG.uniform(0.1, 3.0, SHAPE), RNG.poisson(2.0, SHAPE).astype(float)
VECTORS = RNG.normal(size=(7, 4))
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
KINDS = np.array([0, 1, 2, 0, 1, 2, 0])
READ = np.array([[2, 2, 1], [1, 0, 0], [3, 2, 1], [0, 0, 0], [1, 1, 0]])
SCORES = RNG.normal(size=(5, 6, 4)) * 2

CASES: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("Hinge", {}, NUMBERS, YES * 2 - 1),
    ("Hinge", {}, NUMBERS, YES),
    ("SquaredHinge", {}, NUMBERS, YES),
    ("SquaredHinge", {}, NUMBERS, OTHERS),
    ("CategoricalHinge", {}, NUMBERS, ONE_HOT),
    ("KLDivergence", {}, SHARES, SOFT),
    ("KLDivergence", {}, SHARES, ONE_HOT),
    ("CosineSimilarity", {}, NUMBERS, OTHERS),
    ("CosineSimilarity", {"axis": 1}, NUMBERS, OTHERS),
    ("LogCosh", {}, NUMBERS, OTHERS),
    ("Huber", {"delta": 0.7}, NUMBERS, OTHERS),
    ("MeanSquaredError", {}, NUMBERS, OTHERS),
    ("MeanAbsoluteError", {}, NUMBERS, OTHERS),
    ("Poisson", {}, POSITIVE, COUNTS),
    ("MeanAbsolutePercentageError", {}, NUMBERS, OTHERS),
    ("MeanSquaredLogarithmicError", {}, POSITIVE, COUNTS),
    ("Dice", {}, CHANCES, YES),
    ("Dice", {"axis": [1, 2]}, CHANCES, YES),
    ("Dice", {"axis": [0, 1]}, CHANCES, YES),
    ("Tversky", {"alpha": 0.3, "beta": 0.8}, CHANCES, YES),
    ("Tversky", {"alpha": 0.6, "beta": 0.1, "axis": [2]}, CHANCES, YES),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, CHANCES, YES),
    ("BinaryCrossentropy", {"from_logits": True}, NUMBERS, YES),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, SHARES, ONE_HOT),
    ("CategoricalCrossentropy", {"from_logits": True}, NUMBERS, SOFT),
    ("SparseCategoricalCrossentropy", {}, SHARES, LABELS),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, NUMBERS, LABELS),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 2}, NUMBERS, LABELS),
    ("BinaryFocalCrossentropy", {}, CHANCES, YES),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.3, "label_smoothing": 0.1}, NUMBERS, YES),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.6, "gamma": 0.5}, CHANCES, YES),
    ("CategoricalFocalCrossentropy", {}, SHARES, ONE_HOT),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 0.7, "alpha": 0.9}, NUMBERS, ONE_HOT),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4], "label_smoothing": 0.1}, SHARES, ONE_HOT),
    ("Circle", {}, VECTORS, KINDS),
    ("Circle", {"gamma": 5.0, "margin": 0.2, "remove_diagonal": False}, VECTORS, KINDS),
    ("CTC", {}, SCORES, READ),
    ("CategoricalGeneralizedCrossEntropy", {}, SHARES[:, 0], LABELS[:, 0]),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, SHARES[:, 1], LABELS[:, 1]),
]


def main() -> None:
    keras.backend.set_floatx("float64")
    found: dict[str, Any] = {"cases": np.array(json.dumps([case[:2] for case in CASES]))}
    for number, (name, params, pred, target) in enumerate(CASES):
        made = getattr(keras.losses, name)(**params)
        given = torch.tensor(pred, requires_grad=True)
        value = made(torch.tensor(target), given)
        value.backward()
        assert given.grad is not None
        arrays = {"pred": pred, "target": target, "value": value.item(), "gradient": given.grad.numpy()}
        found |= {f"{number}/{key}": np.asarray(array) for key, array in arrays.items()}
    np.savez_compressed(HERE / "losses.npz", **found)


if __name__ == "__main__":
    main()
