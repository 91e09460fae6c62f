"""The layers, one file each. Whatever this package's modules define is in `LAYERS`."""

import netstudio.layers as _package
from netstudio.graph.node_type import Catalogue
from netstudio.layers.base import Layer

LAYERS: Catalogue = Catalogue.discover("layer", _package, Layer)
