"""What PyTorch has no function for, or only for channels first. What a model uses of this goes along with it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

Pair = tuple[int, int]
Margins = tuple[int, int, int, int]


def pad2d(x: Tensor, padding: Margins, value: float = 0.0) -> Tensor:
    """x (n, c, h, w) with a margin: top, bottom, left, right."""
    top, bottom, left, right = padding
    return F.pad(x, (left, right, top, bottom), value=value) if any(padding) else x


def conv2d(
    x: Tensor,
    kernel: Tensor,
    strides: Pair = (1, 1),
    padding: Margins = (0, 0, 0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Tensor:
    """x (n, h, w, c) by kernel (kh, kw, c / groups, filters)."""
    padded, turned = pad2d(x.permute(0, 3, 1, 2), padding), kernel.permute(3, 2, 0, 1)
    y = F.conv2d(padded, turned, None, strides, 0, dilation, groups)
    return y.permute(0, 2, 3, 1)


def conv2d_transpose(
    x: Tensor,
    kernel: Tensor,
    size: Pair,
    strides: Pair = (1, 1),
    padding: Margins = (0, 0, 0, 0),
    dilation: Pair = (1, 1),
) -> Tensor:
    """x (n, h, w, c) by kernel (kh, kw, filters, c) to an image of that size."""
    turned = kernel.permute(3, 2, 0, 1)
    y = F.conv_transpose2d(x.permute(0, 3, 1, 2), turned, None, strides, dilation=dilation)
    top, bottom, left, right = padding
    down, across = size[0] + top + bottom - y.shape[2], size[1] + left + right - y.shape[3]
    y = pad2d(y, (0, max(down, 0), 0, max(across, 0))).permute(0, 2, 3, 1)
    return y[:, top : top + size[0], left : left + size[1]]


def max_pool2d(x: Tensor, size: Pair, strides: Pair, padding: Margins = (0, 0, 0, 0)) -> Tensor:
    """The largest of each window of (n, h, w, c)."""
    padded = pad2d(x.permute(0, 3, 1, 2), padding, float("-inf"))
    return F.max_pool2d(padded, size, strides).permute(0, 2, 3, 1)


def average_pool2d(
    x: Tensor,
    size: Pair,
    strides: Pair,
    padding: Margins = (0, 0, 0, 0),
) -> Tensor:
    """The mean of each window of (n, h, w, c), of what lies in the image."""
    x = x.permute(0, 3, 1, 2)
    counted = F.avg_pool2d(pad2d(torch.ones_like(x[:1, :1]), padding), size, strides)
    return (F.avg_pool2d(pad2d(x, padding), size, strides) / counted).permute(0, 2, 3, 1)


def sparsemax(x: Tensor) -> Tensor:
    """The nearest point of the probability simplex, along the last axis.

    A. Martins and R. Astudillo, "From Softmax to Sparsemax", 2016.
    """
    falling = x.sort(-1, descending=True).values
    excess = falling.cumsum(-1) - 1
    places = torch.arange(1, x.shape[-1] + 1, device=x.device)
    count = (falling * places > excess).sum(-1, keepdim=True)
    return F.relu(x - excess.gather(-1, count - 1) / count)


def place(x: Tensor, shape: tuple[int, ...], where: tuple[slice, ...]) -> Tensor:
    """Zeros of that shape with x in those places."""
    made = x.new_zeros(shape)
    made[where] = x
    return made


def lstm(
    x: Tensor,
    kernel: Tensor,
    recurrent: Tensor,
    bias: Tensor | float = 0.0,
    every: bool = False,
) -> Tensor:
    """x (steps, batch, features) to the hidden states of every step, or of the last.

    The kernels have the columns of the input and forget gate, the candidate, the output gate.
    """
    h = c = x.new_zeros(x.shape[1], len(recurrent))
    shown = []
    for step in x:
        i, f, g, o = (step @ kernel + h @ recurrent + bias).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        shown.append(h)
    return torch.stack(shown) if every else h


def gru(
    x: Tensor,
    kernel: Tensor,
    recurrent: Tensor,
    bias: Tensor | float = 0.0,
    every: bool = False,
) -> Tensor:
    """x (steps, batch, features) to the hidden states of every step, or of the last.

    The columns: what x gives the new state, update and reset gate, what h gives the new state.
    """
    h = x.new_zeros(x.shape[1], len(recurrent))
    shown = []
    for step in x:
        new, z, r, back = (step @ kernel + h @ recurrent + bias).chunk(4, -1)
        z = torch.sigmoid(z)
        h = z * h + (1 - z) * torch.tanh(new + torch.sigmoid(r) * back)
        shown.append(h)
    return torch.stack(shown) if every else h


def simple_rnn(
    x: Tensor,
    kernel: Tensor,
    recurrent: Tensor,
    bias: Tensor | float = 0.0,
    every: bool = False,
) -> Tensor:
    """x (steps, batch, features) to the hidden states of every step, or of the last."""
    h = x.new_zeros(x.shape[1], len(recurrent))
    shown = []
    for step in x:
        h = torch.tanh(step @ kernel + h @ recurrent + bias)
        shown.append(h)
    return torch.stack(shown) if every else h
