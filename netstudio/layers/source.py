"""The base of the nodes that data enters by."""

from netstudio.graph.params import Choice, Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, times


class Source(Layer, abstract=True):
    """A node that data is fed to: there is nothing to build, so it has no `lower`."""

    category = "data"
    inputs = ()

    own_first = True
    shape: Ints
    dtype = Choice(
        ("float", "int"), "float", doc='What it holds: "float" for numbers, "int" for class numbers or token ids.'
    )

    def caption(self) -> str:
        shape = times(self.shape) or "one number"
        return shape if self.dtype == "float" else f"{shape} · {self.dtype}"

    def infer(self) -> TensorSpec:
        return TensorSpec(self.shape, "int" if self.dtype == "int" else "float")
