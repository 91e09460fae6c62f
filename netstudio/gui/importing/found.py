"""What a source holds under some settings, and what could be trained on it. Knows no Qt; it takes a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.data.settings.columns import CATEGORY
from netstudio.data.sources.packed import TEXTS, suffix_of
from netstudio.errors import NetStudioError
from netstudio.gui.data.columns import Column, columns_of
from netstudio.gui.data.statistics import EVERYTHING, Rows
from netstudio.gui.importing.starter import Feed, Goal

if TYPE_CHECKING:
    from netstudio.data.dataset import Dataset
    from netstudio.data.describe import Description
    from netstudio.data.encoding import Encoded
    from netstudio.data.recipe import Recipe
    from netstudio.data.settings import DataSettings
    from netstudio.data.sources.csv_form import CsvForm
    from netstudio.data.sources.reuse import Reuse

ANSWERS = ("label", "target")
MOST_ROWS = 50_000  # of a table, whose columns' recipes are tried


@dataclass(frozen=True)
class Found:
    """The samples as they were read, `columns` to show them by, and what a network would be given.

    `description` tells of columns and fields, `form` how a file of text is written. `problem` says why nothing can be
    trained on the data yet; then there is no `goal`. Of a large table, `encoded` holds some rows only, and `answered`
    what is predicted of all.
    """

    dataset: Dataset
    columns: tuple[Column, ...]
    description: Description
    form: CsvForm | None = None
    encoded: Encoded | None = None
    answered: Dataset | None = None
    feeds: tuple[Feed, ...] = ()
    goal: Goal | None = None
    scales: tuple[str, ...] = ()  # the fields whose values are still to be scaled
    problem: str = ""

    @property
    def parts(self) -> Mapping[str, Rows]:
        """The numbers of the samples of each part, by its name."""
        if self.encoded is None:
            return {EVERYTHING: np.arange(self.dataset.rows)}
        return self.encoded.parts.by_name()

    @property
    def answers(self) -> Column | None:
        """What is predicted, a row a sample; None where it is no single class or number."""
        if self.goal is None or self.answered is None:
            return None
        samples = self.answered
        column = Column(self.goal.name, samples.fields[self.goal.field], samples.classes.get(self.goal.field, ()))
        return column if column.values.ndim == 1 else None


def begin(
    said: Mapping[str, Any], folder: Path | None, seed: int = 0, reuse: Reuse | None = None
) -> tuple[dict[str, Any], Found]:
    """The data block that is suggested where `said` leaves something open, and what its source holds."""
    from netstudio.data.describe import describe
    from netstudio.data.sources.reuse import Reuse

    reuse = reuse or Reuse()
    block = describe(said["source"], folder, said, None, seed, reuse, MOST_ROWS).suggested()
    return block, find(block, folder, seed, reuse)


def find(block: Mapping[str, Any], folder: Path | None, seed: int = 0, reuse: Reuse | None = None) -> Found:
    """Read the source that a data block names. ParamError, DataError or FileError where that can't be done.

    With `reuse`, a table is read once, however often what its columns are for is changed.
    """
    from netstudio.data.describe import Description
    from netstudio.data.facts import column_facts
    from netstudio.data.loading import load
    from netstudio.data.settings import DataSettings

    settings = DataSettings(**block)
    dataset = load(settings.source or "", folder, settings, None, seed, reuse)
    table = dataset.table
    columns = column_facts(table, settings) if table is not None else ()
    target = table.target if table is not None else None
    description = Description(dataset.source, dataset.rows, columns, (), target)
    read = Found(dataset, columns_of(dataset), description, _form(settings, folder))
    try:
        return _planned(read, settings, seed)
    except NetStudioError as error:
        return replace(read, problem=str(error))


def _form(settings: DataSettings, folder: Path | None) -> CsvForm | None:
    """How a file of text is written."""
    from netstudio.data.sources.csv_form import detect

    path = (folder or Path()) / (settings.source or "")
    return detect(path, settings.read) if suffix_of(path) in TEXTS and path.is_file() else None


def _planned(read: Found, settings: DataSettings, seed: int) -> Found:
    """With the parts, and with what a network takes and predicts."""
    from netstudio.data.encoding import encode
    from netstudio.data.facts import field_facts

    answer = _answer(read, settings)
    name = read.description.target or answer
    is_classes = answer in read.dataset.classes
    encoded = encode(
        read.dataset, settings, seed, lambda d: {answer: d.fields[answer]} if is_classes else {}, most=MOST_ROWS
    )
    is_whole = encoded.windows is not None or encoded.dataset.rows == read.dataset.rows
    answered = encoded.dataset if is_whole else read.dataset
    samples, ids = encoded.dataset, encoded.recipe.ids if encoded.recipe is not None else {}
    feeds, goal = _feeds(samples, encoded.recipe, answer), replace(_goal(answered, answer), name=name)
    fields = tuple(field_facts(name, values, samples, ids.get(name)) for name, values in samples.fields.items())
    wide = {f.name for f in fields if (f.minimum or 0.0) < 0.0 or (f.maximum or 0.0) > 1.0}
    bare = [f.field for f in feeds if f.ids is None and f.field in wide and f.shape and not settings.columns]
    bare += [answer] * (goal.classes is None and not settings.columns)
    description = replace(read.description, fields=fields)
    return replace(
        read, encoded=encoded, answered=answered, description=description, feeds=feeds, goal=goal, scales=tuple(bare)
    )


def _answer(read: Found, settings: DataSettings) -> str:
    """The field to predict: "label" for classes, "target" for a quantity. DataError where there is neither."""
    dataset, name = read.dataset, read.description.target
    facts = next((f for f in read.description.columns if f.name == name), None)
    said = settings.columns[name].type if name is not None and name in settings.columns else None
    as_classes = facts.is_classes if facts is not None and said is None else said == CATEGORY
    if facts is not None and (as_classes or facts.type == CATEGORY):
        wanted = "label"
    else:
        wanted = next((n for n in reversed(ANSWERS) if n in dataset.fields), "label")
    dataset.field(wanted)  # says why it can't be used
    return wanted


def _goal(dataset: Dataset, answer: str) -> Goal:
    if answer in dataset.classes:
        return Goal(answer, len(dataset.classes[answer]))
    values = dataset.fields[answer]
    if values.dtype.kind == "i":
        return Goal(answer, int(values.max()) + 1)
    return Goal(answer, None, values.shape[1:])


def _feeds(dataset: Dataset, recipe: Recipe | None, answer: str) -> tuple[Feed, ...]:
    """All features side by side, and what can't stand there; else the first field that is no answer."""
    from netstudio.data.recipe.categories import CategoryRecipe
    from netstudio.data.recipe.tokens import TextRecipe

    if "features" in dataset.problems and dataset.table is not None:
        dataset.field("features")  # says what is wrong
    feeds = [_feed(dataset, "features")] if "features" in dataset.fields else []
    for column in recipe.columns if recipe is not None else ():
        if isinstance(column, TextRecipe):
            feeds.append(replace(_feed(dataset, column.name), ids=column.ids))
        elif isinstance(column, CategoryRecipe) and not column.one_hot:
            feeds.append(replace(_feed(dataset, column.name), ids=len(column.classes)))
    others = [name for name in dataset.fields if name not in (*ANSWERS, answer)]
    if not feeds and others:
        feeds.append(_feed(dataset, others[0]))
    if not feeds:
        dataset.field("features")
    return tuple(feeds)


def _feed(dataset: Dataset, name: str) -> Feed:
    values = dataset.fields[name]
    return Feed(name, values.shape[1:], int(values.max()) + 1 if values.dtype.kind == "i" else None)
