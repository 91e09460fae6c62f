"""The catalogue: every node type there is, layers and losses together."""

from netstudio.graph.node_type import Catalogue
from netstudio.layers import LAYERS
from netstudio.losses import LOSSES

CATALOGUE = Catalogue("node type", [*LAYERS, *LOSSES])
