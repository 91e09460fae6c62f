"""From the names of ONNX to node ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from netstudio.imports.onnx.reading import Op

LONGEST = 40
# What a weight is called behind the name of its layer, as in "fc1.weight" and "dense/kernel:0".
WEIGHT = re.compile(
    r"^(.+)[./_](weight|bias|kernel|gamma|beta|alpha|embeddings|scale|running_mean|running_var|moving_mean|"
    r"moving_variance|in_proj_weight|weight_ih_l\d+|weight_hh_l\d+)(:0)?$"
)


class Names:
    """Gives ids. `containers` are the parts of the model that hold others, so that none is called after its whole."""

    def __init__(self, ops: Iterable[Op]) -> None:
        ops = list(ops)
        self.kinds = {op.type.lower() for op in ops}
        self.containers = {place for op in ops for place in self._holders(op)}

    def node_id(self, op: Op, weights: Collection[str], stem: str, taken: Collection[str]) -> str:
        """The id of the node made of an operator: after its weights, its place in the model, or `stem` and a number."""
        for name in weights:
            found = WEIGHT.match(name)
            if found and not name.startswith("onnx::"):
                return unused(valid(found[1]), taken)
        place = self._place(op)
        if place in self.containers:
            return unused(valid("/".join((*place, stem))), taken)
        return unused(valid("/".join(place)), taken) if place else numbered(stem, taken)

    def _holders(self, op: Op) -> list[tuple[str, ...]]:
        place = self._place(op)
        return [place[:n] for n in range(1, len(place))]

    def _place(self, op: Op) -> tuple[str, ...]:
        """ "/layer1/layer1.0/conv1/Conv" as ("layer1.0", "conv1"); empty where the name tells nothing."""
        *parts, last = [p for p in op.name.split("/") if p] or [""]
        if not parts:  # a name such as "Gemm_12" and "node_linear_1" was given by the exporter
            plain = re.sub(r"[_\d]+$", "", last).lower()
            return () if plain in ("", "n", "node", *self.kinds) or last.startswith("node_") else (last,)
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*(_\d+)?", last):
            parts.append(last)
        return tuple(p for p, after in zip(parts, [*parts[1:], ""]) if not after.startswith(f"{p}."))


def valid(name: str) -> str:
    """The name as an id: letters, digits and underscores, the first a letter."""
    cleaned = re.sub(r"[^A-Za-z0-9]+", "_", name.removesuffix(":0")).strip("_")[-LONGEST:].strip("_")
    return cleaned if re.match(r"[A-Za-z]", cleaned) else f"n{cleaned}" if cleaned else "node"


def unused(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    return name if name not in taken else numbered(f"{name}_", taken)


def numbered(stem: str, taken: Collection[str]) -> str:
    number = 1
    while (name := f"{stem}{number}") in taken:
        number += 1
    return name
