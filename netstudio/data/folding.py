"""The folds of a cross-validation: each sample is held out once, and trains in all other folds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from netstudio.data.dataset import Array, Dataset
from netstudio.data.labels import Labels, class_labels, labels
from netstudio.data.settings import DataSettings
from netstudio.data.settings.split import GROUP, RANDOM, STRATIFIED, TIME
from netstudio.data.splitting import Parts, Rows, shuffled, split_dataset
from netstudio.errors import DataError


def fold_dataset(
    dataset: Dataset,
    settings: DataSettings,
    seed: int,
    targets: Mapping[str, Array],
    overlap: int = 0,
    *,
    number: int,
    folds: int,
) -> Parts:
    """Fold `number`, from 0, of so many; what is held out is its validation part.

    Classes are kept in proportion, and groups together; by time each fold trains on all that is earlier than what it
    holds out. The document's test part takes no part. `overlap` as in `split_dataset`. DataError where the samples are
    too few.
    """
    whole = split_dataset(dataset, DataSettings(**{**settings.params, "validation_split": 0.0}), seed, targets, overlap)
    pool = np.sort(np.concatenate([whole.training, whole.validation]))
    if len(pool) < folds:
        raise DataError(f"{len(pool)} samples can't be split into {folds} folds; take fewer folds")
    by, label = _ways(dataset, settings, targets, TIME if overlap else RANDOM)
    if by == TIME:
        codes = np.arange(dataset.rows) if label is None else label.codes
        training, held = _by_time(codes[pool], number, folds, overlap)
    else:
        of_row = _by_group(label, pool, folds, seed) if by == GROUP and label else _dealt(label, pool, folds, seed)
        order = shuffled(len(pool), seed)
        training, held = order[of_row[order] != number], order[of_row[order] == number]
    return Parts(pool[training], pool[held], whole.test)


def _ways(
    dataset: Dataset, settings: DataSettings, targets: Mapping[str, Array], unasked: str
) -> tuple[str, Labels | None]:
    """As the document splits; where it does not say how, and the Target has classes, these are kept in proportion."""
    by, label = labels(dataset, settings, targets, unasked)
    if by in (GROUP, TIME, STRATIFIED):
        return by, label
    if settings.split.by == RANDOM:
        return RANDOM, None
    try:
        return STRATIFIED, class_labels(targets, dataset)
    except DataError:  # the Target is a quantity
        return RANDOM, None


def _dealt(label: Labels | None, pool: Rows, folds: int, seed: int) -> Rows:
    """The fold of each row: dealt round in the shuffled order, class after class."""
    order = shuffled(len(pool), seed)
    if label is not None:
        order = order[np.argsort(label.codes[pool][order], kind="stable")]
    of_row = np.empty(len(pool), np.int64)
    of_row[order] = np.arange(len(pool)) % folds
    return of_row


def _by_group(label: Labels, pool: Rows, folds: int, seed: int) -> Rows:
    """The fold of each row: the groups, largest first, each to the fold that has the fewest rows so far."""
    groups, of_row, sizes = np.unique(label.codes[pool], return_inverse=True, return_counts=True)
    if len(groups) < folds:
        raise DataError(
            f"{label.source}: {label.what} has {len(groups)} group{'' if len(groups) == 1 else 's'}, which can't be "
            f"split into {folds} folds; take fewer folds"
        )
    order = shuffled(len(groups), seed)
    order = order[np.argsort(-sizes[order], kind="stable")]
    rows, fold = np.zeros(folds, np.int64), np.empty(len(groups), np.int64)
    for group in order:
        fold[group] = int(np.argmin(rows))
        rows[fold[group]] += sizes[group]
    return fold[of_row.reshape(-1)]


def _by_time(times: Rows, number: int, folds: int, overlap: int) -> tuple[Rows, Rows]:
    """Of folds + 1 blocks of time the first ones train, and the next is held out; one time is never in both."""
    order = np.argsort(times, kind="stable")
    cuts = times[order][len(order) * np.arange(folds + 1) // (folds + 1)]
    edges = [*map(int, np.searchsorted(times[order], cuts)), len(order)]
    if len(set(edges)) < len(edges) or edges[1] <= overlap:
        raise DataError(f"the samples have too few different times to split into {folds} folds; take fewer folds")
    return order[: edges[number + 1] - overlap], order[edges[number + 1] : edges[number + 2]]
