"""Write `torch_losses.npz` beside this file, with PyTorch in float64: what Keras does not have.

Needs torch==2.13.0 and numpy; nothing of NetStudio is imported. Of each loss: what it was made with, what went in, the
value and its gradient by what went in.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).parent
RNG = np.random.default_rng(31)
TRIPLET = RNG.normal(size=(3, 6, 5))
CASES: list[dict[str, Any]] = [
    {},
    {"margin": 0.3, "swap": True},
    {"p": 1, "margin": 2.0},
    {"p": 1, "swap": True, "eps": 1e-3},
]
SCORES = [RNG.normal(size=shape) * 2 for shape in ((5, 6, 4), (3, 1, 3), (4, 9, 5))]
READ = [
    np.array([[2, 2, 1], [1, 0, 0], [3, 2, 1], [0, 0, 0], [1, 1, 0]]),
    np.array([[1], [2], [0]]),
    np.array([[1, 2, 3, 4], [4, 4, 4, 4], [2, 1, 2, 0], [3, 0, 0, 0]]),
]


def main() -> None:
    found: dict[str, Any] = {"cases": np.array(json.dumps(CASES)), "triplet": TRIPLET}
    for number, params in enumerate(CASES):
        given = torch.tensor(TRIPLET, requires_grad=True)
        value = torch.nn.TripletMarginLoss(**params)(*given)
        value.backward()
        found.update({f"triplet/{number}/value": value.item(), f"triplet/{number}/gradient": given.grad.numpy()})
    for number, (scores, labels) in enumerate(zip(SCORES, READ)):
        given = torch.tensor(scores, requires_grad=True)
        lengths = torch.tensor((labels != 0).sum(1))
        value = torch.nn.functional.ctc_loss(
            given.log_softmax(-1).transpose(0, 1), torch.tensor(labels), torch.full((len(scores),), scores.shape[1]),
            lengths, reduction="none",
        ).mean()  # fmt: skip
        value.backward()
        made = {"pred": scores, "target": labels, "value": value.item(), "gradient": given.grad.numpy()}
        found.update({f"ctc/{number}/{key}": array for key, array in made.items()})
    np.savez_compressed(HERE / "torch_losses.npz", **found)


if __name__ == "__main__":
    main()
