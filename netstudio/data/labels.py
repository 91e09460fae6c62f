"""What samples are split by: a class, a group, a time or the name of a part for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.settings import DataSettings
from netstudio.data.settings import columns as roles
from netstudio.data.settings.split import FOLDER, GROUP, RANDOM, STRATIFIED, TIME
from netstudio.errors import DataError

PART_OF_FOLDER = "folder"  # the field in which a folder of images says which folder each came from
MOST_STRATA = 1000


@dataclass(frozen=True)
class Labels:
    """A code for each sample, 0 or more, in the order of the values; `names` are the values by code.

    `what` tells where they come from, for messages: "column 'day'".
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]
    what: str
    source: str

    def name_of(self, code: int) -> str:
        return repr(self.names[code])

    @property
    def listed(self) -> str:
        """The first of the values."""
        return listed([repr(n) for n in self.names], 6)


def labels(
    dataset: Dataset, settings: DataSettings, targets: Mapping[str, Array], unasked: str = RANDOM
) -> tuple[str, Labels | None]:
    """How the samples are split, and by which labels; `unasked` is the way where nothing says another.

    None where there is no label: at random, and by time in the order of the samples. DataError where what is asked for
    is not there.
    """
    by, column = settings.split.by, settings.split.column
    if by is None:
        by = next((role for role in (GROUP, TIME) if _column_of(settings, role)), None)
        by = by or (FOLDER if _is_parted(dataset, settings) else unasked)
    if by == RANDOM:
        return by, None
    if by == STRATIFIED and column is None:
        return by, class_labels(targets, dataset)
    if by == FOLDER:
        column = column or PART_OF_FOLDER
        if column not in dataset.fields:
            raise DataError(
                f"{dataset.source} is no folder of folders, so that it can't be split by folder; leave it out"
            )
    if column is None and by in (GROUP, TIME):
        column = _column_of(settings, by)
    if column is None:
        if by == TIME:
            return by, None
        raise DataError(f'a split by {by} needs a column: set "column" of "split"' + _or_role(by))
    return by, column_labels(dataset, column)


def _is_parted(dataset: Dataset, settings: DataSettings) -> bool:
    """Whether the folders of the samples are called as parts are: train and test."""
    names = dataset.classes.get(PART_OF_FOLDER, ()) if dataset.table is None else ()
    return any(name in names for name in (*settings.split.validation, *settings.split.test))


def _or_role(by: str) -> str:
    return f', or give a column the role "{by}"' if by == GROUP else ", whose values say which part a sample is of"


def _column_of(settings: DataSettings, role: str) -> str | None:
    wanted = {GROUP: roles.GROUP, TIME: roles.TIME}[role]
    return next((name for name, column in settings.columns.items() if column.role == wanted), None)


def column_labels(dataset: Dataset, column: str) -> Labels:
    """The values of a column. DataError where there is no such column, or a cell is empty."""
    values = dataset.field(column)
    what = f"column {column!r}"
    if values.ndim != 1:
        raise DataError(f"{dataset.source}: {what} has the shape {values.shape[1:]}; expected one value a sample")
    classes = dataset.classes.get(column)
    if values.dtype.kind == "f" and (row := spool.first_row(values, np.isnan)) is not None:
        raise DataError(f"{dataset.source}: {what} is empty in sample {row} (from 0), so that it can't be split by it")
    distinct, codes = np.unique(values, return_inverse=True)
    if classes is not None and distinct[:1] < 0:
        row = int(np.flatnonzero(values < 0)[0])
        raise DataError(f"{dataset.source}: {what} is empty in sample {row} (from 0), so that it can't be split by it")
    names = tuple(f"{v:.10g}" if classes is None else classes[int(v)] for v in distinct)
    return Labels(codes.reshape(-1).astype(np.int64), names, what, dataset.source)


def class_labels(targets: Mapping[str, Array], dataset: Dataset) -> Labels:
    """The classes of the only Target that has classes. DataError where none has."""
    found = {node: codes for node, values in targets.items() if (codes := class_codes(values)) is not None}
    if len(found) != 1:
        raise DataError(
            f"{dataset.source}: a stratified split needs one Target of classes, and there are {len(found)}; name a "
            'column in "split", or split at random'
        )
    (codes,) = found.values()
    names = dataset.classes.get("label") or ()
    return Labels(
        codes, (*names, *(str(i) for i in range(len(names), int(codes.max(initial=0)) + 1))), "class", dataset.source
    )


def class_codes(values: Array) -> NDArray[np.int64] | None:
    """The class of each sample, from class numbers or from one-hot values; None where the values are quantities."""
    if values.ndim == 2 and values.shape[1] > 1:
        odd = spool.first_row(values, lambda part: ~np.isin(part, (0, 1)))
        return None if odd is not None else spool.transformed(values, lambda part: part.argmax(1), (), np.int64)
    if values.size != len(values):
        return None
    flat = values.reshape(len(values))
    wrong = spool.first_row(flat, lambda part: (part != np.rint(part)) | (part < 0) | (part >= MOST_STRATA))
    return None if wrong is not None else np.asarray(flat, np.int64)
