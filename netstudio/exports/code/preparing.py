"""What was learnt from the data, written out: `prepare` for tables, `scale` for arrays, `answers` for predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from netstudio.data.answers import UNJUDGED, judges
from netstudio.data.preprocessing import Preprocessing, Scaling
from netstudio.data.recipe.numbers import NumberRecipe
from netstudio.data.recipe.recipe import ColumnRecipe, Recipe
from netstudio.data.recipe.tokens import TextRecipe
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import GROUP
from netstudio.exports.code import layout
from netstudio.exports.code.layout import literal
from netstudio.exports.program import Program
from netstudio.files.models import ModelFile
from netstudio.graph.tensor import TensorSpec

FEW = 8  # numbers that are written where they are used


@dataclass
class Preparing:
    """`lists` are the constants that it needs, by name and key; `functions` the source of what it wrote."""

    model: ModelFile
    program: Program
    lists: dict[str, dict[str, Sequence[object]]] = field(default_factory=dict)
    prepare: str | None = None
    scale: str | None = None
    answers: str = ""

    def __post_init__(self) -> None:
        self._fitted = Preprocessing.from_json(self.model.preprocessing)
        self._settings = DataSettings(**self.model.graph.data)
        self._judges = judges(self.model.graph)
        self.prepare = self._prepare()
        if self._fitted.recipe is None:
            self.scale = self._scale()
        self.answers = self._answers()

    @property
    def functions(self) -> list[str]:
        return [text for text in (self.prepare, self.scale, self.answers) if text]

    @property
    def constants(self) -> list[str]:
        """The lists, each key on lines of its own."""
        return [_constant(name, lists) for name, lists in self.lists.items()]

    @property
    def is_scaled(self) -> bool:
        """Whether the arrays are not taken as they are."""
        return any(id in self._fitted.steps for id in self.program.inputs)

    @property
    def fields(self) -> dict[str, str]:
        """By Input, what else its array may be called."""
        return {id: next(iter(self._fitted.columns.get(id, ())), id) for id in self.program.inputs}

    @property
    def first(self) -> tuple[int, int]:
        """The row that the first sample is named by, and how many come between two samples."""
        window = self._settings.window
        return (window.steps - 1, window.stride) if window else (0, 1)

    @property
    def header(self) -> bool:
        return self._settings.read.header is not False

    # ---------------------------------------------------------------------------------------------- inputs

    def _prepare(self) -> str | None:
        """None where an Input takes what no columns give."""
        grouped = any(column.role == GROUP for column in self._settings.columns.values())
        if self._settings.window and grouped:
            return None
        made = {id: self._of_table(id, spec) for id, spec in self.program.inputs.items()}
        if None in made.values():
            return None
        head = "def prepare(columns: Columns) -> dict[str, Any]:"
        says = '"""What the model takes, of a table\'s columns of cells by name, as in training."""'
        return _function(head, says, {id: text for id, text in made.items() if text is not None})

    def _scale(self) -> str:
        made = {}
        for id, spec in self.program.inputs.items():
            text = self._scaled(id, f"arrays[{literal(id)}]")
            made[id] = _shaped(text if id in self._fitted.steps else f"np.asarray({text})", spec)
        head = "def scale(arrays: Mapping[str, Any]) -> dict[str, Any]:"
        return _function(head, '"""What the model takes, of arrays as its data have them."""', made)

    def _of_table(self, id: str, spec: TensorSpec) -> str | None:
        names = self._fitted.columns.get(id, ())
        if self._fitted.recipe is not None:
            text = self._by_recipe(self._fitted.recipe, names)
        elif len(names) != math.prod(spec.shape):
            return None
        elif id in self.model.classes:
            text = f"places(columns, {literal(names[0])}, {self._listed('CLASSES', id, self.model.classes[id])})"
        else:
            text = _side_by_side([f"numbers(columns, {literal(name)})" for name in names])
        if text is None:
            return None
        if self._settings.window:
            text = f"windows_of({text}, {self._settings.window.steps}, {self._settings.window.stride})"
        return _shaped(self._scaled(id, text), spec)

    def _by_recipe(self, recipe: Recipe, names: Sequence[str]) -> str | None:
        parts = list(self._parts(recipe, names))
        return None if not parts or None in parts else _side_by_side([p for p in parts if p is not None])

    def _parts(self, recipe: Recipe, names: Sequence[str]) -> Iterator[str | None]:
        """The columns that become those places, each with those of its places that are wanted."""
        owners = {place: r for r in recipe.columns for place in _places(r)}
        at = 0
        while at < len(names):
            owner = owners.get(names[at])
            if owner is None:
                yield None
                return
            places = _places(owner)
            wanted = names[at : at + len(places)]
            wanted = wanted[: next((i for i, place in enumerate(wanted) if place not in places), len(wanted))]
            text = self._column(owner)
            yield text if tuple(wanted) == places else f"{text}[:, {[places.index(place) for place in wanted]}]"
            at += len(wanted)

    def _column(self, r: ColumnRecipe) -> str:
        name = literal(r.name)
        if isinstance(r, NumberRecipe):
            function = "dates" if r.date else "numbers"
            own = {"missing": r.missing, "fill": r.fill, "log": r.log, "shift": r.shift, "spread": r.spread}
            return f"{function}(columns, {name}{_unusual(own)})"
        if isinstance(r, TextRecipe):
            known = self._listed("VOCABULARY", r.name, r.vocabulary)
            own = {"missing": r.missing, "fill": r.fill}
            return f"tokens(columns, {name}, {known}, {r.length}, {r.tokens == 'words'}, {r.lowercase}{_unusual(own)})"
        known = self._listed("CATEGORIES", r.name, r.categories)
        own = {"missing": r.missing, "fill": r.fill, "takes_unknown": r.takes_unknown}
        found = f"places(columns, {name}, {known}{_unusual(own)})"
        if r.one_hot:
            return f"one_hot({found}, {len(r.places)})"
        return f"{found} + 1" if r.takes_unknown else found

    def _scaled(self, id: str, text: str) -> str:
        step = self._fitted.steps.get(id)
        return text if step is None else f"scaled({text}, {self._of(step, id)})"

    # ---------------------------------------------------------------------------------------------- predictions

    def _answers(self) -> str:
        several = len(self.program.outputs) > 1
        told = [self._told(node, f"y[{literal(node)}]" if several else "y", several) for node in self.program.outputs]
        if several:
            body = ["return {", *(line for text in told for line in layout.lines(f"**{text},", 1, 1)), "}"]
        else:
            body = layout.lines(f"return {told[0]}", 0, 1)
        says = '"""What the predictions mean, as columns: classes, or quantities in the data\'s units."""'
        return "\n".join(["def answers(y: Any) -> Table:", *(f"    {line}" for line in [says, *body])])

    def _told(self, node: str, y: str, several: bool) -> str:
        loss, target = self._judges.get(node, UNJUDGED)
        shape = self.program[self.program.outputs[node]].shape[1:]
        kind = (loss.accuracy or "") if loss is not None and target is not None else ""
        if target is None or loss is None:
            return f"told_values({y}, {literal(node)})"
        prefix = f", {literal(f'{node}.')}" if several else ""
        if "Categorical" in kind and len(shape) == 1:
            names = self._named(target, int(str(shape[0])))
            return f"told_classes({y}, {names}, {bool(loss.from_logits)}{prefix})"
        if "Binary" in kind and all(n == 1 for n in shape):
            return f"told_two({y}, {self._named(target, 2)}, {bool(loss.from_logits)}{prefix})"
        if target in self._fitted.steps:
            y = f"scaled_back({y}, {self._of(self._fitted.steps[target], target)})"
        return f"told_values({y}, {literal(node)})"

    def _named(self, target: str, count: int) -> str:
        """The names of the classes; those that the data never had are called by their numbers."""
        names = self.model.classes.get(target, ())
        return self._listed("CLASSES", target, [*names[:count], *(str(i) for i in range(len(names), count))])

    # ---------------------------------------------------------------------------------------------- constants

    def _of(self, step: Scaling, node: str) -> str:
        """A scaling's kind, shifts and scales."""
        if len(step.shift) <= FEW:
            return f"{literal(step.kind)}, {literal(list(step.shift))}, {literal(list(step.scale))}"
        shift, scale = self._listed("SHIFT", node, step.shift), self._listed("SCALE", node, step.scale)
        return f"{literal(step.kind)}, {shift}, {scale}"

    def _listed(self, constant: str, key: str, items: Sequence[object]) -> str:
        self.lists.setdefault(constant, {})[key] = items
        return f"{constant}[{literal(key)}]"


