"""What PyTorch makes of the same graphs on the same samples: python -m tests.journeys.make_peers, with PyTorch 2.13

Writes peers.json: for each journey the figure of the validation samples after the last epoch, for five seeds of
the split, the first weights and the order. Weights begin as NetStudio's and Keras's do.
"""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from netstudio.data.prepare import PreparedData, prepare
from netstudio.files.documents import graph_from_json
from tests.journeys.journeys import JOURNEYS, Journey

SEEDS = 5
BATCH = 32


class ChannelsLast(nn.Module):
    """A PyTorch layer that wants channels first, between tensors that have them last."""

    def __init__(self, layer: nn.Module, relu: bool = False) -> None:
        super().__init__()
        self.layer, self.relu = layer, relu

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layer(x.movedim(-1, 1)).movedim(1, -1)
        return torch.relu(y) if self.relu else y


class GlobalMax(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax(dim=1)


class LastOfLSTM(nn.Module):
    def __init__(self, features: int, units: int) -> None:
        super().__init__()
        self.cell = nn.LSTM(features, units, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        last: torch.Tensor = self.cell(x)[0][:, -1]
        return last


def model_of(journey: Journey) -> nn.Sequential:
    """The journey's layers in PyTorch."""
    made: list[nn.Module] = []
    shape = journey.shape
    for kind, params in (*journey.layers, ("Dense", {"units": journey.classes or 1})):
        layer, shape = _layer(kind, params, shape)
        made += [layer, nn.ReLU()] if kind == "Dense" and params.get("activation") == "relu" else [layer]
    model = nn.Sequential(*made)
    for name, weight in model.named_parameters():
        _begin(name, weight)
    return model


def _layer(kind: str, params: dict[str, Any], shape: tuple[int, ...]) -> tuple[nn.Module, tuple[int, ...]]:
    relu = params.get("activation") == "relu"
    if kind == "Dense":
        return nn.Linear(shape[-1], params["units"]), (*shape[:-1], params["units"])
    if kind == "Conv2D":
        conv = nn.Conv2d(shape[-1], params["filters"], params["kernel_size"], padding="same")
        return ChannelsLast(conv, relu), (*shape[:-1], params["filters"])
    if kind == "MaxPooling2D":
        return ChannelsLast(nn.MaxPool2d(2)), (shape[0] // 2, shape[1] // 2, shape[2])
    if kind == "Conv1D":
        conv1 = nn.Conv1d(shape[-1], params["filters"], params["kernel_size"], padding="same")
        return ChannelsLast(conv1, relu), (*shape[:-1], params["filters"])
    if kind == "Embedding":
        return nn.Embedding(params["input_dim"], params["output_dim"]), (*shape, params["output_dim"])
    if kind == "GlobalMaxPooling1D":
        return GlobalMax(), shape[-1:]
    if kind == "LSTM":
        return LastOfLSTM(shape[-1], params["units"]), (params["units"],)
    assert kind == "Flatten", kind
    return nn.Flatten(), (math.prod(shape),)


def _begin(name: str, weight: nn.Parameter) -> None:
    with torch.no_grad():
        if "bias" in name:
            weight.zero_()
            if "cell" in name and "bias_ih" in name:  # Keras's unit_forget_bias
                weight[len(weight) // 4 : len(weight) // 2] = 1.0
        elif "weight_hh" in name:
            for gate in weight.chunk(4):
                nn.init.orthogonal_(gate)
        elif weight.ndim == 2 and "embedding" in name:
            nn.init.uniform_(weight, -0.05, 0.05)
        else:
            nn.init.xavier_uniform_(weight)


def figure(journey: Journey, data: PreparedData, seed: int) -> float:
    """The figure after the last epoch."""
    torch.manual_seed(seed)
    model = model_of(journey)
    for layer in model:
        if isinstance(layer, nn.Embedding):
            nn.init.uniform_(layer.weight, -0.05, 0.05)
    kind = torch.long if journey.dtype == "int" else torch.float32
    x, x_val = (torch.tensor(np.asarray(part["x"]), dtype=kind) for part in (data.x, data.x_val))
    is_class = journey.classes is not None
    y, y_val = (torch.tensor(np.asarray(part["y"])) for part in (data.y, data.y_val))
    loss = nn.CrossEntropyLoss() if is_class else nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), journey.learning_rate, eps=1e-7)
    for _epoch in range(journey.epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows].long() if is_class else y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        told = model(x_val)
    right = (told.argmax(1) == y_val).float() if is_class else (told - y_val).abs()
    return float(right.mean())


def main() -> None:
    torch.set_num_threads(1)
    found = {}
    for journey in JOURNEYS:
        with tempfile.TemporaryDirectory() as folder:
            source = journey.make(Path(folder))
            splits = [prepare(graph_from_json(journey.graph(seed)), source=str(source)) for seed in range(SEEDS)]
            found[journey.name] = [round(figure(journey, data, seed), 4) for seed, data in enumerate(splits)]
            print(journey.name, journey.figure, found[journey.name], flush=True)
    text = json.dumps(found, indent=2)
    Path(__file__).with_name("peers.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
