"""Several tensors brought into one arrangement, so that ours broadcast as those of the file do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netstudio.imports.onnx.build import Builder
from netstudio.imports.onnx.tensors import Atoms, Groups, Tensor


@dataclass(frozen=True)
class _Column:
    """A part of an ONNX axis that all tensors have alike, or have one cell of: each one's atoms, and the size."""

    axis: int
    groups: Groups
    size: int


def align(builder: Builder, tensors: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
    """The tensors as a merging layer takes them, and how what it makes lies (its `at` is yet to be put in)."""
    rank = max(x.rank for x in tensors)
    padded = [replace(x, axes=((),) * (rank - x.rank) + x.axes) for x in tensors]
    first = padded[0]
    if all((x.sizes, x.ours, x.axes) == (first.sizes, first.ours, first.axes) for x in padded):
        return padded, first
    columns = [c for axis in range(rank) for c in _columns(axis, padded)]
    order = _order(columns, padded)
    arranged = [builder.arranged(x, _groups(x, n, columns, order)) for n, x in enumerate(padded)]
    return arranged, _joined(first, columns, order, rank)


def align_factors(builder: Builder, a: Tensor, b: Tensor) -> tuple[list[Tensor], Tensor]:
    """Two tensors of one rank with their last two ONNX axes as the last two of ours, the others brought in line.

    Also a tensor that stands for the product (its `at` is yet to be put in).
    """
    both, rank = [a.told_apart(), b.told_apart()], a.rank
    columns = [c for axis in range(rank - 2) for c in _columns(axis, both)]
    order = _order(columns, both)
    arranged = [builder.arranged(x, (*_groups(x, n, columns, order), *x.axes[-2:])) for n, x in enumerate(both)]
    lead = _joined(a, columns, order, rank - 2)
    count = len(lead.sizes)
    sizes = (*lead.sizes, a.shape[-2], b.shape[-1])
    axes = (*lead.axes, (count,), (count + 1,))
    return arranged, replace(lead, sizes=sizes, ours=tuple((n,) for n in range(count + 2)), axes=axes)


def _columns(axis: int, tensors: Sequence[Tensor]) -> list[_Column]:
    """One for each atom where the tensors cut the axis alike, else one for the axis; none where it has one cell."""
    groups = [x.tight(x.axes[axis]) for x in tensors]
    cuts = {tuple(x.sizes[a] for a in g) for x, g in zip(tensors, groups) if g}
    if len(cuts) != 1:
        return [_Column(axis, tuple(groups), tensors[0].size(groups[0]))] if cuts else []
    (sizes,) = cuts
    return [_Column(axis, tuple((g[n],) if g else () for g in groups), size) for n, size in enumerate(sizes)]


def _order(columns: Sequence[_Column], tensors: Sequence[Tensor]) -> list[int]:
    """The columns as the tensor that has most of them has them; the batch first."""
    lead = max(range(len(tensors)), key=lambda n: sum(bool(c.groups[n]) for c in columns))
    keys: list[float] = []
    for column in columns:
        own: Atoms = column.groups[lead]
        keys.append(min(own) if own else (keys[-1] if keys else 0.0) + 0.5)
    return sorted(range(len(columns)), key=lambda n: (all(g != (0,) for g in columns[n].groups), keys[n]))


def _groups(x: Tensor, number: int, columns: Sequence[_Column], order: Sequence[int]) -> Groups:
    """The tensor's part in each column; axes of one cell that stand before all others are left out."""
    batch, *rest = (columns[n].groups[number] for n in order)
    while rest and not rest[0]:
        del rest[0]
    return (batch, *rest)


def _joined(like: Tensor, columns: Sequence[_Column], order: Sequence[int], rank: int) -> Tensor:
    place = {n: atom for atom, n in enumerate(order)}
    axes = tuple(tuple(place[n] for n, c in enumerate(columns) if c.axis == axis) for axis in range(rank))
    sizes = tuple(columns[n].size for n in order)
    return replace(like, sizes=sizes, ours=tuple((n,) for n in range(len(sizes))), axes=axes)
