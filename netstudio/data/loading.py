"""From the text that names a source to its samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netstudio.data.dataset import Dataset, checked
from netstudio.data.media import IMAGES, SOUNDS
from netstudio.data.settings import DataSettings
from netstudio.data.sources import generated, idx, image_folder, npz_file, sklearn_sets, sound_folder, table
from netstudio.data.sources.folders import holds
from netstudio.data.sources.packed import suffix_of
from netstudio.data.sources.reuse import Reuse
from netstudio.errors import DataError
from netstudio.files.reading import readable, require_file
from netstudio.graph import Graph

Reader = Callable[[Path, DataSettings], Dataset]
BY_SUFFIX: dict[str, Reader] = {  # beside those of tables
    ".npz": npz_file.read,
    ".npy": npz_file.read_npy,
    ".gz": idx.read,
    "": idx.read,
}
FORMS = (
    "a table (.csv, .tsv or .txt, also packed as .gz, .parquet, .xlsx, .ods), a .npz or .npy file, a folder of .npy "
    "files or with a folder of images or of .wav files for each class, an IDX file, sklearn:NAME or generated:COUNT"
)


def load(
    source: str,
    folder: str | Path | None = None,
    settings: DataSettings | None = None,
    graph: Graph | None = None,
    seed: int = 0,
    reuse: Reuse | None = None,
) -> Dataset:
    """The samples of a source, every field of them.

    A relative path starts at `folder`. `generated:COUNT` makes samples for the Inputs and Targets of `graph` from
    `seed`. With `reuse`, a table that was read before is not read again. Raises DataError where the source is unknown
    or its samples can't be used, FileError where it can't be read.
    """
    kind, colon, rest = source.partition(":")
    if colon and kind == "sklearn":
        return checked(table.with_table(sklearn_sets.read(rest)))
    if colon and kind == "generated":
        return checked(generated.make(rest, graph, seed))
    with readable(source):
        return checked(_read_path(source, Path(folder or "."), settings or DataSettings(), reuse))


def _read_path(source: str, folder: Path, settings: DataSettings, reuse: Reuse | None) -> Dataset:
    path = folder / source
    if "\0" not in source and path.is_dir() and path.suffix.lower() not in table.FORMS:
        return _folder_reader(path)(path, settings)
    suffix = suffix_of(path)
    if suffix not in (*table.FORMS, *BY_SUFFIX) and not path.name.endswith("ubyte"):
        raise DataError(f"{source!r} is no source of data; expected {FORMS}")
    require_file(path)
    column = settings.image.file_column
    if column is not None and suffix in table.FORMS:
        return image_folder.read_named(path, settings, column)
    if suffix in table.FORMS:
        return table.read(path, settings, reuse)
    return BY_SUFFIX.get(suffix, idx.read)(path, settings)


def _folder_reader(folder: Path) -> Reader:
    if npz_file.npy_files(folder):
        return npz_file.read_folder
    return sound_folder.read if holds(folder, SOUNDS) and not holds(folder, IMAGES) else image_folder.read
