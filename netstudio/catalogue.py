"""The catalogue: every node type there is, layers, losses, and what shares a layer."""

from netstudio.graph.node_type import Catalogue
from netstudio.layers import LAYERS
from netstudio.layers.shared import Shared
from netstudio.losses import LOSSES

CATALOGUE = Catalogue("node type", [*LAYERS, *LOSSES, Shared])
