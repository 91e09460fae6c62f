"""The node types that have a counterpart in PyTorch: one row each.

A row gives None where the parameters ask for something that the counterpart does not do; then the node is spelled out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netstudio.exports.torch import activations, recurrent, sliding
from netstudio.exports.torch.activations import FUNCTIONS
from netstudio.exports.torch.made import Made, Site, arguments, unless


def dense(n: Site) -> Made | None:
    if n.layer.activation not in (None, *FUNCTIONS) or not n.shape:
        return None
    biased = n.layer.use_bias
    state = {"weight": ("kernel", ".T"), **({"bias": ("bias", "")} if biased else {})}
    inner = arguments(n.shape[-1], n.layer.units, **unless(True, bias=biased))
    return Made(f"nn.Linear{inner}", state=state, activation=n.layer.activation)


def embedding(n: Site) -> Made:
    inner = arguments(n.layer.input_dim, n.layer.output_dim)
    return Made(f"nn.Embedding{inner}", "module(x.long())", {"weight": ("embeddings", "")})


def batch_normalization(n: Site) -> Made | None:
    """The averages are buffers; a frozen one infers in training too, which no module does."""
    layer, rank = n.layer, len(n.shape)
    if n.rests or layer.center != layer.scale or layer.axis not in (-1, rank) or not 1 <= rank <= 4:
        return None
    learnt = {"weight": ("gamma", ""), "bias": ("beta", "")} if layer.scale else {}
    inner = arguments(
        n.shape[-1], eps=layer.epsilon, momentum=round(1 - layer.momentum, 12), **unless(True, affine=layer.scale)
    )
    state = {**learnt, "running_mean": ("moving_mean", ""), "running_var": ("moving_variance", "")}
    made = f"nn.BatchNorm{max(1, rank - 1)}d{inner}"
    return Made(made, state=state, takes="last" if rank == 1 else "first")


def layer_normalization(n: Site) -> Made | None:
    layer = n.layer
    if layer.center and not layer.scale:
        return None
    learnt = {"weight": ("gamma", "")} if layer.scale else {}
    learnt |= {"bias": ("beta", "")} if layer.center else {}
    inner = arguments(
        n.shape[-1], eps=layer.epsilon, **unless(True, elementwise_affine=layer.scale),
        **(unless(True, bias=layer.center) if layer.scale else {}),
    )  # fmt: skip
    return Made(f"nn.LayerNorm{inner}", state=learnt)


def group_normalization(n: Site) -> Made | None:
    """PyTorch 2.13 crashes in its gradient on a processor where the channels lie last in memory."""
    layer, rank = n.layer, len(n.shape)
    if layer.center != layer.scale or layer.axis not in (-1, rank):
        return None
    groups = n.shape[-1] if layer.groups == -1 else layer.groups
    learnt = {"weight": ("gamma", ""), "bias": ("beta", "")} if layer.scale else {}
    inner = arguments(groups, n.shape[-1], eps=layer.epsilon, **unless(True, affine=layer.scale))
    call = "module(x)" if rank == 1 else "module(x.contiguous())"
    return Made(f"nn.GroupNorm{inner}", call, learnt, takes="last" if rank == 1 else "first")


def rms_normalization(n: Site) -> Made | None:
    if n.layer.axis not in (-1, len(n.shape)):
        return None
    return Made(f"nn.RMSNorm{arguments(n.shape[-1], eps=n.layer.epsilon)}", state={"weight": ("scale", "")})


def dropout(n: Site) -> Made | None:
    return Made(f"nn.Dropout({n.layer.rate})", takes="any") if n.layer.noise_shape is None else None


def alpha_dropout(n: Site) -> Made | None:
    return Made(f"nn.AlphaDropout({n.layer.rate})", takes="any") if n.layer.noise_shape is None else None


def spatial_dropout(n: Site) -> Made:
    return Made(f"nn.Dropout{len(n.shape) - 1}d({n.layer.rate})", takes="first")


def gaussian_noise(n: Site) -> Made:
    return Made(call=f"x + torch.randn_like(x) * {n.layer.stddev} if self.training else x", takes="any")


def gaussian_dropout(n: Site) -> Made:
    deviation = (n.layer.rate / (1 - n.layer.rate)) ** 0.5
    return Made(call=f"x * (1 + torch.randn_like(x) * {deviation}) if self.training else x", takes="any")


def flatten(n: Site) -> Made | None:
    return Made("nn.Flatten()") if n.shape else None


def zero_padding(n: Site) -> Made:
    top, bottom, left, right = n.layer.padding
    return Made(f"nn.ZeroPad2d({(left, right, top, bottom)})", takes="first")


def up_sampling(n: Site) -> Made | None:
    sizes = n.layer.size if isinstance(n.layer.size, tuple) else (n.layer.size,)
    kind = getattr(n.layer, "interpolation", "nearest")
    if kind != "nearest":
        return None
    return Made(f"nn.Upsample(scale_factor={tuple(map(float, sizes))})", takes="first")


def merged(operator: str) -> Callable[[Site], Made | None]:
    """Inputs of one shape, value by value."""

    def row(n: Site) -> Made | None:
        if len({spec.shape for spec in n.inputs}) > 1:
            return None
        return Made(call=f" {operator} ".join(f"x{place}" for place in range(len(n.inputs))), takes="any")

    return row


def concatenate(n: Site) -> Made:
    if n.layer.axis in (-1, len(n.shape)):
        return Made(call="torch.cat(inputs, axis)", takes="any")
    return Made(call=f"torch.cat(inputs, {n.layer.axis})")


def same(n: Site) -> Made:
    return Made(call="x", takes="any")


ROWS: Mapping[str, Callable[[Site], Made | None]] = {
    **activations.ROWS,
    **sliding.ROWS,
    **recurrent.ROWS,
    "Dense": dense,
    "Embedding": embedding,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "GroupNormalization": group_normalization,
    "RMSNormalization": rms_normalization,
    "Dropout": dropout,
    "AlphaDropout": alpha_dropout,
    **{f"SpatialDropout{rank}D": spatial_dropout for rank in (1, 2, 3)},
    "GaussianNoise": gaussian_noise,
    "GaussianDropout": gaussian_dropout,
    "Flatten": flatten,
    "ZeroPadding2D": zero_padding,
    **{f"UpSampling{rank}D": up_sampling for rank in (1, 2, 3)},
    **{name: merged(op) for name, op in (("Add", "+"), ("Subtract", "-"), ("Multiply", "*"))},
    "Concatenate": concatenate,
    **dict.fromkeys(("Identity", "ActivityRegularization"), same),
}
