"""Recurrent layers. PyTorch adds two biases where one is enough: the other stays zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netstudio.exports.torch.made import Made, Site, arguments, unless

SECOND_BIAS = ("nn.init.zeros_(module.bias_hh_l0)", "module.bias_hh_l0.requires_grad_(False)")


def lstm(n: Site) -> Made | None:
    return _made(n, "LSTM", ".T", {"bias_ih_l0": ("bias", "")}) if _is_usual(n, "sigmoid") else None


def simple_rnn(n: Site) -> Made | None:
    return _made(n, "RNN", ".T", {"bias_ih_l0": ("bias", "")}) if _is_usual(n, None) else None


def gru(n: Site) -> Made | None:
    """The gates are z, r, n here, and r, z, n there."""
    if not (_is_usual(n, "sigmoid") and n.layer.reset_after):
        return None
    units = n.layer.units
    order = f"[*range({units}, {2 * units}), *range({units}), *range({2 * units}, {3 * units})]"
    biases = {"bias_ih_l0": ("bias", f"[0, {order}]"), "bias_hh_l0": ("bias", f"[1, {order}]")}
    return _made(n, "GRU", f".T[{order}]", biases, also=())


def _made(
    n: Site, name: str, turned: str, biases: Mapping[str, tuple[str, str]], also: tuple[str, ...] = SECOND_BIAS
) -> Made:
    biased = n.layer.use_bias
    inner = arguments(n.shape[-1], n.layer.units, batch_first=True, **unless(True, bias=biased))
    read = "x.flip(1)" if n.layer.go_backwards else "x"
    shown = "" if n.layer.return_sequences else "[:, -1]"
    state = {"weight_ih_l0": ("kernel", turned), "weight_hh_l0": ("recurrent_kernel", turned)}
    return Made(
        f"nn.{name}{inner}", f"module({read})[0]{shown}", {**state, **(biases if biased else {})},
        also=also if biased else (),
    )  # fmt: skip


def _is_usual(n: Site, gates: str | None) -> bool:
    """Whether it does what the module does: no other functions, no state given or taken, nothing dropped."""
    layer = n.layer
    functions = layer.activation == "tanh" and getattr(layer, "recurrent_activation", None) == gates
    dropped = layer.dropout or layer.recurrent_dropout
    return functions and len(n.inputs) == 1 and not layer.return_state and not dropped


ROWS: Mapping[str, Callable[[Site], Made | None]] = {"LSTM": lstm, "GRU": gru, "SimpleRNN": simple_rnn}
