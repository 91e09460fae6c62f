"""The data's way into the graph and out of it: raw columns to numbers, scaling, and scaling back.

All of it is computed in float64, as it was when the model was trained, and rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper

from netstudio.data.preprocessing import Scaling
from netstudio.data.recipe.categories import CategoryRecipe
from netstudio.data.recipe.numbers import LOG, NumberRecipe
from netstudio.data.settings.columns import DROP, ERROR
from netstudio.exports.onnx.nodes import ML
from netstudio.exports.onnx.tensors import Const, Ref, number, whole
from netstudio.exports.onnx.values import FLOAT, INT, Values
from netstudio.exports.preparation import Preparation, Sayable
from netstudio.exports.program import BATCH, Dims, Samples, Step
from netstudio.graph.tensor import TensorSpec

DOUBLE, STRING = onnx.TensorProto.DOUBLE, onnx.TensorProto.STRING
REFUSED, UNKNOWN = -2, -1  # what stands for a category that no training row had
NO_ROW = (1 << 31) - 1  # a number that no table has a row for, so that looking it up fails
Part = tuple[Ref, tuple[str, ...]]  # (samples, places) of float32, and the places' names


class Entrance:
    """Makes the graph's inputs, and of them what the model's Inputs take."""

    def __init__(self, values: Values, taken: Sequence[str]) -> None:
        self.infos: list[onnx.ValueInfoProto] = []
        self._values, self._taken = values, set(taken)
        self._columns: dict[str, str] = {}

    def open(self, id: str, spec: TensorSpec, load: Step | None, preparation: Preparation) -> None:
        """One Input, whose value `load` is, where anything reads it."""
        v, shape = self._values, of_batch(spec)
        with v.at(id):
            if preparation.recipes and not preparation.windows:
                ref, kind = self._from_columns(preparation, shape)
            else:
                ref, kind = id, INT if spec.dtype == "int" else FLOAT
                self._input(id, kind, shape, _described(preparation))
            if preparation.windows:
                numbers = [r for r in preparation.recipes if isinstance(r, NumberRecipe)]
                ref, kind = _encoded(v, ref, numbers), FLOAT
            if preparation.scaling is not None:
                ref, kind = scaled(v, ref, preparation.scaling), FLOAT
            if load is not None:
                v.put(load, ref, kind=kind)

    def _input(self, name: str, kind: int, shape: Dims, doc: str) -> None:
        self._values.taken.add(name)
        self._values.counted_by(name)
        self.infos.append(info(name, kind, shape, doc))

    def _column(self, name: str, kind: int, doc: str) -> str:
        """The input of a raw column; one column may feed several Inputs."""
        if name not in self._columns:
            self._columns[name] = f"{name} (column)" if name in self._taken else name
            self._input(self._columns[name], kind, (BATCH, 1), doc)
        return self._columns[name]

    def _from_columns(self, preparation: Preparation, shape: Dims) -> tuple[Ref, int]:
        v, recipes, places = self._values, preparation.recipes, preparation.places
        only = recipes[0]
        if isinstance(only, CategoryRecipe) and not only.one_hot:
            return v.reshaped(self._category(only), (BATCH, 1), shape), INT
        parts = list(self._parts(recipes))
        names = [place for _, own in parts for place in own]
        ref = parts[0][0] if len(parts) == 1 else v.add("Concat", *(part for part, _ in parts), axis=1)
        if list(places) != names:
            ref = v.add("Gather", ref, whole([names.index(place) for place in places]), axis=1)
        return v.reshaped(ref, (BATCH, len(places)), shape), FLOAT

    def _parts(self, recipes: Sequence[Sayable]) -> Sequence[Part]:
        numbers = [r for r in recipes if isinstance(r, NumberRecipe)]
        parts: list[Part] = []
        for own in ([r for r in numbers if not r.date], [r for r in numbers if r.date]):
            parts += self._numbers(own) if own else []
        return parts + [self._one_hot(r) for r in recipes if isinstance(r, CategoryRecipe)]

    def _numbers(self, recipes: Sequence[NumberRecipe]) -> Sequence[Part]:
        """Columns of numbers side by side: empty cells filled, then scaled; and which cells are empty."""
        v, date = self._values, recipes[0].date
        kind, doc = (DOUBLE, "days since 1970-01-01, NaN if empty") if date else (FLOAT, "a number, NaN if empty")
        columns = [self._column(r.name, kind, doc) for r in recipes]
        names = tuple(r.name for r in recipes)
        raw: Ref = columns[0] if len(columns) == 1 else v.add("Concat", *columns, axis=1)
        if not any(r.changes for r in recipes):
            return [(v.add("Cast", raw, to=FLOAT) if date else raw, names)]
        flagged = [i for i, r in enumerate(recipes) if r.flags]
        parts: list[Part] = [(_encoded(v, raw, recipes), names)]
        if flagged:
            flags = v.add("Gather", v.add("Cast", v.add("IsNaN", raw), to=FLOAT), whole(flagged), axis=1)
            parts.append((flags, tuple(recipes[i].places[1] for i in flagged)))
        return parts

    def _one_hot(self, recipe: CategoryRecipe) -> Part:
        v, places, code = self._values, recipe.places, self._category(recipe)
        made = v.add("Cast", v.add("Equal", code, whole(range(len(places)))), to=FLOAT)
        if REFUSED not in _codes(recipe)[1]:
            return made, places
        refused = v.add("Equal", code, whole([REFUSED]))
        return v.add("Where", refused, number(float("nan")), made), places

    def _category(self, recipe: CategoryRecipe) -> Ref:
        """(samples, 1): the number of each cell's category, of one-hot ones its place."""
        doc = f"one of {', '.join(recipe.categories[:40])}; '' if empty"
        name = self._column(recipe.name, STRING, doc)
        texts, codes = _codes(recipe)
        return self._values.add(
            "LabelEncoder", name, domain=ML, keys_strings=texts, values_int64s=codes[:-1], default_int64=codes[-1]
        )


