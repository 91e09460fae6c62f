"""The losses, one file each. Whatever this package's modules define is in `LOSSES`."""

import netstudio.losses as _package
from netstudio.graph.node_type import Catalogue
from netstudio.losses.base import Objective

LOSSES: Catalogue = Catalogue.discover("loss", _package, Objective)
