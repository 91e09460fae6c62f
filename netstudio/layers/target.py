"""Target: where the right answers enter."""

from netstudio.graph.params import Ints
from netstudio.layers.source import Source


class Target(Source):
    """The right answers enter here, for a loss to compare with.

    Gives the data as it is, of the shape `shape` for each sample: () for a class number or one value, (classes,) for
    one-hot answers.
    """

    icon = "target"
    keywords = ("label", "labels", "answer", "ground truth", "y", "class", "expected")
    without = {
        "keras": "answers are handed to fit beside the samples",
        "torch": "answers are handed to the loss",
        "onnx": "an exported model predicts and is told no answers",
    }

    shape = Ints(None, initial=[], doc="The shape of one answer, without the batch axis; [] is one number.")
