"""Activations: as functions, by the name that a layer takes them by, and as nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netstudio.exports.torch.made import Made, Site, arguments

# In `a`; the features lie along `axis`. What is missing here is spelled out.
FUNCTIONS: Mapping[str, str] = {
    "linear": "a", "relu": "F.relu(a)", "leaky_relu": "F.leaky_relu(a, 0.2)", "elu": "F.elu(a)", "gelu": "F.gelu(a)",
    "sigmoid": "torch.sigmoid(a)", "tanh": "torch.tanh(a)", "softmax": "F.softmax(a, axis)", "silu": "F.silu(a)",
    "selu": "F.selu(a)", "celu": "F.celu(a)", "mish": "F.mish(a)", "relu6": "F.relu6(a)",
    "log_sigmoid": "F.logsigmoid(a)", "tanh_shrink": "F.tanhshrink(a)", "soft_shrink": "F.softshrink(a)",
    "hard_shrink": "F.hardshrink(a)", "softplus": "F.softplus(a)", "softsign": "F.softsign(a)",
    "hard_sigmoid": "F.hardsigmoid(a)", "hard_silu": "F.hardswish(a)", "hard_tanh": "F.hardtanh(a)",
    "exponential": "torch.exp(a)", "log_softmax": "F.log_softmax(a, axis)",
}  # fmt: skip
PLAIN = {
    "SELU": "SELU", "SiLU": "SiLU", "Mish": "Mish", "Softplus": "Softplus", "Softsign": "Softsign",
    "HardSigmoid": "Hardsigmoid", "HardSwish": "Hardswish", "HardTanh": "Hardtanh", "ReLU6": "ReLU6",
    "LogSigmoid": "LogSigmoid", "TanhShrink": "Tanhshrink", "Sigmoid": "Sigmoid", "Tanh": "Tanh",
}  # fmt: skip


def plain(name: str) -> Callable[[Site], Made]:
    return lambda n: Made(f"nn.{name}()", takes="any")


def with_params(name: str, *params: str) -> Callable[[Site], Made]:
    return lambda n: Made(f"nn.{name}{arguments(*(getattr(n.layer, p) for p in params))}", takes="any")


def relu(n: Site) -> Made | None:
    usual = n.layer.max_value is None and not n.layer.negative_slope and not n.layer.threshold
    return Made("nn.ReLU()", takes="any") if usual else None


def gelu(n: Site) -> Made:
    return Made('nn.GELU(approximate="tanh")' if n.layer.approximate else "nn.GELU()", takes="any")


def along(name: str) -> Callable[[Site], Made]:
    return lambda n: Made(f"nn.{name}({n.layer.axis})")


ROWS: Mapping[str, Callable[[Site], Made | None]] = {
    **{type: plain(name) for type, name in PLAIN.items()},
    "ReLU": relu,
    "GELU": gelu,
    "LeakyReLU": with_params("LeakyReLU", "negative_slope"),
    "ELU": with_params("ELU", "alpha"),
    "CELU": with_params("CELU", "alpha"),
    "SoftShrink": with_params("Softshrink", "threshold"),
    "HardShrink": with_params("Hardshrink", "threshold"),
    "Threshold": with_params("Threshold", "threshold", "default_value"),
    **{name: along(name) for name in ("Softmax", "LogSoftmax", "GLU")},
}
