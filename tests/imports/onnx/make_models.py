"""Makes the files in models/: what PyTorch exports, with inputs and what it predicts, as arrays of our layout.

    python make_models.py            needs torch, onnx and onnxscript
    python make_models.py sklearn    needs scikit-learn and skl2onnx

Inputs and outputs are stored channels last and samples first, whatever the file has.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "models"
ROWS = 3


def save(name, model, inputs, outputs):
    """The file without what exporters note about their own sources, and the arrays."""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    del model.graph.value_info[:]
    del model.metadata_props[:]
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())
    arrays = {f"in_{k}": v for k, v in inputs.items()} | {f"out_{k}": v for k, v in outputs.items()}
    np.savez_compressed(HERE / f"{name}.npz", **arrays)


def channels_last(array):
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


def samples_first(array):
    return np.ascontiguousarray(np.swapaxes(array, 0, 1))


def same(array):
    return array


def torch_models():
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Reader(nn.Module):
        """A recurrent layer and a dense one on its last step, its last state or the mean of all steps."""

        def __init__(self, kind=nn.LSTM, shows="step", layers=1, both=False, batch_first=True):
            super().__init__()
            self.reader = kind(5, 6, layers, batch_first=batch_first, bidirectional=both)
            self.fc = nn.Linear(12 if both else 6, 3)
            self.shows, self.both, self.batch_first = shows, both, batch_first

        def forward(self, x):
            out, state = self.reader(x)
            if self.shows == "state":
                state = state[0] if isinstance(state, tuple) else state
                out = torch.cat([state[-2], state[-1]], 1) if self.both else state[-1]
            elif self.shows == "step":
                out = out[:, -1] if self.batch_first else out[-1]
            elif self.shows == "mean":
                out = out.mean(1)
            return self.fc(out)

    class Block(nn.Module):
        def __init__(self, channels, filters, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(filters)
            self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(filters)
            shortcut = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))
            self.down = shortcut if stride > 1 else nn.Identity()

        def forward(self, x):
            y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
            return torch.relu(y + self.down(x))

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.bn = nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8)
            self.pool, self.layer1 = nn.MaxPool2d(3, 2, 1), nn.Sequential(Block(8, 8, 1), Block(8, 12, 2))
            self.avg, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(12, 5)

        def forward(self, x):
            x = self.layer1(self.pool(torch.relu(self.bn(self.stem(x)))))
            return self.fc(torch.flatten(self.avg(x), 1))

    class Squeeze(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.a, self.b = nn.Conv2d(channels, 2, 1), nn.Conv2d(2, channels, 1)

        def forward(self, x):
            return x * torch.sigmoid(self.b(F.silu(self.a(x.mean((2, 3), keepdim=True)))))

    class Mobile(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish(),
                nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU6(),
                nn.Conv2d(8, 12, 1), nn.BatchNorm2d(12), Squeeze(12), nn.AdaptiveAvgPool2d(1),
            )  # fmt: skip
            self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(12, 4))

        def forward(self, x):
            return self.head(self.features(x))

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

        def forward(self, x):
            rows, steps, _ = x.shape
            q, k, v = self.qkv(x).reshape(rows, steps, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
            looks = torch.softmax(q @ k.transpose(-2, -1) / 2.0, -1)
            return self.out((looks @ v).transpose(1, 2).reshape(rows, steps, 8))

    class VisionTransformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = nn.Conv2d(3, 8, 4, 4)
            self.first, self.places = nn.Parameter(torch.randn(1, 1, 8)), nn.Parameter(torch.randn(1, 10, 8))
            self.norm, self.attention = nn.LayerNorm(8), Attention()
            self.mlp = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
            self.head = nn.Linear(8, 4)

        def forward(self, x):
            x = self.patches(x).flatten(2).transpose(1, 2)
            x = torch.cat([self.first.expand(x.shape[0], -1, -1), x], 1) + self.places
            x = x + self.attention(self.norm(x))
            return self.head((x + self.mlp(x))[:, 0])

    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.fc = nn.Embedding(20, 8), nn.Linear(8, 3)
            self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

        def forward(self, x):
            return torch.softmax(self.fc(self.encoder(self.words(x)).mean(1)), -1)

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)
            self.up, self.c = nn.ConvTranspose2d(6, 4, 2, 2), nn.Conv2d(8, 2, 1)

        def forward(self, x):
            a = torch.relu(self.a(x))
            b = torch.relu(self.b(F.max_pool2d(a, 2)))
            return torch.sigmoid(self.c(torch.cat([self.up(b), a], 1)))

    class Siamese(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(6, 5), nn.ReLU())

        def forward(self, a, b):
            return (self.encoder(a) - self.encoder(b)).abs()

    class TwoHeads(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.kind, self.size = nn.Linear(6, 5), nn.Linear(5, 3), nn.Linear(5, 1)

        def forward(self, x):
            h = torch.tanh(self.body(x))
            return torch.softmax(self.kind(h), 1), self.size(h)

    class Groups(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.group = nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8)
            self.instance, self.slope, self.fc = nn.InstanceNorm2d(8, affine=True), nn.PReLU(8), nn.Linear(128, 2)

        def forward(self, x):
            x = self.slope(self.instance(self.group(self.conv(x))))
            return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 4), 1))

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(5, 6 * 4 * 4)
            self.up = nn.Sequential(
                nn.ConvTranspose2d(6, 4, 4, 2, 1), nn.BatchNorm2d(4), nn.LeakyReLU(0.1),
                nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=1), nn.Tanh(),
            )  # fmt: skip

        def forward(self, z):
            return self.up(self.fc(z).view(-1, 6, 4, 4))

    class Sequence(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv1d(4, 6, 3, padding=1), nn.BatchNorm1d(6)
            self.deep, self.pool, self.fc = nn.Conv1d(6, 6, 3, dilation=2, groups=6), nn.MaxPool1d(2), nn.Linear(48, 3)

        def forward(self, x):
            x = self.pool(self.deep(torch.relu(self.norm(self.conv(x)))))
            return F.log_softmax(self.fc(x.flatten(1)), 1)

    class Volume(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.pool, self.fc = nn.Conv3d(2, 4, 3, padding=1), nn.MaxPool3d(2), nn.Linear(4, 1)

        def forward(self, x):
            return torch.sigmoid(self.fc(self.pool(torch.relu(self.conv(x))).mean((2, 3, 4))))

    class Shuffle(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.pixels, self.last = nn.Conv2d(8, 8, 1, groups=2), nn.PixelShuffle(2), nn.Conv2d(2, 3, 1)

        def forward(self, x):
            x = self.conv(x)
            n, c, h, w = x.shape
            return self.last(self.pixels(x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)))

    class Mlp(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Flatten(), nn.Linear(72, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 4)
            )

        def forward(self, x):
            return self.net((x - 0.13) / 0.3)

    class Cnn(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 8, 3, stride=2, padding=1)
            self.fc1, self.fc2 = nn.Linear(8 * 3 * 4, 16), nn.Linear(16, 10)

        def forward(self, x):
            x = torch.relu(self.conv2(F.max_pool2d(torch.relu(self.conv1(x)), 2)))
            return torch.softmax(self.fc2(torch.relu(self.fc1(x.view(x.size(0), -1)))), 1)

    def numbers(*shape):
        return lambda: [torch.randn(*shape)]

    image, sequence = (channels_last, channels_last), (same, same)
    table = {
        "mlp": (Mlp(), numbers(ROWS, 1, 8, 9), (channels_last, same)),
        "cnn": (Cnn(), numbers(ROWS, 1, 14, 16), (channels_last, same)),
        "resnet": (ResNet(), numbers(ROWS, 3, 32, 36), (channels_last, same)),
        "mobile": (Mobile(), numbers(ROWS, 3, 16, 20), (channels_last, same)),
        "vision_transformer": (VisionTransformer(), numbers(ROWS, 3, 12, 12), (channels_last, same)),
        "text": (Text(), lambda: [torch.randint(0, 20, (ROWS, 7))], sequence),
        "unet": (UNet(), numbers(ROWS, 3, 8, 12), image),
        "siamese": (Siamese(), lambda: [torch.randn(ROWS, 6), torch.randn(ROWS, 6)], sequence),
        "two_heads": (TwoHeads(), numbers(ROWS, 6), sequence),
        "groups": (Groups(), numbers(ROWS, 3, 10, 10), (channels_last, same)),
        "decoder": (Decoder(), numbers(ROWS, 5), (same, channels_last)),
        "sequence": (Sequence(), numbers(ROWS, 4, 20), (channels_last, same)),
        "volume": (Volume(), numbers(ROWS, 2, 4, 6, 4), (channels_last, same)),
        "shuffle": (Shuffle(), numbers(ROWS, 8, 4, 6), image),
        "lstm": (Reader(), numbers(ROWS, 7, 5), sequence),
        "lstm_state": (Reader(shows="state"), numbers(ROWS, 7, 5), sequence),
        "lstm_all": (Reader(shows="all", layers=2), numbers(ROWS, 7, 5), sequence),
        "bidirectional": (Reader(shows="mean", layers=2, both=True), numbers(ROWS, 7, 5), sequence),
        "bidirectional_state": (Reader(shows="state", both=True), numbers(ROWS, 7, 5), sequence),
        "gru_steps_first": (Reader(nn.GRU, batch_first=False), numbers(7, ROWS, 5), (samples_first, same)),
        "simple_rnn": (Reader(nn.RNN, shows="state"), numbers(ROWS, 7, 5), sequence),
    }
    torch.manual_seed(0)
    for name, (model, draw, (lay_in, lay_out)) in table.items():
        model.eval()
        for layer in model.modules():
            if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
                layer.running_mean.normal_()
                layer.running_var.uniform_(0.5, 2)
        one_row = name in ("text", "cnn", "vision_transformer")
        for kind in ("script", "dynamo", *(["one_row"] if one_row else [])):
            export(torch, f"{name}_{kind}", model, draw(), lay_in, lay_out, kind)


def export(torch, name, model, inputs, lay_in, lay_out, kind):
    import onnx

    axis = 1 if lay_in is samples_first else 0
    with torch.no_grad():
        made = model(*inputs)
    made = made if isinstance(made, tuple) else (made,)
    names = ["x"] if len(inputs) == 1 else [f"x{n}" for n in range(len(inputs))]
    outputs = ["output"] if len(made) == 1 else [f"output{n}" for n in range(len(made))]
    options = {"dynamo": kind == "dynamo"}
    if kind == "dynamo":
        options |= {"dynamic_shapes": tuple({axis: torch.export.Dim("rows")} for _ in names), "external_data": False}
    else:
        options |= {"opset_version": 17}
    if kind == "script":
        options["dynamic_axes"] = {n: {axis: "rows"} for n in names} | {n: {0: "rows"} for n in outputs}
    path = HERE / f"{name}.onnx"
    samples = tuple(x[:1] for x in inputs) if kind == "one_row" else tuple(inputs)
    torch.onnx.export(model, samples, path, input_names=names, output_names=outputs, verbose=False, **options)
    arrays = {n: lay_in(x.numpy()) for n, x in zip(names, inputs)}
    save(name, onnx.load(path), arrays, {n: lay_out(y.numpy()) for n, y in zip(outputs, made)})


def sklearn_models():
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)).astype(np.float32)
    label = np.array(["ant", "bee", "cat"])[(x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)]
    small = {"hidden_layer_sizes": (5, 4), "max_iter": 30, "random_state": 0}
    for name, model, y in (
        ("sklearn_classes", make_pipeline(StandardScaler(), MLPClassifier(**small)), label),
        ("sklearn_yes_no", MLPClassifier(activation="tanh", **small), x[:, 0] > 0),
        ("sklearn_numbers", MLPRegressor(activation="logistic", **small), x[:, 0] * 2),
    ):
        model.fit(x, y)
        found = model.predict_proba(x[:ROWS]) if hasattr(model, "predict_proba") else model.predict(x[:ROWS])[:, None]
        save(name, to_onnx(model, x[:1]), {"X": x[:ROWS]}, {"all": found.astype(np.float32)})


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    HERE.mkdir(exist_ok=True)
    {"sklearn": sklearn_models}.get(sys.argv[-1], torch_models)()
