"""The engine's operations in PyTorch, for nodes that no module computes."""

from __future__ import annotations

from netstudio.exports.code.attributes import margins
from netstudio.exports.code.emit import COMPARING, Dialect, Row
from netstudio.exports.code.rows import OPERATORS, SHARED
from netstudio.exports.program import Program, Step

SAME = (
    *("abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "sin", "cos", "tanh", "floor"),
    *("sigmoid", "round", "erf"),
)
FUNCTIONAL = "relu", "softplus", "gelu"
PLAIN = frozenset(("add", "sub", "mul", "div", "pow", "where", "clip", "copy", "maximum", "minimum", *COMPARING))


def slice_of(s: Step, p: Program) -> str:
    """A slice of PyTorch's can't go backwards: the axis is turned round first."""
    if set(s.attrs["steps"]) <= {1}:
        return "a" if s.shape == p[s.inputs[0]].shape else "a[index]"
    back = tuple(axis for axis, step in enumerate(s.attrs["steps"]) if step < 0)
    return f"a.flip({back})[flipped]" if back else "a[index]"


def extreme(bound: str) -> Row:
    """The larger or smaller of two, of which one may be a number."""

    def row(s: Step, p: Program) -> str:
        first, second = (p[n].op == "constant" for n in s.inputs)
        if first or second:
            return f"torch.clamp({'b' if first else 'a'}, {bound[:3]}={'a' if first else 'b'})"
        return f"torch.{'maximum' if bound == 'min' else 'minimum'}(a, b)"

    return row


def matmul(s: Step, p: Program) -> str:
    return f"a{'.mT' * s.attrs['transpose_x']} @ b{'.mT' * s.attrs['transpose_w']}"


def place(s: Step, p: Program) -> str:
    found = margins(s, p)
    if found is None:
        return "place(a, shape, where)"
    return f"F.pad(a, {tuple(n for pair in reversed(found) for n in pair)})"


def broadcast(s: Step, p: Program) -> str:
    if p[s.inputs[0]].op == "constant":
        return "torch.full(shape, a, dtype=torch.float32, device=device)"
    return "torch.broadcast_to(a, shape)"


def layer_norm(s: Step, p: Program) -> str:
    return f"F.layer_norm(a, ({s.shape[-1]},), b, c, epsilon)"


ROWS: dict[str, Row] = {
    **OPERATORS,
    **SHARED,
    **{name: f"torch.{name}(a)" for name in SAME},
    **{name: f"F.{name}(a)" for name in FUNCTIONAL},
    "is_finite": "torch.isfinite(a)",
    "maximum": extreme("min"),
    "minimum": extreme("max"),
    "where": "torch.where(a, b, c)",
    "clip": "torch.clamp(a, b, c)",
    "stop_gradient": "a.detach()",
    "transpose": "a.permute(*axes)",
    "concatenate": "torch.cat(inputs, axis)",
    "sum": "a.sum(axes, keepdim=True)",
    "max": "a.amax(axes, keepdim=True)",
    "min": "a.amin(axes, keepdim=True)",
    "argmax": "a.argmax(-1).float()",
    "einsum": "torch.einsum(subscripts, a, b)",
    "softmax": "F.softmax(a, -1)",
    "log_softmax": "F.log_softmax(a, -1)",
    "sparsemax": "sparsemax(a)",
    "layer_norm": layer_norm,
    "gather": "F.embedding(b.long(), a)",
    "matmul": matmul,
    "slice": slice_of,
    "place": place,
    "copy": broadcast,
}
TORCH = Dialect(ROWS, "a.float()", "torch.tensor(a, dtype=torch.float32, device=device)", PLAIN)
