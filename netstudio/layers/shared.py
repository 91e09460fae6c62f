"""Shared: another node's layer once more, with its weights."""

from netstudio.graph.node_type import NodeType
from netstudio.graph.params import Text


class Shared(NodeType):
    """Does what another node does, with that node's weights: both learn as one.

    The two inputs of a Siamese network, say, go through one encoder: build it for the first input, and a chain of
    Shared nodes, each naming a layer of it, for the second. Input and output are those of the layer that is named,
    which must have one of each; its weights are saved once. In Keras this is calling a layer object twice. Bromley et
    al., "Signature Verification using a Siamese Time Delay Neural Network", NIPS 6 (1993).
    """

    category = "core"
    icon = "shared"
    keywords = ("weight sharing", "siamese", "tied weights", "reuse", "twin", "call twice")
    without = dict.fromkeys(("keras", "torch", "onnx"), "it is the layer it names, used again")
    borrows = "layer"

    layer = Text(initial="", doc="The id of the node whose layer and weights are used.")

    def caption(self) -> str:
        return self.layer
