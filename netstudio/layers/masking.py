"""Masking: which steps of a sequence are only there to fill it up."""

from netstudio.errors import ShapeError
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class Masking(SameShape):
    """Leaves out the steps that only pad a sequence to the length of the longest.

    The mask is 0 at steps where every feature is `mask_value`, 1 elsewhere; masked steps become 0. It travels on with
    the sequence, written "masked" on its wires: recurrent layers keep their state at masked steps, attention does not
    look at them, GlobalAveragePooling1D, losses and metrics do not count them. It ends where a layer can't pass it on,
    which is reported. Input (steps, features) keeps its shape.
    """

    category = "recurrent"
    icon = "masking"
    keywords = ("padding", "variable length", "mask", "pad", "ragged", "pack_padded_sequence", "sequence", "skip")
    keras = "Masking"
    without = {"torch": "lengths go with the sequences there (pack_padded_sequence)", "onnx": "it is Where there"}

    mask_value = Float(0.0, doc="The value that all features of a padded step have.")

    def caption(self) -> str:
        return f"{self.mask_value:g}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        if len(x.shape) < 2:
            raise ShapeError(f"the input has the shape {x.shape}; expected (steps, features)")
        return super().infer(x)

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return (True,)

    def lower(self, ops: Ops, x: Value) -> Value:
        counts = ops.max(ops.elementwise("ne", x, self.mask_value), -1, keepdims=True)
        ops.set_mask(ops.reshape(counts, x.shape[:-1]))
        return ops.where(counts, x, 0.0)