def _codes(recipe: CategoryRecipe) -> tuple[list[str], list[int]]:
    """Texts and what stands for each: the categories, "", which is an empty cell; and last for any other text.

    That is the place of the category, or, where it does not become columns of its own, its number.
    """
    places = {category: i for i, category in enumerate(recipe.categories)}
    other = UNKNOWN if recipe.takes_unknown else REFUSED
    empty = places.get(recipe.fill, other)
    if recipe.flags:
        empty = len(places)
    elif recipe.missing in (ERROR, DROP):
        empty = REFUSED
    codes = [*places.values(), empty, other]
    if not recipe.one_hot:
        codes = [NO_ROW if code == REFUSED else code + int(recipe.takes_unknown) for code in codes]
    return [*places, ""], codes


def _encoded(v: Values, raw: Ref, recipes: Sequence[NumberRecipe]) -> Ref:
    """Numbers along the last axis, filled and scaled; what no training row lacked stays NaN where it is empty."""
    x = raw if recipes[0].date else v.add("Cast", raw, to=DOUBLE)
    fills = [float("nan") if r.missing in (ERROR, DROP) else r.fill for r in recipes]
    if not all(np.isnan(fills)):
        x = v.add("Where", v.add("IsNaN", x), _row(fills), x)
    logs = [r.log for r in recipes]
    if any(logs):
        x = v.add("Where", _row(logs, np.bool_), _log1p(v, x), x)
    return v.add("Cast", _shifted(v, x, [r.shift for r in recipes], [r.spread for r in recipes]), to=FLOAT)


def scaled(v: Values, x: Ref, scaling: Scaling) -> Ref:
    """(value - shift) / scale along the last axis, or the logarithm of 1 + value; float32."""
    exact = v.add("Cast", x, to=DOUBLE)
    made = _log1p(v, exact) if scaling.kind == LOG else _shifted(v, exact, scaling.shift, scaling.scale)
    return v.add("Cast", made, to=FLOAT)


def scaled_back(v: Values, y: Ref, scaling: Scaling) -> Ref:
    """The values that `scaled` would have made these of."""
    exact = v.add("Cast", y, to=DOUBLE)
    if scaling.kind == LOG:
        made = v.add("Sub", v.add("Exp", exact), number(1.0, np.float64))
    else:
        made = v.add("Add", v.add("Mul", exact, _row(scaling.scale)), _row(scaling.shift))
    return v.add("Cast", made, to=FLOAT)


def _log1p(v: Values, x: Ref) -> Ref:
    return v.add("Log", v.add("Add", x, number(1.0, np.float64)))


def _shifted(v: Values, x: Ref, shift: Sequence[float], spread: Sequence[float]) -> Ref:
    if any(shift):
        x = v.add("Sub", x, _row(shift))
    return v.add("Div", x, _row(spread)) if any(n != 1.0 for n in spread) else x


def _row(values: Sequence[Any], dtype: Any = np.float64) -> Const:
    """A number for each place on the last axis; one for all is given without axes."""
    return Const(np.asarray(values[0] if len(values) == 1 else values, dtype))


def _described(preparation: Preparation) -> str:
    """What people should know of an input that is no column."""
    columns = ", ".join(preparation.places)
    changed = preparation.scaling or preparation.windows
    said = [preparation.unsaid or columns, "in the units of the data" if changed else ""]
    return "; ".join(filter(None, said))


def of_batch(spec: TensorSpec) -> Dims:
    """The shape of all samples."""
    return (BATCH, *spec.shape)


def info(name: str, kind: int, shape: Dims, doc: str = "") -> onnx.ValueInfoProto:
    """An input or output of the graph."""
    return helper.make_tensor_value_info(name, kind, [_axis(n) for n in shape], doc)


def _axis(n: int | Samples) -> int | str:
    if not isinstance(n, Samples):
        return n
    return "batch" if n == BATCH else f"{n.each} * batch + {n.more}"
