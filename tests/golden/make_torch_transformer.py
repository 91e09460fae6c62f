"""Write `transformer_blocks.npz` beside this file, with PyTorch in float64.

Needs torch==2.13.0 and numpy; nothing of NetStudio is imported. Of each block: its parameters, inputs, which steps
count, its weights in the names and layouts of KerasHub, what it predicts, a target, and the gradients of the mean
squared error.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
RNG = np.random.default_rng(47)
BATCH, STEPS, OTHER, FEATURES = 3, 5, 4, 6
WIDE: dict[str, Any] = {"intermediate_dim": 7, "num_heads": 2}
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0]], bool)

CASES: list[tuple[str, dict[str, Any]]] = [
    ("TransformerEncoder", WIDE),
    ("TransformerEncoder", {**WIDE, "normalize_first": True, "activation": "gelu"}),
    ("TransformerEncoder", {**WIDE, "layer_norm_epsilon": 0.1, "num_heads": 3}),
    ("TransformerDecoder", WIDE),
    ("TransformerDecoder", {**WIDE, "normalize_first": True}),
]


def built(name: str, params: dict[str, Any]) -> Any:
    kind = nn.TransformerEncoderLayer if name == "TransformerEncoder" else nn.TransformerDecoderLayer
    return kind(
        FEATURES,
        params["num_heads"],
        params["intermediate_dim"],
        dropout=0.0,
        activation=params.get("activation", "relu"),
        layer_norm_eps=params.get("layer_norm_epsilon", 1e-5),
        norm_first=params.get("normalize_first", False),
        batch_first=True,
        dtype=torch.float64,
    )


def in_our_names(block: Any, heads: int, array: Any) -> dict[str, Any]:
    """The weights (or their gradients, as `array` picks) in Keras's names and layouts."""
    found = {}
    attentions = {"self_attention": block.self_attn, "cross_attention": getattr(block, "multihead_attn", None)}
    for name, attention in attentions.items():
        if attention is None:
            continue
        kernels = array(attention.in_proj_weight).reshape(3, FEATURES, FEATURES)
        biases = array(attention.in_proj_bias).reshape(3, heads, FEATURES // heads)
        for part, kernel, bias in zip(("query", "key", "value"), kernels, biases, strict=True):
            found[f"{name}_layer/{part}/kernel"] = kernel.T.reshape(FEATURES, heads, FEATURES // heads)
            found[f"{name}_layer/{part}/bias"] = bias
        out = array(attention.out_proj.weight).T
        found[f"{name}_layer/attention_output/kernel"] = out.reshape(heads, FEATURES // heads, FEATURES)
        found[f"{name}_layer/attention_output/bias"] = array(attention.out_proj.bias)
    norms = ["self_attention", "cross_attention", "feedforward"] if attentions["cross_attention"] else None
    for number, name in enumerate(norms or ["self_attention", "feedforward"], start=1):
        norm = getattr(block, f"norm{number}")
        found[f"{name}_layer_norm/gamma"], found[f"{name}_layer_norm/beta"] = array(norm.weight), array(norm.bias)
    for name, dense in (("intermediate", block.linear1), ("output", block.linear2)):
        found[f"feedforward_{name}_dense/kernel"] = array(dense.weight).T
        found[f"feedforward_{name}_dense/bias"] = array(dense.bias)
    return found


def vectors(name: str, params: dict[str, Any]) -> dict[str, Any]:
    block = built(name, params)
    with torch.no_grad():
        for weight in block.parameters():
            weight.copy_(torch.tensor(RNG.uniform(-1.0, 1.0, weight.shape)))
    x = torch.tensor(RNG.normal(size=(BATCH, STEPS, FEATURES)))
    found: dict[str, Any] = {"input/in": x.numpy()}
    if name == "TransformerEncoder":
        found["mask"] = MASK
        y = block(x, src_key_padding_mask=torch.tensor(~MASK))
    else:
        memory = torch.tensor(RNG.normal(size=(BATCH, OTHER, FEATURES)))
        found["input/encoder_sequence"] = memory.numpy()
        y = block(x, memory, tgt_mask=nn.Transformer.generate_square_subsequent_mask(STEPS, dtype=x.dtype))
    target = torch.tensor(RNG.normal(size=y.shape))
    counted = torch.tensor(found.get("mask", np.ones((BATCH, STEPS), bool)))
    ((y - target)[counted] ** 2).mean().backward()
    heads = params["num_heads"]
    weights = in_our_names(block, heads, lambda w: w.detach().numpy())
    gradients = in_our_names(block, heads, lambda w: w.grad.numpy())
    found |= {f"weight/{key}": value for key, value in weights.items()}
    found |= {f"gradient/{key}": value for key, value in gradients.items()}
    return {**found, "prediction": y.detach().numpy(), "target": target.numpy()}


def main() -> None:
    found: dict[str, Any] = {"cases": np.array(json.dumps(CASES))}
    for number, case in enumerate(CASES):
        found |= {f"{number}/{key}": np.asarray(array) for key, array in vectors(*case).items()}
    np.savez_compressed(HERE / "transformer_blocks.npz", **found)


if __name__ == "__main__":
    main()
