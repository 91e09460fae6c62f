"""Augmentations that move the pixels of images: each is an affine map, and neighbours in a list become one map."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from netstudio.augmentations.base import Augmentation, Batch, is_image
from netstudio.graph.params import Choice, Float, Param
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value

FILLS = ("nearest", "reflect", "zero")
Number = Value | float


def fill_param() -> Choice:
    return Choice(
        FILLS,
        "nearest",
        doc="What stands where the image has moved away: the nearest pixel of its edge, its mirror image, or zero.",
    )


class Affine(NamedTuple):
    """From a place in the result to the place in the image that is seen there, both from the centre, in pixels:
    column a·u + b·v + c, row d·u + e·v + f. Each is a number, or one for each sample, (batch,)."""

    a: Number = 1.0
    b: Number = 0.0
    c: Number = 0.0
    d: Number = 0.0
    e: Number = 1.0
    f: Number = 0.0

    def after(self, first: Affine) -> Affine:
        """The map of an image that `first` has moved already and this moves again."""
        m, n = first, self
        return Affine(
            _dot(m.a, n.a, m.b, n.d), _dot(m.a, n.b, m.b, n.e), _plus(_dot(m.a, n.c, m.b, n.f), m.c),
            _dot(m.d, n.a, m.e, n.d), _dot(m.d, n.b, m.e, n.e), _plus(_dot(m.d, n.c, m.e, n.f), m.f),
        )  # fmt: skip

    def where(self, ops: Ops, happens: Value) -> Affine:
        """This map for some of the samples, and none for the others."""
        return Affine(
            *(n if isinstance(n, float) and n == stay else ops.where(happens, n, stay) for n, stay in zip(self, STAY))
        )

    def stacked(self, ops: Ops, rows: int) -> Value:
        """(6, batch), as the engine takes it."""
        lines = [ops.constant(n) if isinstance(n, float) else ops.reshape(n, (1, rows)) for n in self]
        return ops.concatenate([ops.broadcast_to(line, (1, rows)) for line in lines], 0)


STAY = Affine()


class Geometry(Augmentation, abstract=True):
    """A map of each image's plane. Targets that are images of the same height and width are moved with it."""

    fill: ClassVar[Param[str] | str | None] = None  # None where nothing is moved away
    draws: ClassVar[int] = 1

    @abstractmethod
    def affine(self, ops: Ops, drawn: Sequence[Value], height: int, width: int) -> Affine:
        """The map, from `draws` numbers in [0, 1) for each sample, (batch,) each."""

    @classmethod
    def suits(cls, spec: TensorSpec) -> bool:
        return is_image(spec)


def moved(ops: Ops, steps: Sequence[Geometry], batch: Batch) -> Batch:
    """The batch with all these maps done as one, so that the pixels are blended once."""
    fill = next((str(step.fill) for step in steps if step.fill is not None), FILLS[0])
    drawn = [(_numbers(ops, step.draws, batch.rows), step.happens(ops, batch.rows)) for step in steps]
    maps: dict[tuple[int, ...], Value] = {}

    def seen(id: str, x: Value) -> Value:
        spec = batch.specs[id]
        size = spec.shape[:2]
        if size not in maps:
            maps[size] = _joined(ops, steps, drawn, *size).stacked(ops, batch.rows)
        images = x if x.ndim == 4 else ops.reshape(x, (*x.shape, 1))
        return ops.reshape(ops.warp(images, maps[size], fill, spec.dtype == "int"), x.shape)

    inputs = {id: seen(id, x) for id, x in batch.inputs.items() if is_image(batch.specs[id])}
    sizes = {batch.specs[id].shape[:2] for id in inputs}
    return batch.changed(
        inputs, {id: seen(id, y) for id, y in batch.targets.items() if _lies_on(batch.specs[id], sizes)}
    )


def _lies_on(spec: TensorSpec, sizes: set[tuple[int, ...]]) -> bool:
    """Whether a Target has a value, or several, for each pixel."""
    return len(spec.shape) in ((2, 3) if spec.dtype == "int" else (3,)) and spec.shape[:2] in sizes


def _joined(
    ops: Ops, steps: Sequence[Geometry], drawn: Sequence[tuple[list[Value], Value | None]], height: int, width: int
) -> Affine:
    whole = STAY
    for step, (numbers, happens) in zip(steps, drawn, strict=True):
        own = step.affine(ops, numbers, height, width)
        whole = (own if happens is None else own.where(ops, happens)).after(whole)
    return whole


