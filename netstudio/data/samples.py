"""Samples to predict for: what a trained model's Inputs take, from a table, arrays or images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from netstudio.data import spool
from netstudio.data.binding import bind
from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.images import look, read_images
from netstudio.data.media import IMAGES, SOUNDS
from netstudio.data.preprocessing import Preprocessing
from netstudio.data.recipe import Recipe
from netstudio.data.roles import Role, roles
from netstudio.data.settings import DataSettings
from netstudio.data.settings.audio import AudioSettings
from netstudio.data.settings.columns import GROUP, TIME
from netstudio.data.settings.image import ImageSettings
from netstudio.data.sources import idx, npz_file
from netstudio.data.sources.folders import all_in, holds
from netstudio.data.sources.packed import suffix_of
from netstudio.data.sources.table import FORMS as TABLES
from netstudio.data.sources.table import dataset as as_dataset
from netstudio.data.sources.table import read_columns, read_table
from netstudio.data.spectrogram import bands, read_sounds
from netstudio.data.table import Asked
from netstudio.data.windows import Windows
from netstudio.errors import DataError, suggestion
from netstudio.files.reading import readable, require_file
from netstudio.graph import Graph

Classes = Mapping[str, tuple[str, ...]]
ARRAYS = {".npz": npz_file.read, ".npy": npz_file.read_npy}


@dataclass(frozen=True)
class Samples:
    """(rows, ...) arrays by Input id, preprocessed, and a name for each row: its number from 0, or its file's name."""

    x: Mapping[str, Array]
    names: tuple[str, ...]


def read_samples(path: str | Path, graph: Graph, fitted: Preprocessing, classes: Classes) -> Samples:
    """Read what the model's Inputs take, and scale it as in training.

    A table needs the columns the model was trained on, in any order; an .npz an array named as each Input or its field;
    an image, a .wav file, or a folder of them, folders in it too, what the only Input takes; so do a .npy and an IDX
    file. Raises DataError, FileError.
    """
    with readable(path):
        return _read(Path(path), graph, fitted, classes)


def _read(path: Path, graph: Graph, fitted: Preprocessing, classes: Classes) -> Samples:
    inputs = {id: role for id, role in roles(graph).items() if not role.is_target}
    suffix = suffix_of(path)
    if suffix in (*SOUNDS, *IMAGES) or path.is_dir():
        return _of_files(path, inputs, DataSettings(**graph.data), fitted)
    is_idx = suffix == ".gz" or path.name.endswith("ubyte")
    if suffix not in (*TABLES, *ARRAYS) and not is_idx:
        raise DataError(
            f"can't predict for {path}: expected a .csv, .parquet, .xlsx, .npz, .npy or IDX file, an image or a .wav "
            "file, or a folder of them"
        )
    require_file(path)
    if fitted.recipe is not None and suffix in TABLES:
        return _by_recipe(path, graph, fitted, fitted.recipe, classes)
    if fitted.recipe is not None:
        raise DataError(
            f"can't predict for {path}: the model was trained on columns of a table, which it makes numbers of itself; "
            "give it a table with these columns"
        )
    is_table = suffix in TABLES
    if is_table:
        dataset = read_columns(path, DataSettings(**graph.data).read)
    else:
        dataset = idx.read_images(path) if is_idx else ARRAYS[suffix](path, DataSettings())
    read = _from_table if is_table else _from_arrays
    x = {
        id: read(role, dataset, fitted.columns.get(id, ()), classes.get(id), len(inputs)) for id, role in inputs.items()
    }
    rows = {len(values) for values in x.values()}
    if len(rows) != 1 or rows == {0}:
        raise DataError(f"{path} holds no samples" if rows == {0} else f"{path}: the Inputs get unequally many samples")
    return _scaled(x, fitted, [str(i) for i in range(rows.pop())])


def _of_files(path: Path, inputs: Mapping[str, Role], settings: DataSettings, fitted: Preprocessing) -> Samples:
    """A file of an image or a sound, or all that are of one kind in a folder, by their names from there."""
    are_sounds = path.suffix.lower() in SOUNDS or (path.is_dir() and not holds(path, IMAGES) and holds(path, SOUNDS))
    paths = [path] if not path.is_dir() else all_in(path, SOUNDS if are_sounds else IMAGES)
    if are_sounds:
        x = _from_sounds(paths, inputs, settings.audio)
    else:
        x = _from_images(path, paths, inputs, settings.image)
    home = path if path.is_dir() else path.parent
    return _scaled(x, fitted, [p.relative_to(home).as_posix() for p in paths])


