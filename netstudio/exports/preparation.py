"""What stands between data and a model: what its Inputs are made of, what its predictions are scaled back by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netstudio.data.answers import UNJUDGED, judges
from netstudio.data.preprocessing import Preprocessing, Scaling
from netstudio.data.recipe.categories import CategoryRecipe
from netstudio.data.recipe.numbers import NumberRecipe
from netstudio.data.recipe.recipe import Recipe
from netstudio.files.models import ModelFile
from netstudio.graph import Graph
from netstudio.graph.tensor import TensorSpec

Sayable = NumberRecipe | CategoryRecipe


@dataclass(frozen=True)
class Preparation:
    """What one Input takes: `places`, by name, of the numbers that `recipes` make of a row's columns, side by side.

    Without recipes it takes a tensor as the model's data have it, of columns of those names if they have any; `unsaid`
    says what that is, where there are recipes that no export repeats. Either goes through the `scaling` then.

    Of `windows` of a table's rows the recipes, of numbers alone, are those of the tensor's last axis.
    """

    recipes: tuple[Sayable, ...] = ()
    places: tuple[str, ...] = ()
    scaling: Scaling | None = None
    unsaid: str | None = None
    windows: bool = False


def preparations(model: ModelFile, inputs: Mapping[str, TensorSpec]) -> dict[str, Preparation]:
    """By Input."""
    fitted = Preprocessing.from_json(model.preprocessing)
    return {id: _preparation(model.graph, fitted, id, spec) for id, spec in inputs.items()}


def _preparation(graph: Graph, fitted: Preprocessing, id: str, spec: TensorSpec) -> Preparation:
    scaling, places = fitted.steps.get(id), fitted.columns.get(id, ())
    if fitted.recipe is None or not places:
        return Preparation((), places, scaling)
    recipes = _recipes(fitted.recipe, places)
    if graph.data.get("window"):
        if recipes is not None and all(isinstance(r, NumberRecipe) and not r.flags and not r.date for r in recipes):
            by_name = {r.name: r for r in recipes}
            return Preparation(tuple(by_name[place] for place in places), places, scaling, windows=True)
        return Preparation((), places, scaling, "takes windows of rows as prepared for training, not a table's columns")
    if recipes is None:
        return Preparation((), places, scaling, f"takes numbers of tokens, not the texts of column {places[0]!r}")
    return Preparation(recipes, places, scaling)


def _recipes(recipe: Recipe, places: tuple[str, ...]) -> tuple[Sayable, ...] | None:
    """The columns that become those places; None where one of the places is made of a text."""
    wanted = set(places)
    found = tuple(r for r in recipe.columns if isinstance(r, Sayable) and not wanted.isdisjoint(r.places))
    return found if wanted.issubset(place for r in found for place in r.places) else None


def scalings_back(model: ModelFile, outputs: Mapping[str, int]) -> dict[str, Scaling]:
    """What leads from predictions to quantities in the data's units, by predicted node."""
    fitted, by_node, found = Preprocessing.from_json(model.preprocessing), judges(model.graph), {}
    for node in outputs:
        loss, target = by_node.get(node, UNJUDGED)
        tells_classes = loss is not None and any(kind in (loss.accuracy or "") for kind in ("Categorical", "Binary"))
        if target is not None and target in fitted.steps and not tells_classes:
            found[node] = fitted.steps[target]
    return found
