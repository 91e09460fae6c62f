"""The optimizers, one file each. Whatever this package's modules define is in `OPTIMIZERS`."""

import netstudio.optimizers as _package
from netstudio.graph.declared import Family
from netstudio.optimizers.base import Optimizer

OPTIMIZERS: Family[Optimizer] = Family.discover("optimizer", _package, Optimizer)
