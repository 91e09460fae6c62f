"""ReLU6: a rectifier that stops at 6."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class ReLU6(Activation):
    """Lets values between 0 and 6 pass and cuts the others off.

    y = min(max(x, 0), 6): few bits hold what comes out. Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10",
    2010.
    """

    keywords = ("rectified linear", "clip", "clipped", "mobilenet", "rectifier", "activation")
    keras, torch, onnx = "Activation", "ReLU6", "Clip"
    activation_name = "relu6"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.clip(x, 0.0, 6.0)
