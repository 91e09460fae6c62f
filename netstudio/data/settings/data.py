"""What a document's "data" block may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netstudio.augmentations import AUGMENTATIONS
from netstudio.data.settings.audio import AudioSettings
from netstudio.data.settings.columns import ColumnSettings
from netstudio.data.settings.image import ImageSettings
from netstudio.data.settings.read import ReadSettings
from netstudio.data.settings.split import ClassWeight, SplitSettings
from netstudio.data.settings.text import TextSettings
from netstudio.data.settings.window import WindowSettings
from netstudio.errors import ParamError, suggestion
from netstudio.graph.declared import Block, Blocks, Declared, Objects
from netstudio.graph.params import Float, Param, Text

PREPROCESSING = ("none", "standardize", "minmax")


class Bindings(Param[Mapping[str, str | tuple[str, ...]]]):
    """What each Input and Target takes, by node id: a field's name, or a list of column names side by side."""

    kind = "bindings"

    def _expected(self) -> str:
        return "an object that gives each node's id a field's name or a list of column names"

    def _check(self, value: Any) -> Mapping[str, str | tuple[str, ...]]:
        if not isinstance(value, Mapping):
            raise TypeError
        return {_text(node): _names(names) for node, names in value.items()}


class Steps(Param[Mapping[str, str]]):
    """How the values of each Input and Target are scaled, by node id."""

    kind = "steps"
    options = PREPROCESSING

    def _expected(self) -> str:
        return f"an object that gives each node's id one of {', '.join(self.options)}"

    def _check(self, value: Any) -> Mapping[str, str]:
        if not isinstance(value, Mapping):
            raise TypeError
        for node, step in value.items():
            if _text(step) not in self.options:
                near = suggestion(step, self.options) or f"; expected one of {', '.join(self.options)}"
                raise ParamError(f"{self.name} of {_text(node)} is {step!r}{near}", self.name)
        return dict(value)


class DataSettings(Declared):
    """Where the samples come from and which part of them feeds which node."""

    name = "this block"

    source = Text(
        None,
        doc="A file beside the document (.csv, .csv.gz, .tsv, .xlsx, .parquet, .npz, .npy, IDX), a folder of images, "
        "of sounds or of .npy files, sklearn:NAME or generated:COUNT.",
    )
    target = Text(
        None, doc='The column of a table that is to be predicted; left out, the one named "target", else the last.'
    )
    bind = Bindings({}, doc="Which field, or which columns, each Input and Target takes; left out, the one that fits.")
    preprocess = Steps(
        {},
        doc='How the values are scaled: "standardize" to mean 0 and deviation 1, "minmax" to 0..1; fitted on the '
        "training samples alone, a figure for each column or channel.",
    )
    validation_split = Float(
        0.0, minimum=0.0, below=1.0, doc="The share of the samples, drawn by the seed, that is kept from training."
    )
    test_split = Float(
        0.0,
        minimum=0.0,
        below=1.0,
        doc="The share of the samples that neither trains nor validates: what the finished model is judged by.",
    )
    split = Block(SplitSettings, doc="How the samples are shared out among training, validation and test.")
    augment = Objects(
        AUGMENTATIONS, (), doc="Changes to the training samples, in this order, drawn anew for each sample and step."
    )
    class_weight = ClassWeight(
        None,
        doc='How much the samples of each class count in training: "balanced" lets all classes count alike, however '
        "many samples each has; or a number for each class, where a class that is not named has 1.",
    )
    read = Block(ReadSettings, doc="How the file of a table is read, where what is found out about it is wrong.")
    columns = Blocks(
        ColumnSettings, doc="What a table's columns are for and what becomes of their values, by the columns' names."
    )
    text = Block(TextSettings, doc="How columns of text become token ids.")
    window = Block(WindowSettings, doc="How the rows of a table, a time series, are cut into windows.", optional=True)
    image = Block(ImageSettings, doc="The size and the channels that images are made to have.")
    audio = Block(AudioSettings, doc="How sounds become spectrograms.")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _names(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, (list, tuple)) and value:
        return tuple(_text(name) for name in value)
    return _text(value)
