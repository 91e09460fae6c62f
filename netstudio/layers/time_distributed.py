"""TimeDistributed: a layer for every step of a sequence."""

from __future__ import annotations

import functools
from typing import Any

from netstudio.errors import ParamError, ShapeError
from netstudio.graph.declared import Family, Object
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import REQUIRED, Param
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.wrapping import ops_of, weights_of
from netstudio.ops import Ops, Value


class OneToOne(Object[Layer]):
    """A parameter that stands for a layer with one input and one output."""

    def __init__(self, *, doc: str, initial: Any) -> None:
        Param.__init__(self, REQUIRED, doc=doc, initial=initial)

    @functools.cached_property
    def family(self) -> Family[Layer]:  # type: ignore[override]
        """Found when it is asked for: the layers are not all known yet while one of them is declared."""
        import netstudio.layers as layers

        fit = (t for t in layers.LAYERS if issubclass(t, Layer) and t.category != "data" and _one_to_one(t))
        return Family("layer", fit)

    def _check(self, value: Any) -> Any:
        layer = super()._check(value)
        if not _one_to_one(layer):
            raise ParamError(f"{self.name} has {len(layer.outputs)} outputs; expected a layer with one", self.name)
        return layer


def _one_to_one(layer: Layer | type[Layer]) -> bool:
    needed = [port for port in layer.inputs if not port.optional]
    return len(needed) == len(layer.outputs) == 1 and not needed[0].variadic


class TimeDistributed(Layer):
    """Does to every step of a sequence what a layer does to a sample, with the same weights at all of them.

    Input (steps, ...) gives (steps, ...), the rest as the layer makes it: a convolution of every frame of a film, say.
    Weights: those of the layer under "layer". In training each step draws its own noise and has its own statistics.
    """

    category = "recurrent"
    icon = "recurrent"
    passes_mask = True
    keywords = ("wrapper", "every step", "frames", "video", "apply to each", "map")
    keras = "TimeDistributed"
    without = {"torch": "the steps are reshaped into the batch there", "onnx": "the steps are part of the batch there"}

    layer = OneToOne(
        initial={"type": "Dense", "params": {"units": 64}},
        doc="The layer that every step goes through, and its parameters.",
    )

    @property
    def by_sample(self) -> bool:
        return self.layer.by_sample

    def caption(self) -> str:
        return " · ".join(p for p in (self.layer.name, self.layer.caption()) if p)

    def infer(self, x: TensorSpec) -> TensorSpec:
        if not x.shape:
            raise ShapeError("the input is a single number; expected (steps, ...)")
        try:
            made = self.layer.infer(_step_of(x))
        except ShapeError as error:
            raise ShapeError(f"at each step, {error}") from None
        assert isinstance(made, TensorSpec)
        return TensorSpec((x.shape[0], *made.shape), made.dtype)

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return weights_of("layer", self.layer, _step_of(x))

    def lower(self, ops: Ops, x: Value) -> Value:
        batch, steps, *_ = x.shape
        mask = self._inner_mask(ops, x)
        if self.layer.by_sample:
            made = self._one(ops, _merged(ops, x), None if mask is None else _merged(ops, mask))
            return ops.reshape(made, (batch, steps, *made.shape[1:]))
        shown = [self._one(ops, _at(ops, x, t), None if mask is None else _at(ops, mask, t)) for t in range(steps)]
        return ops.concatenate([ops.reshape(y, (batch, 1, *y.shape[1:])) for y in shown], 1)

    def _inner_mask(self, ops: Ops, x: Value) -> Value | None:
        """The mask, where it says more of each step than whether it counts, or where that is what the layer asks."""
        mask = ops.masks[0] if ops.masks else None
        return mask if mask is not None and mask.ndim == x.ndim - 1 else None

    def _one(self, ops: Ops, x: Value, mask: Value | None) -> Value:
        made = self.layer.lower(ops_of(ops, "layer", self.layer, (mask,)), x)
        assert not isinstance(made, tuple)
        return made


def _merged(ops: Ops, x: Value) -> Value:
    """(batch, steps, ...) as (batch · steps, ...)."""
    return ops.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))


def _at(ops: Ops, x: Value, step: int) -> Value:
    """(batch, steps, ...) at one step, (batch, ...)."""
    return ops.reshape(ops.slice(x, 1, step, step + 1), (x.shape[0], *x.shape[2:]))


def _step_of(x: TensorSpec) -> TensorSpec:
    return TensorSpec(x.shape[1:], x.dtype)
