"""Which samples train, which validate and which test.

Numbers come from the seed alone. The validation part is taken from the front of the shuffled samples (or groups) and
the test part from their end, so that a larger validation part does not change what is tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset
from netstudio.data.labels import Labels, labels
from netstudio.data.settings import DataSettings
from netstudio.data.settings.split import COLUMN, FOLDER, GROUP, RANDOM, TIME
from netstudio.errors import DataError

STREAM = 0x5B1  # keeps these numbers apart from others drawn from the same seed
Rows = NDArray[np.int64]
TRAINING, VALIDATION, TEST = "training", "validation", "test"


@dataclass(frozen=True)
class Parts:
    """The sample numbers of each part, in a shuffled order that the seed gives (by time: the earliest first)."""

    training: Rows
    validation: Rows = field(default_factory=lambda: np.arange(0))
    test: Rows = field(default_factory=lambda: np.arange(0))

    def by_name(self) -> dict[str, Rows]:
        """The parts that have samples."""
        named = {TRAINING: self.training, VALIDATION: self.validation, TEST: self.test}
        return {name: rows for name, rows in named.items() if len(rows)}


@dataclass(frozen=True)
class Shares:
    """How large the parts are to be, of all samples."""

    validation: float = 0.0
    test: float = 0.0

    def __post_init__(self) -> None:
        if self.validation + self.test >= 1.0:
            raise DataError(
                f"validation_split {self.validation:g} and test_split {self.test:g} leave nothing to train on; "
                "together they must stay below 1"
            )

    @property
    def parts(self) -> list[str]:
        return [TRAINING, *[VALIDATION] * (self.validation > 0), *[TEST] * (self.test > 0)]

    @property
    def told(self) -> str:
        """ "training and validation"."""
        return ", ".join(self.parts[:-1]) + f" and {self.parts[-1]}"

    @property
    def settings(self) -> str:
        """The settings that ask for parts."""
        return " and ".join(f"{part}_split" for part in self.parts[1:])


def split_dataset(
    dataset: Dataset, settings: DataSettings, seed: int, targets: Mapping[str, Array], overlap: int = 0
) -> Parts:
    """The parts as the settings ask for them.

    `targets` are the Targets' arrays by node id, whose classes a stratified split keeps in proportion. Each sample
    shares rows with the `overlap` before it, where samples are windows of a series: they are split by time, and so
    many samples between two parts are left out. DataError where the data can't be split so.
    """
    shares = Shares(settings.validation_split, settings.test_split)
    by, label = labels(dataset, settings, targets, RANDOM if not overlap else TIME)
    if by in (COLUMN, FOLDER):
        assert label is not None
        return _by_names(label, settings, shares, seed)
    if len(shares.parts) == 1:
        return Parts(np.arange(dataset.rows))
    if dataset.rows < len(shares.parts):
        raise DataError(
            f"{_number(dataset.rows, 'sample')} can't be split into {shares.told}; set {shares.settings} to 0"
        )
    if by == TIME:
        return _by_time(dataset.rows, label, shares, overlap)
    if label is None:
        return _at_random(np.arange(dataset.rows), shares, seed)
    return (_by_group if by == GROUP else _stratified)(label, shares, seed)


def split(rows: int, fraction: float, seed: int) -> tuple[Rows, Rows]:
    """(training, validation) sample numbers, in a shuffled order that depends on the seed alone.

    A fraction above 0 keeps at least one sample for each of the two; DataError where there is only one in all.
    """
    parts = split_dataset(_rows_only(rows), DataSettings(validation_split=fraction), seed, {})
    return parts.training, parts.validation


def _rows_only(rows: int) -> Dataset:
    return Dataset("the data", {"row": np.arange(rows)})


def shuffled(rows: int, seed: int) -> Rows:
    """The numbers of the rows in the order that the seed gives."""
    return np.random.default_rng([seed, STREAM]).permutation(rows)


def _at_random(rows: Rows, shares: Shares, seed: int) -> Parts:
    order = rows[shuffled(len(rows), seed)]
    validation, test = _counts(len(rows), shares)
    return _cut(order, validation, test)


def _cut(order: Rows, validation: int, test: int) -> Parts:
    end = len(order) - test
    return Parts(order[validation:end], order[:validation], order[end:])


def _counts(rows: int, shares: Shares) -> tuple[int, int]:
    """How many validate and test: one at least where they are asked for, and one is left to train on."""
    has_test = shares.test > 0
    validation = min(max(round(rows * shares.validation), 1), rows - 1 - has_test) if shares.validation else 0
    test = min(max(round(rows * shares.test), 1), rows - 1 - validation) if has_test else 0
    return validation, test


def _stratified(label: Labels, shares: Shares, seed: int) -> Parts:
    counts = np.bincount(label.codes)
    few = next((code for code, n in enumerate(counts) if 0 < n < len(shares.parts)), None)
    if few is not None:
        raise DataError(
            f"{label.source}: {label.what} {label.name_of(few)} has {_number(int(counts[few]), 'sample')}; "
            f"a stratified split into {shares.told} needs {len(shares.parts)} of each: join rare classes, leave the "
            f"class out, or split at random"
        )
    validation, test = (_of_each(counts, share) for share in (shares.validation, shares.test))
    over = np.maximum(validation + test - (counts - 1), 0) * (counts > 0)
    less = np.minimum(over, np.maximum(validation - 1, 0))
    validation, test = validation - less, test - (over - less)
    order = shuffled(len(label.codes), seed)
    rank = rank_in_class(label.codes, order)
    own = label.codes[order]
    validates, tests = rank < validation[own], rank >= (counts - test)[own]
    return Parts(order[~(validates | tests)], order[validates], order[tests])


def rank_in_class(codes: Rows, order: Rows) -> Rows:
    """For each row of `order`: how many of its class come before it."""
    own = codes[order]
    by_class = np.argsort(own, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(own))])
    rank = np.empty(len(order), np.int64)
    rank[by_class] = np.arange(len(order)) - starts[own[by_class]]
    return rank


def _of_each(counts: Rows, share: float) -> Rows:
    """So many of each class that they sum up to the share of all, one at least: by largest remainders."""
    if not share:
        return np.zeros(len(counts), np.int64)
    exact = counts * share
    whole = np.floor(exact).astype(np.int64)
    more = max(round(counts.sum() * share) - int(whole.sum()), 0)
    whole[np.argsort(-(exact - whole), kind="stable")[:more]] += 1
    return np.where(counts > 0, np.maximum(whole, 1), 0)


def _by_group(label: Labels, shares: Shares, seed: int) -> Parts:
    sizes = np.bincount(label.codes)
    groups = len(sizes)
    if groups < len(shares.parts):
        raise DataError(
            f"{label.source}: {label.what} has {_number(groups, 'group')}; a split into {shares.told} by "
            f"group needs {len(shares.parts)} or more: split at random, or set {shares.settings} to 0"
        )
    order = shuffled(groups, seed)
    rows = len(label.codes)
    validation = _nearest(sizes[order], rows * shares.validation, groups - len(shares.parts) + 1)
    left = groups - validation
    test = _nearest(sizes[order[::-1]], rows * shares.test, left - 1)
    place = np.empty(groups, np.int64)
    place[order] = np.arange(groups)
    of_row, rows_in_order = place[label.codes], shuffled(rows, seed)
    part = of_row[rows_in_order]
    validates, tests = part < validation, part >= groups - test
    return Parts(rows_in_order[~(validates | tests)], rows_in_order[validates], rows_in_order[tests])


def _nearest(sizes: Rows, wanted: float, most: int) -> int:
    """How many of the groups together are nearest to `wanted` samples: 1 to `most`; 0 where none are wanted."""
    if not wanted:
        return 0
    return min(int(np.argmin(np.abs(np.cumsum(sizes) - wanted))) + 1, most)


def _by_time(rows: int, label: Labels | None, shares: Shares, overlap: int) -> Parts:
    """The latest samples test, those before them validate; samples of one time stay together."""
    codes = np.arange(rows) if label is None else label.codes  # the codes are in the order of the times
    order = np.argsort(codes, kind="stable")
    times = codes[order]
    validation, test = _counts(rows, shares)
    last = _edge(times, rows - test) if test else rows
    first = _edge(times[:last], last - validation) if validation else last
    parts = Parts(order[: max(first - overlap, 0)], order[first : last - overlap * (test > 0)], order[last:])
    if len(parts.by_name()) < len(shares.parts):
        raise DataError(_too_short(rows, label, shares, overlap))
    return parts


def _edge(times: Rows, wanted: int) -> int:
    """The place nearest to `wanted` at which the time changes; 0 where it never does."""
    if not 0 < wanted < len(times):
        return 0
    edges = np.searchsorted(times, times[wanted], "left"), np.searchsorted(times, times[wanted], "right")
    inside = [int(e) for e in edges if 0 < e < len(times)]
    return min(inside, key=lambda e: abs(e - wanted), default=0)


def _too_short(rows: int, label: Labels | None, shares: Shares, overlap: int) -> str:
    if overlap:
        return (
            f"{rows} windows, of which each shares rows with the {overlap} before it, are too few to split into "
            f"{shares.told}; make the windows shorter, or {shares.settings} larger"
        )
    what = f"{label.source}: {label.what} has" if label is not None else "the samples have"
    return f"{what} too few different times to split into {shares.told}; split at random, or by another column"


def _by_names(label: Labels, settings: DataSettings, shares: Shares, seed: int) -> Parts:
    """The parts that the values name; one that they do not name, and that has a share, is drawn from the training."""
    named = [np.isin(label.names, names) for names in (settings.split.validation, settings.split.test)]
    validates, tests = (mask[label.codes] for mask in named)
    parts = Parts(*(np.flatnonzero(mask) for mask in (~(validates | tests), validates, tests)))
    if len(parts.by_name()) == 1 or not len(parts.training):
        raise DataError(
            f"{label.source}: {label.what} holds {label.listed}; none of them "
            + ("is left for training" if not len(parts.training) else "names a part")
            + f": expected {', '.join(settings.split.validation)} for validation and "
            f"{', '.join(settings.split.test)} for the test, and anything else for training"
        )
    rest = Shares(
        0.0 if len(parts.validation) else shares.validation,
        0.0 if len(parts.test) else shares.test,
    )
    if len(rest.parts) == 1:
        return parts
    if len(parts.training) < len(rest.parts):
        raise DataError(
            f"{label.source}: {_number(len(parts.training), 'training sample')} can't be split into {rest.told}"
        )
    drawn = _at_random(parts.training, rest, seed)
    return Parts(
        drawn.training,
        *(a if len(a) else b for a, b in ((parts.validation, drawn.validation), (parts.test, drawn.test))),
    )


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def taken(arrays: Mapping[str, Array], rows: Array) -> dict[str, Array]:
    """Those samples of every array."""
    return {id: spool.taken(values, rows) for id, values in arrays.items()}
