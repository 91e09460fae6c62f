"""What a document may say of a column of a table."""

from __future__ import annotations

from typing import Final

from netstudio.graph.declared import Declared
from netstudio.graph.params import Choice, Param

FEATURE, TARGET, WEIGHT, GROUP, TIME, IGNORE = "feature", "target", "weight", "group", "time", "ignore"
NUMBER, CATEGORY, TEXT, DATE = "number", "category", "text", "date"
ERROR, DROP, MEAN, MEDIAN, CONSTANT, FLAG = "error", "drop", "mean", "median", "constant", "flag"
ROLES: Final = (FEATURE, TARGET, WEIGHT, GROUP, TIME, IGNORE)
TYPES: Final = (NUMBER, CATEGORY, TEXT, DATE)
MISSING: Final = (ERROR, DROP, MEAN, MEDIAN, CONSTANT, FLAG)
ENCODINGS: Final = ("one_hot", "integer")
SCALES: Final = ("none", "standardize", "minmax", "robust", "log")


class Fill(Param[float | str]):
    """What stands in an empty cell: a number, or the name of a category."""

    kind = "text"

    def _expected(self) -> str:
        return "a number or a text"

    def _check(self, value: object) -> float | str:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise TypeError
        return value if isinstance(value, str) else float(value)


class ColumnSettings(Declared):
    """One column: its role, what it holds, and what its values go through, fitted on the training rows alone."""

    name = "a column"

    role = Choice(
        ROLES,
        None,
        doc="What it is for: a feature that is learnt from, the target that is predicted, how much a row weighs, the "
        "group or the time by which rows are split, or nothing. Left out, a feature, or the target that is guessed.",
    )
    type = Choice(TYPES, None, doc="What it holds; left out, numbers where its cells are numbers, else categories.")
    missing = Choice(
        MISSING,
        ERROR,
        doc="What an empty cell means: an error, a row to drop, the mean or the median of the column (the most "
        'frequent of categories), the constant "fill", or a flag: the mean, and a column of 1 for empty cells beside.',
    )
    fill = Fill(None, doc='What stands in an empty cell where "missing" is "constant": a number, or a category.')
    encode = Choice(
        ENCODINGS,
        "one_hot",
        doc="How categories become numbers: a column of 0 and 1 for each, or one integer for an Embedding.",
    )
    unseen = Choice(
        ("error", "unknown"),
        "error",
        doc="What becomes of a category that no training row had: an error that names it, or a place of its own for "
        "whatever is unknown.",
    )
    scale = Choice(
        SCALES,
        "none",
        doc="How numbers are scaled: to mean 0 and deviation 1, to 0..1, by median and quartiles (which outliers don't "
        "move), or by the logarithm of 1 + x.",
    )
