"""The metrics, one file each. Whatever this package's modules define is in `METRICS`."""

import netstudio.metrics as _package
from netstudio.graph.declared import Family
from netstudio.metrics.base import Metric

METRICS: Family[Metric] = Family.discover("metric", _package, Metric)
