"""What the columns of a data set's table hold, and how a cell of each reads. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from netstudio.data import spool, table
from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import columns as kinds
from netstudio.data.texts import Texts

Kind = Literal["number", "class", "date", "text", "image", "line", "numbers"]
SHORTEST_LINE = 8  # a sequence of fewer values is read rather than drawn
FEW = 6  # values of one cell that are written
COMPARED = 1000  # rows in which a column and what is made of it are compared
ANSWERS = ("target", "label")  # fields that repeat a table's column


@dataclass(frozen=True, eq=False)
class Column:
    """One field of the samples: (rows, ...) `values`, where `classes` name class numbers.

    Of a table's column, NaN and -1 stand for empty cells. Where it holds `texts`, values are the rows' numbers; dates
    are days since 1970.
    """

    name: str
    values: Array
    classes: tuple[str, ...] = ()
    texts: Texts | None = None
    is_date: bool = False

    @cached_property
    def kind(self) -> Kind:
        if self.texts is not None:
            return "text"
        if self.is_date:
            return "date"
        shape = self.values.shape[1:]
        if not shape:
            return "class" if self.classes else "number"
        if len(shape) == 3 and shape[-1] in (1, 3, 4) and min(shape[:2]) > 1:
            return "image"
        if len(shape) <= 2 and shape[0] >= SHORTEST_LINE:
            return "line"
        return "numbers"

    def text(self, row: int) -> str:
        """What stands in the cell; of an image and a line, their shape, since they are drawn."""
        value = self.values[row]
        if self.texts is not None:
            return self.texts[row] or ""
        if self.kind == "class":
            return self.classes[int(value)] if value >= 0 else ""
        if self.kind == "date":
            return "" if np.isnan(value) else _date(float(value))
        if self.kind == "number":
            return "" if np.isnan(value) else f"{value:.6g}"
        if self.kind in ("image", "line"):
            return "×".join(map(str, value.shape))
        flat = value.reshape(-1)
        written = ", ".join(f"{v:.4g}" for v in flat[:FEW])
        return f"{written}, … ({flat.size})" if flat.size > FEW else written

    @cached_property
    def keys(self) -> Array:
        """A number for each row by which the rows sort: classes and texts by name, many values by their mean.

        Of an empty cell it is NaN.
        """
        if self.texts is not None:
            return _ranks(self.texts.of(self.values))
        if self.kind == "class":
            places = np.append(np.argsort(np.argsort(np.array(self.classes, dtype=str), kind="stable")), np.nan)
            return spool.transformed(self.values, lambda part: places[part], (), np.float32)
        if self.kind in ("number", "date"):
            return self.values
        return spool.transformed(self.values, lambda part: part.reshape(len(part), -1).mean(axis=1), (), np.float32)


def columns_of(dataset: Dataset) -> tuple[Column, ...]:
    """The columns to show, no value twice: a table's own ones, as they were read, rather than what is made of them."""
    if dataset.table is not None:
        return tuple(column for column in map(_as_read, dataset.table.columns) if column is not None)
    fields, classes = dataset.fields, dataset.classes
    if "features" in dataset.apart and len(dataset.apart) < len(fields):  # a table
        fields = {name: values for name, values in fields.items() if name != "features"}
    again = _repeated(fields, classes)
    return tuple(Column(n, v, classes.get(n, ())) for n, v in fields.items() if n not in again)


def _as_read(column: table.Column) -> Column | None:
    """A table's column with its empty cells; None where it could not be read."""
    if column.texts is not None:
        return Column(column.name, np.arange(len(column.texts)), texts=column.texts)
    if column.kind == kinds.DATE and column.exact is not None:
        return Column(column.name, column.exact, is_date=True)
    return None if column.values is None else Column(column.name, column.values, column.classes)


def _date(days: float) -> str:
    """Days since 1970 as people write them, with the time where there is one."""
    seconds = round(days * 86400)
    text = str(np.datetime64(seconds, "s"))
    return text[:10] if seconds % 86400 == 0 else text.replace("T", " ")


def _ranks(texts: list[str | None]) -> Array:
    import polars

    ranks = polars.Series(texts, dtype=polars.String).rank("dense")
    return ranks.cast(polars.Float64).fill_null(float("nan")).to_numpy()


def _repeated(fields: Mapping[str, Array], classes: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Of "target" and "label", those that stand in a column of another name, or in one another."""
    found: set[str] = set()
    for answer in (name for name in ANSWERS if name in fields):
        others = [name for name in fields if name not in (answer, *found) and fields[name].ndim == 1]
        if any(
            _same(Column("", fields[answer], classes.get(answer, ())), Column("", fields[n], classes.get(n, ())))
            for n in others
        ):
            found.add(answer)
    return found


def _same(one: Column, other: Column) -> bool:
    """Whether two columns of single values read the same."""
    if one.classes == other.classes:
        return np.array_equal(one.values, other.values)
    return all(one.text(row) == other.text(row) for row in range(min(len(one.values), COMPARED)))