def _numbers(ops: Ops, count: int, rows: int) -> list[Value]:
    drawn = ops.random_uniform((count, rows))
    return [ops.reshape(ops.slice(drawn, 0, i, i + 1), (rows,)) for i in range(count)]


def _dot(p: Number, q: Number, r: Number, s: Number) -> Number:
    return _plus(_times(p, q), _times(r, s))


def _times(p: Number, q: Number) -> Number:
    for one, other in ((p, q), (q, p)):
        if isinstance(one, float) and one in (0.0, 1.0):
            return other if one else 0.0
    return p * q


def _plus(p: Number, q: Number) -> Number:
    for one, other in ((p, q), (q, p)):
        if isinstance(one, float) and one == 0.0:
            return other
    return p + q


def _either_way(drawn: Value, amount: float) -> Value:
    """From -amount to amount."""
    return drawn * (2.0 * amount) - amount


class Flip(Geometry):
    """Mirrors images, each with the given chance: what is seen may as well be seen the other way round."""

    axis = Choice(
        ("horizontal", "vertical", "both"),
        "horizontal",
        doc='Left and right change places, or top and bottom; "both" draws for each of the two.',
    )
    chance = Float(0.5, minimum=0.0, maximum=1.0, doc="The share of the samples that are mirrored.")
    draws = 2

    def happens(self, ops: Ops, rows: int) -> None:
        return None  # each axis draws for itself

    def affine(self, ops: Ops, drawn: Sequence[Value], height: int, width: int) -> Affine:
        across, down = (1.0 - 2.0 * ops.elementwise("lt", number, self.chance) for number in drawn)
        return Affine(
            a=across if self.axis in ("horizontal", "both") else 1.0,
            e=down if self.axis in ("vertical", "both") else 1.0,
        )


class Rotate(Geometry):
    """Turns images about their centre, by an angle up to the given one, either way."""

    degrees = Float(15.0, minimum=0.0, maximum=180.0, doc="The largest angle, in degrees.")
    fill = fill_param()

    @property
    def rests(self) -> bool:
        return super().rests or self.degrees == 0.0

    def affine(self, ops: Ops, drawn: Sequence[Value], height: int, width: int) -> Affine:
        angle = _either_way(drawn[0], math.radians(self.degrees))
        cosine, sine = ops.elementwise("cos", angle), ops.elementwise("sin", angle)
        return Affine(a=cosine, b=-sine, d=sine, e=cosine)


class Shift(Geometry):
    """Moves images across and down, by up to the given shares of their size."""

    height = Float(0.1, minimum=0.0, maximum=1.0, doc="How far up or down at most, as a share of the height.")
    width = Float(0.1, minimum=0.0, maximum=1.0, doc="How far left or right at most, as a share of the width.")
    fill = fill_param()
    draws = 2

    @property
    def rests(self) -> bool:
        return super().rests or self.height == self.width == 0.0

    def affine(self, ops: Ops, drawn: Sequence[Value], height: int, width: int) -> Affine:
        return Affine(
            c=_either_way(drawn[0], self.width * width) if self.width else 0.0,
            f=_either_way(drawn[1], self.height * height) if self.height else 0.0,
        )


class Zoom(Geometry):
    """Enlarges or shrinks images about their centre, by a factor between two."""

    smallest = Float(0.9, above=0.0, maximum=10.0, doc="The smallest factor; below 1 the image shrinks.")
    largest = Float(1.1, above=0.0, maximum=10.0, doc="The largest factor.")
    fill = fill_param()

    @property
    def rests(self) -> bool:
        return super().rests or self.smallest == self.largest == 1.0

    def affine(self, ops: Ops, drawn: Sequence[Value], height: int, width: int) -> Affine:
        factor = drawn[0] * (self.largest - self.smallest) + self.smallest
        return Affine(a=1.0 / factor, e=1.0 / factor)


class Crop(Geometry):
    """Cuts out a part of the image at a random place, and enlarges it to the whole size."""

    least = Float(
        0.8, above=0.0, maximum=1.0, doc="The smallest part, as a share of the area; the largest is the whole image."
    )
    draws = 3

    @property
    def rests(self) -> bool:
        return super().rests or self.least == 1.0

    def affine(self, ops: Ops, drawn: Sequence[Value], height: int, width: int) -> Affine:
        side = ops.sqrt(drawn[0] * (1.0 - self.least) + self.least)
        room = 1.0 - side
        return Affine(
            a=side, c=room * _either_way(drawn[1], width / 2), e=side, f=room * _either_way(drawn[2], height / 2)
        )
