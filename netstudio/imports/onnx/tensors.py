"""What is known of a tensor of the file: which output of ours holds it, and where its axes are.

ONNX puts channels first and some sequences' batch second; ours are channels-last and batch first. So that no layer
moves axes where nothing needs it, a tensor is a *view*: the sizes of its smallest parts (atoms), how our axes group
them and how the axes of ONNX do. Transpose, Reshape, Flatten, Squeeze and Unsqueeze then only regroup atoms; nodes are
made (`build.py`) when a layer needs an arrangement that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from netstudio.graph import Endpoint

BATCH = 100_003  # the number of rows while shapes are worked out: a prime that no size of a model is a multiple of
Atoms = tuple[int, ...]
Groups = tuple[Atoms, ...]


@dataclass(frozen=True)
class Tensor:
    """`sizes` of the atoms in the order of our axes, the first being the batch; `ours` and `axes` group atom numbers.

    `ours` has an entry for each axis of ours, the batch first; `axes` one for each axis of ONNX, whose atoms may stand
    in any order. Atoms of size 1 may be missing in `axes`. `positive` says that no value is below 0.
    """

    at: Endpoint
    sizes: tuple[int, ...]
    ours: Groups
    axes: Groups
    integer: bool = False
    positive: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """As ONNX has it, with BATCH for the number of rows."""
        return tuple(self.size(group) for group in self.axes)

    @property
    def sample(self) -> tuple[int, ...]:
        """The shape of a sample as ours has it."""
        return tuple(self.size(group) for group in self.ours[1:])

    @property
    def rank(self) -> int:
        return len(self.axes)

    @property
    def batch_axis(self) -> int | None:
        """The axis of ONNX that is the batch alone."""
        return next((n for n, group in enumerate(self.axes) if self.tight(group) == (0,)), None)

    def size(self, group: Atoms) -> int:
        return prod(self.sizes[a] for a in group)

    def tight(self, group: Atoms) -> Atoms:
        """The group without atoms of size 1."""
        return tuple(a for a in group if self.sizes[a] != 1)

    def our_axis(self, group: Atoms) -> int | None:
        """The axis of ours, which is not the batch, that consists of just these atoms, in whatever order."""
        wanted = set(self.tight(group)) or set(group)
        found = (n for n, own in enumerate(self.ours) if n and (set(self.tight(own)) or set(own)) == wanted)
        return next(found, None)

    def told_apart(self) -> Tensor:
        """The same, every axis of ONNX having an atom, if only one of size 1."""
        sizes, axes = list(self.sizes), list(self.axes)
        for n, group in enumerate(axes):
            if not group:
                axes[n] = (len(sizes),)
                sizes.append(1)
        return replace(self, sizes=tuple(sizes), axes=tuple(axes))

    def with_size(self, atom: int, size: int) -> Tensor:
        """With an atom of another size."""
        return replace(self, sizes=(*self.sizes[:atom], size, *self.sizes[atom + 1 :]))

    def resized(self, place: int, size: int) -> Tensor:
        """With an axis of ours made one atom of another size."""
        own = self.ours[place]
        first, fewer = own[0], len(own) - 1

        def renumbered(groups: Groups) -> Groups:
            numbers = ((first if a in own else a - (fewer if a > own[-1] else 0) for a in g) for g in groups)
            return tuple(tuple(dict.fromkeys(g)) for g in numbers)

        sizes = (*self.sizes[:first], size, *self.sizes[own[-1] + 1 :])
        return replace(self, sizes=sizes, ours=renumbered(self.ours), axes=renumbered(self.axes))

    def transposed(self, order: Sequence[int]) -> Tensor:
        return replace(self, axes=tuple(self.axes[n] for n in order))

    def split(self, atom: int, major: int) -> Tensor:
        """The atom in two, the first of the size `major`."""
        sizes = (*self.sizes[:atom], major, self.sizes[atom] // major, *self.sizes[atom + 1 :])

        def renumbered(groups: Groups) -> Groups:
            return tuple(
                tuple(n for a in group for n in ((a, a + 1) if a == atom else (a + (a > atom),))) for group in groups
            )

        return replace(self, sizes=sizes, ours=renumbered(self.ours), axes=renumbered(self.axes))

    def regrouped(self, shape: Sequence[int]) -> Tensor | None:
        """The view of another ONNX shape with the same values in the same order; None where parts would be torn."""
        tensor, groups = self, list[list[int]]()
        queue = [a for group in self.axes for a in self.tight(group)]
        for size in shape:
            left, group = size, list[int]()
            while left > 1:
                if not queue:
                    return None
                atom = queue[0]
                have = tensor.sizes[atom]
                if left % have:
                    if have % left or atom == 0:
                        return None
                    tensor = tensor.split(atom, left)
                    queue = [atom, atom + 1, *(a + (a > atom) for a in queue[1:])]
                    groups = [[a + (a > atom) for a in g] for g in groups]
                    group = [a + (a > atom) for a in group]
                    have = left
                group.append(queue.pop(0))
                left //= have
            groups.append(group)
        return None if queue else replace(tensor, axes=tuple(map(tuple, groups)))


def fresh(at: Endpoint, sample: Sequence[int], axes: Sequence[int] | None = None, **facts: bool) -> Tensor:
    """A tensor whose axes are atoms. `axes` gives our axis (0 the batch) for each axis of ONNX; the same where None."""
    sizes = (BATCH, *sample)
    each = tuple((n,) for n in range(len(sizes)))
    return Tensor(at, sizes, each, each if axes is None else tuple((n,) for n in axes), **facts)


def blocks(order: Sequence[int]) -> list[Atoms]:
    """`order` cut into the longest runs of neighbours, the batch by itself."""
    runs: list[Atoms] = []
    for atom in order:
        if runs and atom == runs[-1][-1] + 1 and runs[-1] != (0,):
            runs[-1] = (*runs[-1], atom)
        else:
            runs.append((atom,))
    return runs
