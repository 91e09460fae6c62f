"""A list of augmentations at the head of a training step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from netstudio.augmentations.base import Augmentation, Batch, Change
from netstudio.augmentations.geometry import Geometry, moved
from netstudio.augmentations.mixing import CutMix, Mixing
from netstudio.errors import TrainingError
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops


def augment(ops: Ops, steps: Sequence[Augmentation], batch: Batch) -> Batch:
    """The batch after all of them, in their order."""
    for group in _groups([step for step in steps if not step.rests]):
        if isinstance(group[0], Geometry):
            batch = moved(ops, cast(list[Geometry], group), batch)
        else:
            (step,) = group
            assert isinstance(step, (Change, Mixing))
            batch = step.apply(ops, batch)
    return batch


def require_suited(steps: Sequence[Augmentation], inputs: Mapping[str, TensorSpec]) -> None:
    """TrainingError where one of them finds nothing among the Inputs that it could change."""
    for _place, wrong in misfits(steps, inputs):
        raise TrainingError(wrong)


def misfits(steps: Sequence[Augmentation], inputs: Mapping[str, TensorSpec]) -> Iterator[tuple[int, str]]:
    """The places of those that find nothing among the Inputs that they could change, and what is wrong with each."""
    for place, step in enumerate(steps):
        suited = [id for id, spec in inputs.items() if step.suits(spec)]
        has = f'and the graph has {_told(inputs)}; take it out of "augment"'
        if not suited:
            yield place, f"the augmentation {step.name} changes {step.of}, {has}"
        elif isinstance(step, Mixing) and (len(suited) < len(inputs) or (isinstance(step, CutMix) and len(inputs) > 1)):
            yield place, f"the augmentation {step.name} mixes whole samples, {step.of}, {has}"


def _groups(steps: Sequence[Augmentation]) -> Iterator[list[Augmentation]]:
    """Each by itself, but for neighbours that move pixels and agree on what fills the gaps."""
    group: list[Augmentation] = []
    for step in steps:
        if group and not _joins(group, step):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _joins(group: Sequence[Augmentation], step: Augmentation) -> bool:
    if not isinstance(step, Geometry) or not isinstance(group[0], Geometry):
        return False
    fills = {one.fill for one in (*cast(Sequence[Geometry], group), step)} - {None}
    return len(fills) <= 1


def _told(inputs: Mapping[str, TensorSpec]) -> str:
    return ", ".join(f"the Input {id!r} of the shape {spec.shape}" for id, spec in inputs.items()) or "no Input"
