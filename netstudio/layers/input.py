"""Input: where samples enter."""

from netstudio.graph.params import Ints
from netstudio.layers.source import Source


class Input(Source):
    """Samples enter the network here.

    Gives the data as it is, of the shape `shape` for each sample: images (height, width, channels), tables
    (features,), sequences (steps, features).
    """

    icon = "input"
    keywords = ("data", "samples", "features", "image", "x", "placeholder", "inputlayer")
    keras = "Input"
    without = {
        "torch": "a module takes its inputs as arguments",
        "onnx": "a graph lists its inputs beside its operators",
    }

    shape = Ints(None, initial=[8, 8, 1], doc="The shape of one sample, without the batch axis; [] is one number.")
