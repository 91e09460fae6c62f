"""Images: a folder of them for each class, or a table that names their files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from netstudio.data.dataset import Array, Dataset
from netstudio.data.images import read_images
from netstudio.data.media import IMAGES
from netstudio.data.settings import DataSettings
from netstudio.data.sources import table
from netstudio.data.sources.folders import filed
from netstudio.data.table import Column
from netstudio.errors import DataError

IMAGE = "image"


def read(folder: Path, settings: DataSettings) -> Dataset:
    """Fields "image" (height, width, channels), scaled to 0..1, and "label"; see `folders.filed`, `read_images`."""
    found = filed(folder, IMAGES, "image")
    return found.dataset(IMAGE, read_images(found.paths, settings.image))


def read_named(path: Path, settings: DataSettings, column: str) -> Dataset:
    """The table's fields, and "image": those that `column` names, from the table's own folder.

    DataError where a cell is empty, or there is no such file.
    """
    dataset = table.read(path, settings)
    assert dataset.table is not None
    names = _names(dataset.table[column], dataset.source)
    paths = [path.parent / name for name in names]
    for row, one in enumerate(paths):
        if not one.is_file():
            where = f"{path}, {dataset.table.where(row)}, column {column!r}"
            raise DataError(f"{where}: there is no file {one}; mend the name, or drop the row")
    images = read_images(paths, settings.image)
    # What a table names stays a column among others, but no sample is told by its name.
    return replace(dataset, fields={IMAGE: images, **{n: v for n, v in dataset.fields.items() if n != column}})


def _names(column: Column, source: str) -> list[str]:
    everything = np.arange(column.rows)
    if column.missing:
        raise DataError(f'{source}: {column.problem or "a cell is empty"}; or set "missing" of it to "drop"')
    if column.texts is not None:
        return [text or "" for text in column.texts.of(everything)]
    if column.values is None or not column.classes:
        raise DataError(f'{source}: column {column.name!r} holds no names of files; name another as "file_column"')
    values: Array = column.values
    return [column.classes[i] for i in values]
