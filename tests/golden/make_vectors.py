"""Write the golden vectors beside this file, with PyTorch in float64: `python tests/golden/make_vectors.py`.

Needs torch==2.13.0 and numpy; nothing of NetStudio is imported. Where Keras's definition of an optimizer or of batch
normalisation differs from PyTorch's (the place of epsilon, the biased variance of the moving averages), Keras's
formula is written out below, since it is Keras that NetStudio follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

HERE = Path(__file__).parent
STEPS, BATCH, ROWS = 50, 16, 48
Tensors = dict[str, torch.Tensor]
Losses = Callable[[Tensors, slice], tuple[torch.Tensor, Tensors]]


class Task:
    """Weights, data, and the loss and predictions of a slice of the rows. Training moves what is in `moving`."""

    def __init__(self, weights: Mapping[str, Any], data: Mapping[str, Any], loss: Losses) -> None:
        self.weights = {k: torch.tensor(v, dtype=torch.float64) for k, v in weights.items()}
        self.data = {k: torch.tensor(v) for k, v in data.items()}
        self.loss = loss
        self.trained = [k for k in self.weights if "/moving_" not in k]
        for name in self.trained:
            self.weights[name].requires_grad_()


def glorot(rng: np.random.Generator, *shape: int) -> Any:
    fan = np.prod(shape[:-2], dtype=int) * (shape[-1] + shape[-2])
    return rng.uniform(-1.0, 1.0, shape) * np.sqrt(6.0 / fan)


# ---------------------------------------------------------------------------------------------------- optimizers


def sgd(parameters: list[torch.Tensor]) -> Callable[[int], None]:
    optimizer = torch.optim.SGD(parameters, lr=0.05, momentum=0.9, nesterov=True)
    return lambda step: optimizer.step()


def adam(parameters: list[torch.Tensor]) -> Callable[[int], None]:
    return _adam(torch.optim.Adam(parameters, lr=0.01))


def adamw(parameters: list[torch.Tensor]) -> Callable[[int], None]:
    return _adam(torch.optim.AdamW(parameters, lr=0.01, weight_decay=0.1))


def _adam(optimizer: torch.optim.Optimizer) -> Callable[[int], None]:
    """Keras adds epsilon before the correction of the bias, PyTorch after it: so it is corrected here as well."""

    def step(number: int) -> None:
        for group in optimizer.param_groups:
            group["eps"] = 1e-7 / np.sqrt(1.0 - 0.999**number)
        optimizer.step()

    return step


def adagrad(parameters: list[torch.Tensor]) -> Callable[[int], None]:
    """a += g²; w -= rate · g / sqrt(a + epsilon); PyTorch adds epsilon to the root."""
    totals = [torch.full_like(p, 0.1) for p in parameters]

    def step(number: int) -> None:
        for p, total in zip(parameters, totals, strict=True):
            assert p.grad is not None
            total += p.grad**2
            p.data -= 0.1 * p.grad / torch.sqrt(total + 1e-7)

    return step


def rmsprop(parameters: list[torch.Tensor]) -> Callable[[int], None]:
    """v = rho · v + (1 - rho) · g²; w -= rate · g / sqrt(v + epsilon); PyTorch adds epsilon to the root."""
    sizes = [torch.zeros_like(p) for p in parameters]

    def step(number: int) -> None:
        for p, size in zip(parameters, sizes, strict=True):
            assert p.grad is not None
            size *= 0.9
            size += 0.1 * p.grad**2
            p.data -= 0.01 * p.grad / torch.sqrt(size + 1e-7)

    return step


# ---------------------------------------------------------------------------------------------------- networks


def mlp() -> Task:
    """6 -> 12 tanh -> 7 relu -> 4 classes."""
    rng = np.random.default_rng(1)
    sizes = {"d1": (6, 12), "d2": (12, 7), "out": (7, 4)}
    weights = {f"{n}/kernel": glorot(rng, *s) for n, s in sizes.items()}
    weights |= {f"{n}/bias": rng.normal(size=s[1]) * 0.1 for n, s in sizes.items()}
    data = {"x": rng.normal(size=(ROWS, 6)), "y": rng.integers(0, 4, ROWS)}

    def loss(w: Tensors, rows: slice) -> tuple[torch.Tensor, Tensors]:
        h = torch.tanh(task.data["x"][rows] @ w["d1/kernel"] + w["d1/bias"])
        h = torch.relu(h @ w["d2/kernel"] + w["d2/bias"])
        scores = h @ w["out/kernel"] + w["out/bias"]
        return F.cross_entropy(scores, task.data["y"][rows]), {"out": scores}

    task = Task(weights, data, loss)
    return task


def cnn() -> Task:
    """(7, 6, 2) -> conv 3x3 same, batch normalisation, relu, pool -> conv 2x3 stride (1, 2) -> 3 classes."""
    rng = np.random.default_rng(2)
    weights = {
        "conv1/kernel": glorot(rng, 3, 3, 2, 5),
        "bn/gamma": rng.uniform(0.5, 1.5, 5), "bn/beta": rng.normal(size=5) * 0.1,
        "bn/moving_mean": rng.normal(size=5) * 0.1, "bn/moving_variance": rng.uniform(0.5, 1.5, 5),
        "conv2/kernel": glorot(rng, 2, 3, 5, 4), "conv2/bias": rng.normal(size=4) * 0.1,
        "out/kernel": glorot(rng, 8, 3), "out/bias": rng.normal(size=3) * 0.1,
    }  # fmt: skip
    data = {"x": rng.normal(size=(ROWS, 7, 6, 2)), "y": rng.integers(0, 3, ROWS)}

    def conv(x: torch.Tensor, kernel: torch.Tensor, **how: Any) -> torch.Tensor:
        return F.conv2d(x, kernel.permute(3, 2, 0, 1), **how)

    def normalised(x: torch.Tensor, w: Tensors) -> torch.Tensor:
        """In training (moving averages are moved) unless gradients are off; with Keras's biased variance."""
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        if torch.is_grad_enabled():
            for name, of_batch in (("bn/moving_mean", mean), ("bn/moving_variance", variance)):
                w[name] = w[name] * 0.9 + of_batch.detach() * 0.1
        else:
            mean, variance = w["bn/moving_mean"], w["bn/moving_variance"]
        y = (x - mean[:, None, None]) / torch.sqrt(variance + 1e-3)[:, None, None]
        return y * w["bn/gamma"][:, None, None] + w["bn/beta"][:, None, None]

    def loss(w: Tensors, rows: slice) -> tuple[torch.Tensor, Tensors]:
        x = task.data["x"][rows].permute(0, 3, 1, 2)
        h = torch.relu(normalised(conv(x, w["conv1/kernel"], padding=1), w))
        h = F.max_pool2d(h, 2)  # (3, 3)
        h = torch.relu(conv(F.pad(h, (0, 1)), w["conv2/kernel"], bias=w["conv2/bias"], stride=(1, 2)))  # (2, 1)
        scores = h.permute(0, 2, 3, 1).flatten(1) @ w["out/kernel"] + w["out/bias"]
        return F.cross_entropy(scores, task.data["y"][rows]), {"out": scores}

    task = Task(weights, data, loss)
    return task


