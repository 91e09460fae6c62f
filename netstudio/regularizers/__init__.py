"""The regularizers. Whatever this package's modules define is in `REGULARIZERS`."""

import netstudio.regularizers as _package
from netstudio.graph.declared import Family
from netstudio.regularizers.base import Regularizer

REGULARIZERS: Family[Regularizer] = Family.discover("regularizer", _package, Regularizer)
