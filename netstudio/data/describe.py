"""What a source of data holds, told column by column or field by field, before anything is trained on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from netstudio.data import suggest
from netstudio.data.binding import ANSWERS
from netstudio.data.dataset import Array, Dataset
from netstudio.data.encoding import encode
from netstudio.data.facts import ColumnFacts, FieldFacts, column_facts, field_facts
from netstudio.data.loading import load
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import TEXT, ColumnSettings
from netstudio.data.sources import csv_batches
from netstudio.data.sources.csv_form import detect
from netstudio.data.sources.packed import suffix_of
from netstudio.data.sources.reuse import Reuse
from netstudio.data.sources.table import FORMS
from netstudio.errors import DataError, ImageSizeError
from netstudio.graph import Graph

MOST_TOLD = 50  # classes, with their counts, in JSON


@dataclass(frozen=True)
class Description:
    """A table has `columns`, as they stand in the file; `fields` are what Inputs and Targets can take.

    Where the settings say something of columns, the fields are what becomes of them by these settings. `problem` says
    why that can't be done. `target` is the column that is predicted, said or guessed, and `form` tells how a file of
    text is written.
    """

    source: str
    rows: int
    columns: tuple[ColumnFacts, ...]
    fields: tuple[FieldFacts, ...]
    target: str | None = None
    problem: str | None = None
    form: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> ColumnFacts:
        """The column of that name; KeyError where there is none."""
        return {c.name: c for c in self.columns}[name]

    def field(self, name: str) -> FieldFacts | None:
        """The field of that name, where there is one."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that are predicted; none where it is a quantity."""
        if self.target is not None:
            return self.column(self.target).classes if self.column(self.target).is_classes else ()
        label = self.field("label")
        return label.classes if label is not None else ()

    def suggested(self) -> dict[str, Any]:
        """A "data" block that can be trained with as it is, from what the data look like."""
        return suggest.data_block(self)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, with what is suggested; of many classes the first, and in "distinct" how many there are."""
        columns = [_shortened(asdict(c)) for c in self.columns]
        fields = [_shortened({**asdict(f), "distinct": f.ids if f.classes else None}) for f in self.fields]
        return {**asdict(self), "columns": columns, "fields": fields, "suggested": self.suggested()}


def _shortened(facts: dict[str, Any]) -> dict[str, Any]:
    return {**facts, "classes": facts["classes"][:MOST_TOLD], "counts": facts["counts"][:MOST_TOLD]}


def describe(
    source: str,
    folder: str | Path | None = None,
    settings: DataSettings | Mapping[str, Any] | None = None,
    graph: Graph | None = None,
    seed: int = 0,
    reuse: Reuse | None = None,
    most: int | None = None,
) -> Description:
    """What `source` holds, read as the settings (or a "data" block) say; a relative path starts at `folder`.

    With `reuse`, a table that was read before is not read again; `most` is that of `encode`. Raises DataError and
    FileError where it can't be read at all; what is wrong with single columns is told of them.
    """
    said = settings if isinstance(settings, DataSettings) else DataSettings(**(settings or {}))
    dataset, said = _loaded(source, folder, said, graph, seed, reuse)
    table = dataset.table
    columns = column_facts(table, said) if table is not None else ()
    encoded, ids, problem = _encoded(dataset, said, seed, most)
    whole: Mapping[str, Array] = (
        dataset.fields if encoded.rows < dataset.rows and said.window is None else {}
    )  # all answers are counted
    values = {name: whole[name] if name in ANSWERS and name in whole else v for name, v in encoded.fields.items()}
    fields = tuple(field_facts(name, v, encoded, ids.get(name)) for name, v in values.items())
    target = table.target if table is not None else None
    form = _form(source, folder, said)
    return Description(source, dataset.rows, columns, fields, target, problem, form, given(said))


def _form(source: str, folder: str | Path | None, said: DataSettings) -> str | None:
    path = Path(folder or ".") / source
    return detect(path, said.read).described() if FORMS.get(suffix_of(path)) is csv_batches else None


def given(settings: DataSettings) -> dict[str, Any]:
    """Of the settings, what is not the default, in a document's form."""
    plain = {name: value for name, value in settings.params.items() if value != settings.declared[name].checked_default}
    return {name: suggest.plain(value) for name, value in plain.items()}


def _loaded(
    source: str, folder: str | Path | None, said: DataSettings, graph: Graph | None, seed: int, reuse: Reuse | None
) -> tuple[Dataset, DataSettings]:
    """The samples, and how they were read: images get a size where they need one.

    Columns of more different texts than can be classes are read as texts.
    """
    try:
        dataset = load(source, folder, said, graph, seed, reuse)
    except ImageSizeError as error:
        said = DataSettings(**{**said.params, "image": {**said.image.params, "size": error.size}})
        dataset = load(source, folder, said, graph, seed, reuse)
    columns = dataset.table.columns if dataset.table is not None else ()
    long = [c.name for c in columns if not c.is_usable and c.kind == "category" and c.name not in said.columns]
    if not long:
        return dataset, said
    texts = {name: ColumnSettings(type=TEXT) for name in long}
    read = DataSettings(**{**said.params, "columns": {**said.columns, **texts}})
    return load(source, folder, read, graph, seed, reuse), said


def _encoded(
    dataset: Dataset, said: DataSettings, seed: int, most: int | None
) -> tuple[Dataset, dict[str, int], str | None]:
    """The data set with what becomes of its columns, how many ids texts have, and why that can't be done."""
    try:
        found = encode(dataset, said, seed, _label, most=most)
    except DataError as error:
        return dataset, {}, str(error)
    return found.dataset, found.recipe.ids if found.recipe else {}, found.dataset.problems.get("features")


def _label(samples: Dataset) -> dict[str, Array]:
    return {"label": samples.fields["label"]} if "label" in samples.fields else {}
