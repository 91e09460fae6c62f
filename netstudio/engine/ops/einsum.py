"""The product of two tensors whose axes have names: sums over the names that the result lacks, without any copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import gemm
from netstudio.engine.kernels.movement import collapse, contiguous_strides

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Names(NamedTuple):
    """The axes of both factors and of the result, a letter each."""

    x: str
    w: str
    y: str

    @staticmethod
    def of(subscripts: str) -> Names:
        factors, y = subscripts.split("->")
        x, w = factors.split(",")
        return Names(x, w, y)


class Einsum(Op):
    """The product by `subscripts` such as "bqhd,bkhd->bhqk"; each letter stands in two of the three at least."""

    name = "einsum"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        names = Names.of(attrs["subscripts"])
        sizes: dict[str, int] = {}
        for own, x in zip(names, inputs):
            if len(own) != x.ndim:
                raise ValueError(f"einsum {attrs['subscripts']}: {own} names {len(own)} axes of the shape {x.shape}")
            for letter, size in zip(own, x.shape, strict=True):
                if sizes.setdefault(letter, size) != size:
                    raise ValueError(f"einsum {attrs['subscripts']}: {letter} is {sizes[letter]} and {size}")
        for letter in set("".join(names)):
            if sum(letter in own for own in names) < 2:
                raise ValueError(f"einsum {attrs['subscripts']}: {letter} stands once; expected it in two places")
        return tuple(sizes[letter] for letter in names.y)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        x, w = y.inputs
        names = Names.of(y.attrs["subscripts"])
        dx = b.einsum(f"{names.y},{names.w}->{names.x}", g, w)
        dw = b.einsum(f"{names.x},{names.y}->{names.w}", x, g)
        return [dx, dw]

    def by_row(self, y: Value) -> Sequence[bool] | None:
        names = Names.of(y.attrs["subscripts"])
        first = [own.find(names.y[:1]) for own in (names.x, names.w)]
        one_sum = gemm.is_one_sum(_layout(y)[2]["k"])
        return [place == 0 for place in first] if max(first) == 0 and one_sum else None

    def multiply_adds(self, y: Value) -> int:
        names = Names.of(y.attrs["subscripts"])
        return y.size * prod(n for letter, n in zip(names.x, y.inputs[0].shape, strict=True) if letter not in names.y)

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        _, _, layout = _layout(y)
        return gemm.scratch(
            layout["m"], layout["n"], layout["k"], layout["x_strides"], layout["w_strides"], workers, dtype,
            layout["batch"],
        )  # fmt: skip

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, w, layout = _layout(y)
        addresses = (e.address(v) for v in (x, w, y))
        return e.calls(gemm.instructions(*addresses, **layout, dtype=e.dtype, scratch=e.scratch))


def _layout(y: Value) -> tuple[Value, Value, dict[str, Any]]:
    """Both factors in the order that the kernel takes them, and its sizes and strides."""
    (x, w), names = y.inputs, Names.of(y.attrs["subscripts"])
    if names.y[-1:] not in names.w:  # the result's last axis is that along which the kernel's vectors lie
        x, w, names = w, x, Names(names.w, names.x, names.y)
    sizes = dict(zip(names.y + names.x, y.shape + x.shape, strict=True))
    strides = [
        dict(zip(own, contiguous_strides(v.shape), strict=True)) for own, v in zip(names, (x, w, y), strict=True)
    ]

    def merged(letters: str, *of: int, most: int = 1) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
        """Axes that lie evenly in the tensors numbered `of`, as one."""
        found = collapse([sizes[i] for i in letters], [[strides[v][i] for i in letters] for v in of])
        missing = most - len(found[0])
        if missing < 0:
            raise ValueError(f"einsum {y.attrs['subscripts']}: the axes {letters} do not lie evenly in memory")
        return (1,) * missing + found[0], [(0,) * missing + s for s in found[1]]

    shared = "".join(i for i in names.y if i in names.x and i in names.w)
    batch, (x_batch, w_batch, y_batch) = merged(shared, 0, 1, 2, most=2)
    (m,), ((x_m,), (y_m,)) = merged("".join(i for i in names.y if i not in names.w), 0, 2)
    (n,), ((w_n,), (y_n,)) = merged("".join(i for i in names.y if i not in names.x), 1, 2)
    (k,), ((x_k,), (w_k,)) = merged("".join(i for i in names.x if i not in names.y), 0, 1)
    if n > 1 and y_n != 1:
        raise ValueError(f"einsum {y.attrs['subscripts']}: both factors have the result's last axis; expected one")
    return x, w, {
        "m": m, "n": n, "k": k, "x_strides": (x_m, x_k), "w_strides": (w_k, w_n), "y_stride": y_m,
        "batch": batch, "x_batch": x_batch, "w_batch": w_batch, "y_batch": y_batch,
    }  # fmt: skip


EINSUM = Einsum()
