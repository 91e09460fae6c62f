"""The callbacks, one file each. Whatever this package's modules define is in `CALLBACKS`."""

import netstudio.training.callbacks as _package
from netstudio.graph.declared import Family
from netstudio.training.callbacks.base import Callback

CALLBACKS: Family[Callback] = Family.discover("callback", _package, Callback)
