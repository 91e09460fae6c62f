"""Write the golden vectors of the sequence layers, with PyTorch: `python tests/golden/make_sequence_vectors.py`.

The layers are PyTorch's own: torch.nn.LSTM (whose gates stand in Keras's order), scaled_dot_product_attention,
layer_norm and gelu. Weights are in NetStudio's layouts.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from make_vectors import ROWS, Task, Tensors, adam, glorot, record


def lstm(x: torch.Tensor, w: Tensors, name: str) -> torch.Tensor:
    """All hidden states of x (batch, steps, features)."""
    kernel, recurrent, bias = (w[f"{name}/{part}"] for part in ("kernel", "recurrent_kernel", "bias"))
    given = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T, "bias_ih_l0": bias, "bias_hh_l0": 0.0 * bias}
    module = torch.nn.LSTM(kernel.shape[0], recurrent.shape[0], batch_first=True, dtype=torch.float64)
    states, _ = torch.func.functional_call(module, given, (x,))
    assert isinstance(states, torch.Tensor)
    return states


def stacked_lstm() -> Task:
    """(7, 5) -> LSTM of 6 that reads backwards, all states -> LSTM of 4 -> 3 classes."""
    rng = np.random.default_rng(4)
    weights = {"out/kernel": glorot(rng, 4, 3), "out/bias": rng.normal(size=3) * 0.1}
    for name, features, units in (("first", 5, 6), ("second", 6, 4)):
        weights[f"{name}/kernel"] = glorot(rng, features, 4 * units)
        weights[f"{name}/recurrent_kernel"] = glorot(rng, units, 4 * units)
        weights[f"{name}/bias"] = rng.normal(size=4 * units) * 0.5
    data = {"x": rng.normal(size=(ROWS, 7, 5)), "y": rng.integers(0, 3, ROWS)}

    def loss(w: Tensors, rows: slice) -> tuple[torch.Tensor, Tensors]:
        h = lstm(task.data["x"][rows].flip(1), w, "first")
        scores = lstm(h, w, "second")[:, -1] @ w["out/kernel"] + w["out/bias"]
        return F.cross_entropy(scores, task.data["y"][rows]), {"out": scores}

    task = Task(weights, data, loss)
    return task


def transformer() -> Task:
    """(6, 5) -> 8 -> a block of causal attention (2 heads of 3, values of 4) and of 12 GELU -> mean -> 3 classes.

    The attention has no biases: that of the keys has the gradient 0, and Adam would make steps of its rounding errors.
    """
    rng = np.random.default_rng(5)
    kernels = {
        "embed": (5, 8), "attn/query": (8, 2, 3), "attn/key": (8, 2, 3), "attn/value": (8, 2, 4),
        "attn/attention_output": (2, 4, 8), "ff1": (8, 12), "ff2": (12, 8), "out": (8, 3),
    }  # fmt: skip
    weights = {f"{n}/kernel": glorot(rng, *s) * (2.0 if "attn" in n else 1.0) for n, s in kernels.items()}
    weights |= {f"{n}/bias": rng.normal(size=s[-1:]) * 0.1 for n, s in kernels.items() if "attn" not in n}
    for name in ("norm1", "norm2"):
        weights |= {f"{name}/gamma": rng.uniform(0.5, 1.5, 8), f"{name}/beta": rng.normal(size=8) * 0.1}
    data = {"x": rng.normal(size=(ROWS, 6, 5)), "y": rng.integers(0, 3, ROWS)}

    def dense(x: torch.Tensor, w: Tensors, name: str) -> torch.Tensor:
        return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]

    def norm(x: torch.Tensor, w: Tensors, name: str) -> torch.Tensor:
        return F.layer_norm(x, (8,), w[f"{name}/gamma"], w[f"{name}/beta"], 1e-3)

    def heads(x: torch.Tensor, w: Tensors, name: str) -> torch.Tensor:
        return torch.tensordot(x, w[f"attn/{name}/kernel"], 1).transpose(1, 2)

    def loss(w: Tensors, rows: slice) -> tuple[torch.Tensor, Tensors]:
        x = dense(task.data["x"][rows], w, "embed")
        q, k, v = (heads(norm(x, w, "norm1"), w, name) for name in ("query", "key", "value"))
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
        x = x + torch.tensordot(seen, w["attn/attention_output/kernel"], 2)
        x = x + dense(F.gelu(dense(norm(x, w, "norm2"), w, "ff1")), w, "ff2")
        scores = dense(x.mean(1), w, "out")
        return F.cross_entropy(scores, task.data["y"][rows]), {"out": scores}

    task = Task(weights, data, loss)
    return task


def main() -> None:
    record("stacked_lstm", stacked_lstm(), adam)
    record("transformer", transformer(), adam)


if __name__ == "__main__":
    main()