def _places(r: ColumnRecipe) -> tuple[str, ...]:
    return (r.name,) if isinstance(r, TextRecipe) else r.places


def _unusual(own: Mapping[str, object]) -> str:
    """The keyword arguments that are not what the functions take anyway."""
    usual = {"missing": "error", "log": False, "shift": 0.0, "spread": 1.0, "takes_unknown": False}
    return "".join(f", {n}={literal(v)}" for n, v in own.items() if v != usual.get(n) and not (n == "fill" and not v))


def _side_by_side(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"np.concatenate([{', '.join(parts)}], 1)"


def _shaped(text: str, spec: TensorSpec) -> str:
    shape = ", ".join(map(str, (-1, *spec.shape)))
    return f"{text}.reshape({shape})" if not text.endswith(" + 1") else f"({text}).reshape({shape})"


def _function(head: str, says: str, made: Mapping[str, str]) -> str:
    entries = [line for id, text in made.items() for line in layout.lines(f"{literal(id)}: {text},", 2)]
    return "\n".join([head, f"    {says}", "    return {", *entries, "    }"])


def _constant(name: str, lists: Mapping[str, Sequence[object]]) -> str:
    rows = []
    for key, items in lists.items():
        line = f"{layout.INDENT}{literal(key)}: {literal(list(items))},"
        rows += [line] if len(line) <= layout.WIDTH else _long(key, items)
    lines = [f"{name} = {{", *rows, "}"]
    return "\n".join(["# fmt: off", *lines, "# fmt: on"] if len(rows) > len(lists) else lines)


def _long(key: str, items: Sequence[object]) -> list[str]:
    return [f"    {literal(key)}: [", *layout.listing(items, 2), "    ],"]
