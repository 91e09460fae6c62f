"""The engine's operations in NumPy."""

from __future__ import annotations

from netstudio.exports.code.attributes import margins
from netstudio.exports.code.emit import COMPARING, Dialect, Row
from netstudio.exports.code.rows import OPERATORS, SHARED
from netstudio.exports.program import Program, Step

SAME = (
    *("abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "square", "sin", "cos", "tanh", "floor"),
    *("maximum", "minimum"),
)
PLAIN = frozenset(("add", "sub", "mul", "div", "pow", "where", "clip", "copy", *COMPARING, *SAME))
HELPERS = "sigmoid", "erf", "gelu", "softmax", "log_softmax", "sparsemax"


def matmul(s: Step, p: Program) -> str:
    turned = [".T" if len(p[n].shape) == 2 else ".swapaxes(-1, -2)" for n in s.inputs]
    x = f"a{turned[0] if s.attrs['transpose_x'] else ''}"
    return f"{x} @ b{turned[1] if s.attrs['transpose_w'] else ''}"


def place(s: Step, p: Program) -> str:
    return "place(a, shape, np.s_[index])" if margins(s, p) is None else "np.pad(a, margins)"


def broadcast(s: Step, p: Program) -> str:
    return "np.full(shape, a, np.float32)" if p[s.inputs[0]].op == "constant" else "np.broadcast_to(a, shape)"


ROWS: dict[str, Row] = {
    **OPERATORS,
    **SHARED,
    **{name: f"np.{name}({'a, b' if 'imum' in name else 'a'})" for name in SAME},
    **{name: f"{name}(a)" for name in HELPERS},
    "rsqrt": "1 / np.sqrt(a)",
    "softplus": "np.logaddexp(a, 0)",
    "relu": "np.maximum(a, 0)",
    "round": "np.rint(a)",
    "is_finite": "np.isfinite(a)",
    "where": "np.where(a, b, c)",
    "clip": "np.clip(a, b, c)",
    "stop_gradient": "a",
    "transpose": "a.transpose(*axes)",
    "concatenate": "np.concatenate(inputs, axis)",
    "sum": "a.sum(axes, keepdims=True)",
    "max": "a.max(axes, keepdims=True)",
    "min": "a.min(axes, keepdims=True)",
    "argmax": "a.argmax(-1).astype(np.float32)",
    "einsum": "np.einsum(subscripts, a, b, optimize=True)",
    "layer_norm": "layer_norm(a, b, c, epsilon)",
    "gather": "take_rows(a, b)",
    "matmul": matmul,
    "place": place,
    "copy": broadcast,
}
NUMPY = Dialect(ROWS, "a.astype(np.float32)", "np.float32(a)", PLAIN)
