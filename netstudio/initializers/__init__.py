"""The initializers. Whatever this package's modules define is in `INITIALIZERS`."""

import netstudio.initializers as _package
from netstudio.graph.declared import Family
from netstudio.initializers.base import Initializer

INITIALIZERS: Family[Initializer] = Family.discover("initializer", _package, Initializer)
