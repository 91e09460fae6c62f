"""What a document may say of which samples train, validate and test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from netstudio.data.settings.window import Names
from netstudio.graph.declared import Declared
from netstudio.graph.params import Choice, Float, Param, Text

RANDOM, STRATIFIED, GROUP, TIME, COLUMN, FOLDER = "random", "stratified", "group", "time", "column", "folder"
WAYS: Final = (RANDOM, STRATIFIED, GROUP, TIME, COLUMN, FOLDER)
BALANCED: Final = "balanced"
_WEIGHT = Float(doc="A class's weight.", minimum=0.0)


class SplitSettings(Declared):
    """How the samples are shared out; `validation_split` and `test_split` say how large the parts are."""

    name = "split"

    by = Choice(
        WAYS,
        None,
        doc="Random; stratified, which keeps the shares of the classes; by group, which keeps together what has the "
        "same value (a patient's images); by time, the latest samples last; or by the values of a column, or the names "
        "of the folders, that say which part a sample is of. Left out, by the column whose role is group or time, "
        "or by folders that are named as parts; else random.",
    )
    column = Text(
        None,
        doc="The column of the groups, the times, the classes or the parts; left out, the one whose role it is, and "
        "for classes the target.",
    )
    validation = Names(
        ("validation", "valid", "val", "dev"), doc="The values in the column, or the folders, whose samples validate."
    )
    test = Names(("test", "testing"), doc="The values in the column, or the folders, whose samples test.")


class ClassWeight(Param[str | Mapping[str, float]]):
    """How much the samples of a class count."""

    kind = "class weight"

    def _expected(self) -> str:
        return f'"{BALANCED}", or an object that gives classes, by name or number, a weight of 0 or more'

    def _check(self, value: Any) -> str | Mapping[str, float]:
        if value == BALANCED:
            return BALANCED
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise TypeError
        return {str(key): _WEIGHT.check(weight) for key, weight in value.items()}
