"""Output: what a model predicts."""

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Output(Layer):
    """What is wired in here is what the model predicts.

    Takes any shape and changes nothing. A graph without an Output predicts what is wired into its losses.
    """

    category = "data"
    icon = "output"
    keywords = ("prediction", "result", "predict", "model output")
    without = {
        "keras": "a model lists its outputs",
        "torch": "a module returns its outputs",
        "onnx": "a graph lists its outputs beside its operators",
    }
    outputs = ()
    uses_mask = True  # it changes nothing, so nothing is lost

    def infer(self, x: TensorSpec) -> tuple[TensorSpec, ...]:
        return ()

    def lower(self, ops: Ops, x: Value) -> tuple[Value, ...]:
        return ()
