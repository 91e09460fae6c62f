"""The catalogue: every node type there is, layers, losses, what shares a layer, and what other packages add."""

from netstudio import extensions
from netstudio.composite import Composite
from netstudio.graph.node_type import Catalogue
from netstudio.layers import LAYERS
from netstudio.layers.shared import Shared
from netstudio.losses import LOSSES

EXTENSIONS = extensions.find()
CATALOGUE = Catalogue("node type", [*LAYERS, *LOSSES, Shared, Composite, *EXTENSIONS.node_types])