def _by_recipe(path: Path, graph: Graph, fitted: Preprocessing, recipe: Recipe, classes: Classes) -> Samples:
    """The columns go through what they went through in training."""
    settings = DataSettings(**graph.data)
    order = {name: column for name, column in settings.columns.items() if column.role in (TIME, GROUP)}
    table = read_table(path, Asked(None, {**order, **recipe.asked.columns}), settings.read)
    if not table.rows:
        raise DataError(f"{path} holds no samples")
    dataset = recipe.apply(as_dataset(table))
    windows = Windows.of(table, settings, settings.window, targets=False) if settings.window else None
    dataset = dataset if windows is None else windows.cut(dataset, dataset)
    bound = {**_names(fitted, dataset), **settings.bind}
    own = replace(graph, data={**graph.data, "bind": bound})
    x = dict(bind(own, dataset, targets=False, known=classes).x)
    if windows is None:
        return _scaled(x, fitted, [str(i) for i in range(dataset.rows)])
    x = {id: spool.taken(values, windows.whole) for id, values in x.items()}
    return _scaled(x, fitted, [str(row) for row in windows.last[windows.whole]])


def _names(fitted: Preprocessing, dataset: Dataset) -> dict[str, str]:
    """Which field each Input took in training, where the document leaves that open."""
    whole = {node: "features" for node, names in fitted.columns.items() if names == dataset.columns}
    single = {node: names[0] for node, names in fitted.columns.items() if len(names) == 1}
    return {**whole, **single}


def _scaled(x: dict[str, Array], fitted: Preprocessing, names: list[str]) -> Samples:
    return Samples(fitted.apply(x), tuple(names))


def _from_table(
    role: Role, table: Dataset, columns: tuple[str, ...], known: tuple[str, ...] | None, count: int
) -> Array:
    there = {*table.fields, *table.problems}
    if role.spec.size == len(table.columns) and there.isdisjoint(columns):
        columns = table.columns  # trained on an array, whose places have no names
    missing = [c for c in columns if c not in there]
    if missing or not columns:
        near = suggestion(missing[0], there - set(columns)) if missing else ""
        raise DataError(
            f"{table.source} has no column {listed([repr(m) for m in missing]) or 'for ' + role.node}{near}; the model "
            f"was trained on {listed(list(columns), 40)}"
        )
    if known is not None and columns[0] in table.classes:
        table = table.recoded(columns[0], known)
    text = next((c for c in columns if c in table.classes), None) if known is None else None
    if text is not None:
        raise DataError(f"{table.source}: column {text!r} holds text; the model was trained on numbers there")
    return _shaped(role, table.source, np.stack([table.field(c) for c in columns], axis=1))


def _from_arrays(
    role: Role, arrays: Dataset, columns: tuple[str, ...], known: tuple[str, ...] | None, count: int
) -> Array:
    names = [name for name in (role.node, *columns[:1]) if name in arrays.fields]
    if not names and "features" in arrays.fields:
        names = ["features"]
    if not names and count == 1 and len(arrays.fields) == 1:
        names = list(arrays.fields)
    if not names:
        raise DataError(f"{arrays.source} has no array named {role.node!r}; it has {arrays.described()}")
    return _shaped(role, f"{names[0]!r} in {arrays.source}", arrays.field(names[0]))


def _from_images(
    path: Path, paths: list[Path], inputs: Mapping[str, Role], settings: ImageSettings
) -> dict[str, Array]:
    if not paths:
        raise DataError(f"{path} has no images ({', '.join(IMAGES)})")
    if len(inputs) != 1:
        raise DataError(f"the model has the Inputs {listed(list(inputs))}; give it an .npz file with an array for each")
    role = next(iter(inputs.values()))
    if len(role.spec.shape) != 3:
        raise DataError(f"the Input {role.node!r} takes {role.spec.shape}, which is no image (height, width, channels)")
    height, width, channels = role.spec.shape
    if settings.size is None:
        wrong = next((f for f in map(look, paths) if (f.height, f.width) != (height, width)), None)
        if wrong is not None:
            raise DataError(
                f"{wrong.path} is {wrong.width}×{wrong.height} pixels; the Input {role.node!r} takes {width}×{height}: "
                "scale the image to that size"
            )
    made = ImageSettings(size=(height, width), channels=channels, fit=settings.fit)
    return {role.node: read_images(paths, made)}


def _from_sounds(paths: list[Path], inputs: Mapping[str, Role], settings: AudioSettings) -> dict[str, Array]:
    """Spectrograms as in training, of as many frames as the Input has."""
    if len(inputs) != 1:
        raise DataError(f"the model has the Inputs {listed(list(inputs))}; give it an .npz file with an array for each")
    role = next(iter(inputs.values()))
    shape = role.spec.shape
    if shape[1:] not in ((bands(settings),), (bands(settings), 1)):
        raise DataError(
            f"the Input {role.node!r} takes {shape}, which is no spectrogram (frames, {bands(settings)}, 1) as "
            '"audio" of the model\'s data describes'
        )
    return {role.node: _shaped(role, "the spectrogram", read_sounds(paths, settings, shape[0]))}


def _shaped(role: Role, what: str, values: Array) -> Array:
    if values.shape[1:] != role.spec.shape and values[0:1].size != role.spec.size:
        raise DataError(f"{what} has the shape {values.shape[1:]}; the Input {role.node!r} takes {role.spec.shape}")
    dtype = np.int64 if role.spec.dtype == "int" else np.float32
    return spool.converted(values.reshape(len(values), *role.spec.shape), dtype)
