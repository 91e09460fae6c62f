"""The catalogue: every node type there is: layers, losses, blocks, notes, and what other packages add."""

from netstudio import extensions
from netstudio.annotations import ANNOTATIONS
from netstudio.composite import Composite
from netstudio.graph.node_type import Catalogue
from netstudio.layers import LAYERS
from netstudio.layers.shared import Shared
from netstudio.losses import LOSSES

EXTENSIONS = extensions.find()
CATALOGUE = Catalogue("node type", [*LAYERS, *LOSSES, Shared, Composite, *ANNOTATIONS, *EXTENSIONS.node_types])
