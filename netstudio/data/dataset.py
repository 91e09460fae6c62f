"""Samples as named arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.data import spool
from netstudio.data.table import Table
from netstudio.errors import DataError, suggestion

Array = NDArray[Any]


@dataclass(frozen=True)
class Dataset:
    """`fields` are (rows, ...) arrays of float32, or int64 for class numbers; `classes` names a field's class numbers.

    `columns` are the columns that "features" holds side by side. `problems` says of a field why it can't be used, so
    that an empty cell matters only where its column does. `table` is what they come from, as it was read, and `places`
    names the numbers side by side that a single column became.
    """

    source: str
    fields: Mapping[str, Array]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    table: Table | None = None
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(next(iter(self.fields.values()), ()))

    @property
    def apart(self) -> dict[str, Array]:
        """The fields less the columns that "features" holds too, so that no value comes twice."""
        whole = self.fields.get("features")
        again = set(self.columns) if whole is not None and whole.shape[1:] == (len(self.columns),) else set()
        return {name: values for name, values in self.fields.items() if name == "features" or name not in again}

    @cached_property
    def hash(self) -> str:
        """A SHA-256 of the fields' names, types, shapes and values."""
        digest = hashlib.sha256(repr(self.columns).encode())
        for name, values in sorted(self.apart.items()):
            digest.update(f"{name} {values.dtype} {values.shape} {self.classes.get(name)}\n".encode())
            for rows in spool.chunks(values):
                digest.update(np.ascontiguousarray(values[rows]).data)
        for column in self.table.columns if self.table is not None else ():
            if column.problem is not None or column.texts is not None:
                column.feed(digest.update)
        return digest.hexdigest()

    def field(self, name: str) -> Array:
        """The field's (rows, ...) array; DataError where there is none or it can't be used."""
        if name in self.problems:
            raise DataError(f"{self.source}: {self.problems[name]}")
        if name not in self.fields:
            known = [*self.fields, *self.problems]
            near = suggestion(name, known) or f"; there are {listed(known)}"
            raise DataError(f"{self.source} has no field {name!r}{near}")
        return self.fields[name]

    def recoded(self, name: str, classes: tuple[str, ...]) -> Dataset:
        """With the field's class numbers counted in `classes`; DataError where it has one that is not there."""
        number = {c: i for i, c in enumerate(classes)}
        own = self.classes[name]
        used = spool.distinct(self.fields[name])
        strange = [own[i] for i in used if own[i] not in number]
        if strange:
            near = f"the model knows {listed(list(classes))}"
            raise DataError(f"{self.source}: field {name!r} has the class {strange[0]!r}; {near}")
        numbers = np.array([number.get(c, -1) for c in own], np.int64)
        again = spool.transformed(self.fields[name], lambda old: numbers[old], self.fields[name].shape[1:], np.int64)
        fields = {**self.fields, name: again}
        return replace(self, fields=fields, classes={**self.classes, name: classes})

    def described(self) -> str:
        """The fields and their shapes: "image (8, 8, 1), label ()"."""
        return listed([f"{name} {values.shape[1:]}" for name, values in self.fields.items()])


def listed(names: list[str], most: int = 12) -> str:
    """The first of the names."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def checked(dataset: Dataset) -> Dataset:
    """The dataset, if its fields have rows, and equally many, and only finite numbers; else DataError.

    A table's own columns were looked at as they were read.
    """
    counts = {name: len(values) for name, values in dataset.fields.items()}
    if not any(counts.values()) and not dataset.problems:
        raise DataError(f"{dataset.source} has no rows; there is nothing to learn from")
    if len(set(counts.values())) > 1:
        told = listed([f"{name} {count}" for name, count in counts.items()])
        raise DataError(f"{dataset.source}: the fields have unequally many rows ({told}); each needs one a sample")
    own = {column.name for column in dataset.table.columns} if dataset.table is not None else set()
    for name, values in dataset.apart.items():
        if name in own:
            continue
        row = spool.first_row(values, lambda part: ~np.isfinite(part)) if values.dtype.kind == "f" else None
        if row is not None:
            raise DataError(f"{dataset.source}: field {name!r} is not a finite number in sample {row} (from 0)")
    return dataset