def two_heads() -> Task:
    """6 -> 10 tanh (with an L2 penalty) -> 4 classes, and -> 3 numbers; the losses weigh 0.7 and 2."""
    rng = np.random.default_rng(3)
    sizes = {"trunk": (6, 10), "scores": (10, 4), "numbers": (10, 3)}
    weights = {f"{n}/kernel": glorot(rng, *s) for n, s in sizes.items()}
    weights |= {f"{n}/bias": rng.normal(size=s[1]) * 0.1 for n, s in sizes.items()}
    data = {"x": rng.normal(size=(ROWS, 6)), "label": rng.integers(0, 4, ROWS), "goal": rng.normal(size=(ROWS, 3))}

    def loss(w: Tensors, rows: slice) -> tuple[torch.Tensor, Tensors]:
        h = torch.tanh(task.data["x"][rows] @ w["trunk/kernel"] + w["trunk/bias"])
        scores, numbers = h @ w["scores/kernel"] + w["scores/bias"], h @ w["numbers/kernel"] + w["numbers/bias"]
        which = F.cross_entropy(scores, task.data["label"][rows])
        near = F.mse_loss(numbers, task.data["goal"][rows])
        penalty = 0.01 * (w["trunk/kernel"] ** 2).sum()
        return 0.7 * which + 2.0 * near + penalty, {"scores": scores, "numbers": numbers}

    task = Task(weights, data, loss)
    return task


# ---------------------------------------------------------------------------------------------------- vectors


def record(name: str, task: Task, make: Callable[[list[torch.Tensor]], Callable[[int], None]]) -> None:
    """Write `name`.npz: data, first weights, predictions, first gradients, 50 losses, last weights."""
    found = {f"first/{k}": v.detach().numpy().copy() for k, v in task.weights.items()}
    found |= {f"data/{k}": v.numpy() for k, v in task.data.items()}
    with torch.no_grad():
        _, predictions = task.loss(task.weights, slice(None))
    found |= {f"prediction/{k}": v.numpy() for k, v in predictions.items()}
    parameters = [task.weights[k] for k in task.trained]
    step, losses = make(parameters), []
    for number in range(1, STEPS + 1):
        start = (number - 1) * BATCH % ROWS
        for p in parameters:
            p.grad = None
        loss, _ = task.loss(task.weights, slice(start, start + BATCH))
        loss.backward()
        losses.append(float(loss.detach()))
        if number == 1:
            found |= {f"gradient/{k}": task.weights[k].grad.numpy().copy() for k in task.trained}  # type: ignore[union-attr]
        step(number)
    found |= {f"last/{k}": v.detach().numpy() for k, v in task.weights.items()}
    np.savez_compressed(HERE / f"{name}.npz", losses=np.array(losses), **found)  # type: ignore[arg-type]


def main() -> None:
    for optimizer in (sgd, adagrad, rmsprop, adam, adamw):
        record(f"mlp_{optimizer.__name__}", mlp(), optimizer)
    record("cnn", cnn(), sgd)
    record("two_heads", two_heads(), adamw)


if __name__ == "__main__":
    main()
