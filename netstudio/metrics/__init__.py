"""The metrics, by kind. Whatever this package's modules define is in `METRICS`."""

from typing import Any

import netstudio.metrics as _package
from netstudio.graph.declared import Family
from netstudio.losses.base import Loss
from netstudio.metrics.base import Metric

METRICS: Family[Metric] = Family.discover("metric", _package, Metric)


def for_loss(asked: Any, loss: Loss) -> Metric:
    """The metric that a document asks for, by name or in the form {"type": ..., "params": ...}, beside a loss.

    A short name ("accuracy", "mae") is also its key in the history. ParamError where there is no such metric, or where
    it says nothing beside that loss.
    """
    metric = asked if isinstance(asked, Metric) else METRICS.make(asked)
    if isinstance(asked, str) and asked not in METRICS.members:
        metric = metric.under(asked)
    return metric.resolve(loss)
